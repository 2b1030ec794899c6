"""The one window: its actions, dialogs and theme."""
