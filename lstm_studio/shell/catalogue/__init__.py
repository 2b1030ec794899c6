"""All that the window can do, in words: the table that everything is made from."""

from dataclasses import dataclass
from typing import Final

MENUS: Final = ("File", "Run", "Play", "View", "Help")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done: its place, its words and its key.

    ``menu`` is a menu, or a menu within one: ``View/Panels``.
    ``text`` is what the menu says, ``short`` what the toolbar says beside the icon.
    """

    name: str
    menu: str
    text: str
    shortcut: str
    tip: str
    icon: str = ""
    short: str = ""
    checkable: bool = False


BEGIN_GROUP: Final = frozenset(
    {
        "save_recording",
        "show_settings",
        "pause_run",
        "verify",
        "step_back",
        "first_step",
        "faster",
        "unit_up",
        "zoom_in",
        "toggle_theme",
        "reset_arrangement",
        "show_log",
    }
)
"""Actions that a menu divides from those before."""
ACCENTED: Final = ("run", "play")
"""Actions whose icon has the accent colour: what one came for."""

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "open_model",
        "File",
        "Open model…",
        "Ctrl+O",
        "Open a model file; it may also be dropped on the window",
        "folder-open",
        "Open model",
    ),
    Action(
        "open_sequence",
        "File",
        "Open sequence…",
        "Ctrl+Shift+O",
        "Choose what the model is fed: a file, a text, or a generated signal",
        "waves",
        "Open sequence",
    ),
    Action(
        "open_recording",
        "File",
        "Open recording…",
        "Ctrl+Alt+O",
        "Show a recording that was saved before",
        "database",
    ),
    Action(
        "answer_questions",
        "File",
        "Model questions…",
        "Ctrl+M",
        "Change what was assumed where the model's file does not tell",
        "question",
    ),
    Action(
        "save_recording",
        "File",
        "Save recording…",
        "Ctrl+S",
        "Keep the recording as a folder; it opens without the model",
        "floppy-disk",
    ),
    Action(
        "export_picture",
        "File",
        "Export picture…",
        "Ctrl+E",
        "Save the window or a panel as PNG, SVG or PDF",
        "export",
        "Export",
    ),
    Action(
        "copy_picture",
        "File",
        "Copy picture",
        "Ctrl+Shift+C",
        "Copy a picture of the window to the clipboard",
        "copy",
    ),
    Action(
        "show_settings",
        "File",
        "Settings…",
        "Ctrl+,",
        "Theme, threads, device and trusted files",
        "gear",
    ),
    Action("quit", "File", "Quit", "Ctrl+Q", "Close the window", "x"),
    Action(
        "run",
        "Run",
        "Run",
        "F5",
        "Record the model over the sequence",
        "play",
        "Run",
    ),
    Action(
        "run_paused",
        "Run",
        "Run step by step",
        "Shift+F5",
        "Start a run that waits before its first step",
        "person-simple-walk",
    ),
    Action(
        "pause_run",
        "Run",
        "Pause the run",
        "F6",
        "Let the run wait, or let it go on (also Space while a run goes on)",
        "pause",
    ),
    Action(
        "step_run",
        "Run",
        "Run one step",
        "F10",
        "Let the run do one more step, then wait",
        "arrow-line-right",
        "1 step",
    ),
    Action(
        "step_run_n",
        "Run",
        "Run n steps",
        "Shift+F10",
        "Let the run do as many steps as the box says, then wait",
        "skip-forward",
        "n steps",
    ),
    Action(
        "cancel",
        "Run",
        "Cancel",
        "Esc",
        "End what runs; what it recorded is kept",
        "stop",
        "Cancel",
    ),
    Action(
        "verify",
        "Run",
        "Verify all steps",
        "Ctrl+Shift+V",
        "Measure the certificate over every step of the recording",
        "checks",
    ),
    Action(
        "show_certificate",
        "Run",
        "Certificate…",
        "Ctrl+I",
        "The figures that prove the recording, layer by layer",
        "circle-wavy-check",
    ),
    Action(
        "play",
        "Play",
        "Play",
        "Space",
        "Move the cursor over what is recorded; pauses a run while one goes on",
        "play",
    ),
    Action(
        "play_back",
        "Play",
        "Play backwards",
        "Shift+Space",
        "Move the cursor backwards over what is recorded",
        "rewind",
    ),
    Action("step_back", "Play", "Step back", "Left", "One step back", "caret-left"),
    Action(
        "step_forth",
        "Play",
        "Step forward",
        "Right",
        "One step forward",
        "caret-right",
    ),
    Action(
        "leap_back",
        "Play",
        "10 steps back",
        "Shift+Left",
        "Ten steps back",
        "caret-double-left",
    ),
    Action(
        "leap_forth",
        "Play",
        "10 steps forward",
        "Shift+Right",
        "Ten steps forward",
        "caret-double-right",
    ),
    Action("first_step", "Play", "First step", "Home", "To the start", "skip-back"),
    Action("last_step", "Play", "Last step", "End", "To the end", "skip-forward"),
    Action(
        "go_to_step",
        "Play",
        "Go to step…",
        "G",
        "Jump to a step by its number",
        "hash",
    ),
    Action("faster", "Play", "Faster", ".", "Play at the next higher speed", "plus"),
    Action("slower", "Play", "Slower", ",", "Play at the next lower speed", "minus"),
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
        "show_welcome",
        "View",
        "Welcome page",
        "Ctrl+Home",
        "The examples and recent files, or back to the panels",
        "house",
    ),
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
        "Log file",
        "Ctrl+Alt+L",
        "Open the file in which errors are noted; nothing is sent anywhere",
        "article",
    ),
    Action("show_about", "Help", "About LSTM Studio", "Shift+F1", "Versions", "info"),
)
"""In the order of the menus."""
