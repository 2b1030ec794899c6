"""The few colours that all panels share, taken from the palette of the window."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPalette

from lstm_studio.panelkit.maps import Maps, Rgb

Rgba = tuple[float, float, float, float]

MAPS: Final = "maps"
"""Property of the application, which has them as it has its palette."""

# After Okabe and Ito (2008), with yellow left out or darkened where it would not
# show on white, and blue lightened where it would not show on black.
CURVES_LIGHT: Final = (
    "#0072b2", "#d55e00", "#008a63", "#b0438a", "#a67c00", "#2f8fc9", "#6a4fbf",
    "#7a6a5a",
)  # fmt: skip
CURVES_DARK: Final = (
    "#56b4e9", "#ff9f4a", "#2fc59b", "#e58fc0", "#f0e442", "#8fb8ff", "#b79cff",
    "#c9bca8",
)  # fmt: skip

STREAM_CURVE: Final[Mapping[str, int]] = {
    "c": 1, "i": 2, "f": 0, "g": 4, "o": 3, "r": 3, "z": 0, "n": 4
}  # fmt: skip
"""Which curve colour a stream has; ``h`` and ``output`` are drawn as text is."""


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of one theme.

    Attributes
    ----------
    background
        Of plots, and the 0 of our own maps.
    text, muted
        Of what is read first, and of labels beside it.
    faint
        Of grid lines and hatching.
    accent
        Of the cursor and of what was picked.
    bad
        Of NaN and Inf; in no map and on no curve.
    curves
        Told apart also by the colour-blind; a pin keeps its own.
    maps
        Of the values in heat maps.
    """

    dark: bool
    background: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    bad: QColor
    curves: tuple[QColor, ...]
    maps: Maps

    def stream(self, name: str) -> QColor:
        """Return the colour of a stream, the same in every panel."""
        index = STREAM_CURVE.get(name)
        return self.text if index is None else self.curves[index]

    def curve(self, index: int) -> QColor:
        """Return a categorical colour; they repeat after the last."""
        return self.curves[index % len(self.curves)]


def colours(palette: QPalette) -> Colours:
    """Return the colours that go with a palette."""
    role = QPalette.ColorRole
    base, ink = palette.color(role.Base).rgb(), palette.color(role.Text).rgb()
    return _colours(base, ink, maps_in_use())


def maps_in_use() -> Maps:
    """Return the maps of the application."""
    application = QCoreApplication.instance()
    maps = None if application is None else application.property(MAPS)
    return maps if isinstance(maps, Maps) else Maps()


@lru_cache(maxsize=8)
def _colours(base: int, ink: int, maps: Maps) -> Colours:
    # Kept: each panel asks with each frame.
    background, text = QColor(base), QColor(ink)
    dark = background.lightnessF() < 0.5
    return Colours(
        dark=dark,
        background=background,
        text=text,
        muted=mix(background, text, 0.66),
        faint=mix(background, text, 0.16 if dark else 0.14),
        accent=QColor("#ffcf5c") if dark else QColor("#c2410c"),
        bad=QColor("#ff3df2") if dark else QColor("#c800bf"),
        curves=tuple(map(QColor, CURVES_DARK if dark else CURVES_LIGHT)),
        maps=maps,
    )


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Return ``one`` with a share of ``other`` in it."""
    # A copy: colours can be changed.
    return QColor(_mixed(one.getRgbF(), other.getRgbF(), share))


@lru_cache(maxsize=512)
def _mixed(one: Rgba, other: Rgba, share: float) -> QColor:
    red, green, blue = (
        a + (b - a) * share for a, b in zip(one[:3], other[:3], strict=True)
    )
    return QColor.fromRgbF(red, green, blue)


def rgb(colour: QColor) -> Rgb:
    """Return red, green and blue of a colour, 0 to 255."""
    return colour.red(), colour.green(), colour.blue()
