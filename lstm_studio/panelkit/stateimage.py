"""A heat map of units and steps, thinned to the pixels that it has."""

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.panelkit.cells import draw_cells
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.levels import Levels
from lstm_studio.panelkit.maps import MISSING
from lstm_studio.panelkit.overlay import Overlay

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

Values = Float[np.ndarray, "column unit"]

AT_ONCE: Final = 64
"""Columns that get colours together, as they come into sight."""


class StateImage(Overlay):
    """One colour per unit and column, made again only when what it shows changed."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=-10)
        self.block: StepBlock | None = None
        self.units_per_row = 1
        self._shown: tuple[object, ...] = ()
        self._coloured = range(0)
        """Columns that have colours: those that were in sight."""
        self._image: QImage | None = None
        self._pixels: np.ndarray | None = None

    def show_block(
        self,
        block: StepBlock | None,
        levels: Levels,
        colours: Colours,
        missing: bool,
        order: Int64[np.ndarray, " row"] | None = None,
    ) -> None:
        """Draw a block.

        ``missing`` says that a column of NaN is one that was not recorded yet; else
        it is what the model computed, and is marked. ``order`` names the unit of each
        row.
        """
        # It is so at times while a cursor moves, and changes no colour of most blocks.
        missing = missing and block is not None and not block.finite
        per_row = self._rows_to_share()
        shown = (id(block), levels, colours, per_row, missing, id(order))
        if shown != self._shown:
            self._shown, self.block, self.units_per_row = shown, block, per_row
            self._coloured = range(0)
            self._pixels = self._image = None
            if block is not None and block.low.size:
                columns, units = block.low.shape
                self._pixels = np.zeros((-(-units // per_row), columns), np.uint32)
            self.redraw()
        if block is None or self._pixels is None:
            return
        for columns in self._take_into_sight():
            low, high = block.low[columns], block.high[columns]
            unread = np.isnan(low).all(axis=1) if missing else None
            if order is not None:
                low, high = low.T[order].T, high.T[order].T
            indices = levels.indices(gather(low, high, per_row, levels.diverging))
            if unread is not None:
                indices[unread] = MISSING
            turned = np.ascontiguousarray(indices.T)
            self._pixels[:, columns] = np.take(levels.table(colours), turned)
            self._image = None
        if self._image is None:
            # The image refers to these pixels without a copy: keep them.
            height, width = self._pixels.shape
            self._image = QImage(
                self._pixels.data,
                width,
                height,
                4 * width,
                QImage.Format.Format_ARGB32_Premultiplied,
            )
            self.redraw()

    def _take_into_sight(self) -> list[slice]:
        """Return the columns that come into sight and have no colours yet."""
        assert self.block is not None
        first, size = self.block.start, self.block.steps_per_column
        start, stop = ((step - first) // size for step in self.plot.span)
        start = max(start // AT_ONCE * AT_ONCE, 0)
        stop = min((stop // AT_ONCE + 1) * AT_ONCE, len(self.block.low))
        before, now = self._coloured, range(start, max(stop, start))
        if now.stop < before.start or now.start > before.stop or not before:
            self._coloured = now
            return [slice(now.start, now.stop)] if now else []
        self._coloured = range(min(now.start, before.start), max(now.stop, before.stop))
        new = (now.start, before.start), (before.stop, now.stop)
        return [slice(*ends) for ends in new if ends[0] < ends[1]]

    def _rows_to_share(self) -> int:
        """Return how many units share a row of pixels."""
        units = abs(self.plot.y_range[1] - self.plot.y_range[0])
        pixels = self.plot.area.height() * self.plot.density
        return max(1, int(np.ceil(units / max(pixels, 1))))

    def paint(self, painter: QPainter) -> None:
        if self._image is None or self.block is None:
            return
        block, to_x, to_y = self.block, self.plot.to_x, self.plot.to_y
        left = to_x(block.start)
        right = to_x(block.start + self._image.width() * block.steps_per_column)
        top, bottom = to_y(0), to_y(self._image.height() * self.units_per_row)
        area = QRectF(left, top, right - left, bottom - top)
        draw_cells(painter, area, self._image)


def gather(low: Values, high: Values, units_per_row: int, diverging: bool) -> Values:
    """Return the value of larger magnitude, or the largest one of gates.

    Units that share a row of pixels are gathered in the same way; NaN stays.
    """
    highest = _gathered(np.maximum, high, units_per_row)
    if not diverging:
        return highest
    lowest = _gathered(np.minimum, low, units_per_row)
    # Not by `where`: on values of both signs it takes five times as long.
    with np.errstate(invalid="ignore"):
        larger: Values = np.copysign(np.maximum(highest, -lowest), highest + lowest)
    return larger


def _gathered(ufunc: np.ufunc, values: Values, units_per_row: int) -> Values:
    if units_per_row == 1:
        return values
    # Over the columns of units side by side: ten times as fast as across them.
    by_unit = np.ascontiguousarray(values.T)
    whole = len(by_unit) // units_per_row * units_per_row
    rows = by_unit[:whole].reshape(-1, units_per_row, len(values))
    gathered = ufunc.reduce(rows, axis=1)
    if whole < len(by_unit):
        last = ufunc.reduce(by_unit[whole:], axis=0, keepdims=True)
        gathered = np.concatenate([gathered, last])
    turned: Values = gathered.T
    return turned
