"""A band of tinted cells that shows the texture of a text, however long it is."""

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from lstm_studio.core.blocks import column_size
from lstm_studio.core.shapes import UInt8
from lstm_studio.panelkit.cells import draw_cells
from lstm_studio.panelkit.colours import Colours, mix, rgb
from lstm_studio.panelkit.overlay import Overlay

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

BLANK, LETTER, DIGIT, SIGN, BREAK = range(5)
SHARES: Final = (0.0, 0.20, 0.34, 0.46, 0.0)
FAINT: Final = 0.3


def kind_of(token: str) -> int:
    """Return which of the few kinds a token is of, by its first character."""
    if token in ("\n", "\r", "\r\n"):
        return BREAK
    first = token.strip()[:1]
    if not first:
        return BLANK
    if first.isalpha() or first == "_":
        return LETTER
    return DIGIT if first.isdigit() else SIGN


class TokenBand(Overlay):
    """Tints of the tokens; where several share a pixel, their mean."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=-10)
        self._key: tuple[object, ...] = ()
        self._kinds: UInt8[np.ndarray, " step"] | None = None
        self._image = QImage()
        self._start, self._size = 0, 1

    def show_kinds(
        self,
        kinds: UInt8[np.ndarray, "step"],
        span: tuple[int, int],
        columns: int,
        colours: Colours,
        *,
        faint: bool,
    ) -> int:
        """Draw tokens of these kinds; return how many steps share a column.

        ``faint`` leaves room for the text on the tints.
        """
        key = (span, columns, colours.background.rgb(), faint)
        if key == self._key and kinds is self._kinds:
            return self._size
        self._key, self._kinds = key, kinds
        strength = FAINT if faint else 1.0
        tints = [
            mix(colours.background, colours.text, strength * share) for share in SHARES
        ]
        tints[BREAK] = mix(colours.background, colours.curves[0], 0.75 * strength)
        self._size = column_size(span[1] - span[0], columns)
        self._start = max(span[0], 0) // self._size * self._size
        window = kinds[self._start : span[1] + self._size]
        self._image = _image(window, self._size, tints)
        self.redraw()
        return self._size

    def paint(self, painter: QPainter) -> None:
        if self._image.isNull():
            return
        left = self.plot.to_x(self._start)
        right = self.plot.to_x(self._start + self._image.width() * self._size)
        height = self.plot.area.height()
        draw_cells(painter, QRectF(left, 0, right - left, height), self._image)


def _image(kinds: UInt8[np.ndarray, "step"], size: int, tints: list[QColor]) -> QImage:
    if not len(kinds):
        return QImage()
    colours = np.asarray([rgb(tint) for tint in tints], np.float32)[kinds]
    starts = np.arange(0, len(kinds), size)
    counts = np.diff(np.append(starts, len(kinds)))
    means = np.add.reduceat(colours, starts, axis=0) / counts[:, np.newaxis]
    pixels = np.full((len(starts), 4), 255, np.uint8)
    pixels[:, 2::-1] = np.rint(means)
    return QImage(
        pixels.data, len(starts), 1, 4 * len(starts), QImage.Format.Format_RGB32
    ).copy()
