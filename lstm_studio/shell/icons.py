"""Icons of one family (Phosphor), in the colours of the theme."""

from functools import lru_cache
from typing import Final

import qtawesome
from PySide6.QtGui import QIcon, QPalette

FAMILY: Final = "ph"


def icon(name: str, palette: QPalette, *, accent: bool = False) -> QIcon:
    """Return the icon ``name`` of Phosphor in the colours of ``palette``."""
    role = QPalette.ColorRole
    colour = palette.color(role.Accent if accent else role.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, role.ButtonText)
    return _icon(name, colour.name(), disabled.name())


@lru_cache(maxsize=1)
def _family() -> qtawesome.IconicFont:
    # Only this one: `qtawesome.icon` reads a dozen fonts and their indices first.
    return qtawesome.IconicFont(
        *(font for font in qtawesome._BUNDLED_FONTS if font[0] == FAMILY)  # noqa: SLF001
    )


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    made: QIcon = _family().icon(
        f"{FAMILY}.{name}", color=colour, color_active=colour, color_disabled=disabled
    )
    return made
