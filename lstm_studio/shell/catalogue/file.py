"""Actions on files: open, save, export, settings."""

from typing import Final

from lstm_studio.shell.catalogue.action import Action

FILE: Final = (
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
        "open_session",
        "File",
        "Open session…",
        "Ctrl+Alt+P",
        "Open a session file: its model, sequence, recording and view",
        "folder-notch-open",
    ),
    Action(
        "save_session",
        "File",
        "Save session…",
        "Ctrl+Shift+S",
        "Write what is open to a file that opens it again; trust is not kept",
        "floppy-disk-back",
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
)
