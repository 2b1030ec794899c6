"""All that the window can do, in words: the table that everything is made from."""

from typing import Final

from lstm_studio.shell.catalogue.action import Action
from lstm_studio.shell.catalogue.file import FILE
from lstm_studio.shell.catalogue.help import HELP
from lstm_studio.shell.catalogue.play import PLAY
from lstm_studio.shell.catalogue.run import RUN
from lstm_studio.shell.catalogue.view import VIEW

__all__ = ["ACCENTED", "ACTIONS", "BEGIN_GROUP", "MENUS", "Action"]

MENUS: Final = ("File", "Run", "Play", "View", "Help")

BEGIN_GROUP: Final = frozenset(
    {
        "save_recording",
        "open_session",
        "export_picture",
        "show_settings",
        "pause_run",
        "verify",
        "step_back",
        "first_step",
        "faster",
        "loop",
        "find_steps",
        "next_same_input",
        "next_saturation",
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

ACTIONS: Final[tuple[Action, ...]] = (*FILE, *RUN, *PLAY, *VIEW, *HELP)
"""In the order of the menus."""
