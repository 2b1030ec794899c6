"""Actions that explain: find, keys, log, versions."""

from typing import Final

from lstm_studio.shell.catalogue.action import Action

HELP: Final = (
    Action(
        "find_action",
        "Help",
        "Find an action…",
        "Ctrl+K",
        "Type a few letters of anything that the studio can do",
        "command",
    ),
    Action(
        "show_shortcuts",
        "Help",
        "Keyboard shortcuts",
        "F1",
        "Every action with its key",
        "keyboard",
    ),
    Action(
        "show_log",
        "Help",
        "Show log",
        "Ctrl+Alt+L",
        "Open the file in which errors are noted; nothing is sent anywhere",
        "article",
    ),
    Action(
        "copy_report",
        "Help",
        "Copy error report",
        "Ctrl+Shift+R",
        "Copy the versions and the end of the log; nothing is sent anywhere",
        "clipboard-text",
    ),
    Action("show_about", "Help", "About LSTM Studio", "Shift+F1", "Versions", "info"),
)
