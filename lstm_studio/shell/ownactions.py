"""The actions of one window: those of the catalogue, of its examples and its panels."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from lstm_studio.core.examples import Example
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.catalogue import ACTIONS, Action
from lstm_studio.shell.studio import Studio

DIGITS: Final = "1234567890"


def callbacks_of(*owners: object) -> dict[str, Callable[[], None]]:
    """Return what each action of the catalogue calls: the method of its name."""
    found: dict[str, Callable[[], None]] = {}
    for action in ACTIONS:
        owner = next(each for each in owners if hasattr(each, action.name))
        found[action.name] = getattr(owner, action.name)
    return found


def add_examples(
    actions: Actions, examples: Iterable[Example], show: Callable[[str], None]
) -> None:
    """Add an action for each example that there is."""
    for digit, example in zip(DIGITS, examples, strict=False):
        action = Action(
            f"example_{example.name}",
            "File/Examples",
            f"Example: {example.title}".replace("&", "&&"),
            f"Ctrl+Alt+{digit}",
            example.look_for,
            "sparkle",
        )
        actions.add(action, partial(show, example.name))


def add_panels(actions: Actions, studio: Studio, toggle: Callable[[int], None]) -> None:
    """Add an action that shows or hides it for each panel that there is."""
    for number, dock in enumerate(studio.docks):
        modifier = "Alt" if number < len(DIGITS) else "Alt+Shift"
        action = Action(
            f"show_{dock.panel.id}",
            "View/Panels",
            dock.panel.title.replace("&", "&&"),
            f"{modifier}+{DIGITS[number % len(DIGITS)]}",
            f"Show or hide: {dock.panel.help}",
            "app-window",
            checkable=True,
        )
        actions.add(action, partial(toggle, number)).setChecked(True)


def check_panels(actions: Actions, studio: Studio) -> None:
    """Let the menu say which panels are there."""
    for dock in studio.docks:
        actions[f"show_{dock.panel.id}"].setChecked(not dock.isHidden())
