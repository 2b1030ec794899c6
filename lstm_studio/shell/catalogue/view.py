"""Actions of the view: what is looked at, and how the window looks."""

from typing import Final

from lstm_studio.shell.catalogue.action import Action

VIEW: Final = (
    Action(
        "undo",
        "View",
        "Undo",
        "Ctrl+Z",
        "Return to the view before",
        "arrow-counter-clockwise",
    ),
    Action(
        "redo",
        "View",
        "Redo",
        "Ctrl+Shift+Z",
        "Return to the view that was undone",
        "arrow-clockwise",
    ),
    Action(
        "unit_up", "View", "Unit before", "Up", "Choose the unit before", "caret-up"
    ),
    Action(
        "unit_down", "View", "Next unit", "Down", "Choose the next unit", "caret-down"
    ),
    Action(
        "layer_up",
        "View",
        "Layer before",
        "PgUp",
        "Choose the layer before",
        "arrow-up",
    ),
    Action(
        "layer_down",
        "View",
        "Next layer",
        "PgDown",
        "Choose the next layer",
        "arrow-down",
    ),
    Action(
        "next_stream",
        "View",
        "Next stream",
        "S",
        "Show the next stream of the layer: h, c, the gates",
        "stack",
    ),
    Action(
        "pin",
        "View",
        "Pin the unit",
        "P",
        "Draw the chosen unit as a line, or stop drawing it",
        "push-pin",
    ),
    Action(
        "zoom_in",
        "View",
        "Zoom in",
        "Ctrl++",
        "Show fewer steps, around the cursor",
        "magnifying-glass-plus",
    ),
    Action(
        "zoom_out",
        "View",
        "Zoom out",
        "Ctrl+-",
        "Show more steps, around the cursor",
        "magnifying-glass-minus",
    ),
    Action(
        "zoom_all",
        "View",
        "Show all steps",
        "Ctrl+0",
        "Show the whole recording",
        "arrows-out-line-horizontal",
    ),
    Action(
        "axes_in_seconds",
        "View",
        "Axes in seconds",
        "Ctrl+Alt+S",
        "Mark the step axes in seconds, where the sequence says how long a step is",
        "timer",
        checkable=True,
    ),
    Action(
        "follow",
        "View",
        "Follow the run",
        "F",
        "Let the cursor move along with a run",
        "crosshair",
        checkable=True,
    ),
    Action(
        "toggle_theme",
        "View",
        "Dark or light",
        "Ctrl+T",
        "Change between the dark and the light theme",
        "circle-half",
    ),
    Action(
        "full_screen",
        "View",
        "Full screen",
        "F11",
        "Use the whole screen, or the window again",
        "arrows-out",
    ),
    Action(
        "reset_arrangement",
        "View",
        "Reset arrangement",
        "Ctrl+Alt+R",
        "Put every panel back in its place",
        "layout",
    ),
    Action(
        "show_layouts",
        "View",
        "Layouts…",
        "Ctrl+Shift+L",
        "Save how the panels are arranged, or take a saved arrangement",
        "squares-four",
    ),
    Action(
        "show_welcome",
        "View",
        "Welcome page",
        "Ctrl+Home",
        "The examples and recent files, or back to the panels",
        "house",
    ),
)
