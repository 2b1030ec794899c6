"""Icons of one family (Phosphor), in the colours of the theme."""

from functools import lru_cache

import qtawesome
from PySide6.QtGui import QIcon, QPalette


def icon(name: str, palette: QPalette, *, accent: bool = False) -> QIcon:
    """Return the icon ``name`` of Phosphor in the colours of ``palette``."""
    role = QPalette.ColorRole
    colour = palette.color(role.Accent if accent else role.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, role.ButtonText)
    return _icon(name, colour.name(), disabled.name())


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    made: QIcon = qtawesome.icon(
        f"ph.{name}", color=colour, color_active=colour, color_disabled=disabled
    )
    return made
