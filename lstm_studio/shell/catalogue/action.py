"""What an action is, in words."""

from dataclasses import dataclass


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
