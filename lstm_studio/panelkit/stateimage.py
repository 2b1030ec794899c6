"""A heat map of units and steps, thinned to the pixels that it has."""

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPaintEngine, QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

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


class StateImage(Overlay):
    """One colour per unit and column, made again only when what it shows changed."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=-10)
        self.block: StepBlock | None = None
        self.units_per_row = 1
        self._shown: tuple[object, ...] = ()
        self._image: QImage | None = None
        self._pixels: np.ndarray | None = None
        self._drawn = QPixmap()
        self._drawn_for: tuple[object, ...] = ()
        self._painted_for: tuple[object, ...] = ()

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
        per_row = self._rows_to_share()
        shown = (id(block), levels, colours, per_row, missing, id(order))
        if shown == self._shown:
            return
        self._shown, self.block, self.units_per_row = shown, block, per_row
        if block is None or not block.low.size:
            self._image = None
        else:
            low, high = block.low, block.high
            if order is not None:
                low, high = low[:, order], high[:, order]
            peaks = gather(low, high, per_row, levels.diverging)
            indices = levels.indices(peaks)
            if missing:
                indices[np.isnan(block.low).all(axis=1)] = MISSING
            # The image refers to these pixels without a copy: keep them.
            turned = np.ascontiguousarray(indices.T)
            self._pixels = np.take(levels.table(colours), turned)
            height, width = self._pixels.shape
            self._image = QImage(
                self._pixels.data,
                width,
                height,
                4 * width,
                QImage.Format.Format_ARGB32_Premultiplied,
            )
        self.redraw()

    def _rows_to_share(self) -> int:
        """Return how many units share a row of pixels."""
        units = abs(self.plot.y_range[1] - self.plot.y_range[0])
        pixels = self.plot.area.height() * self.plot.density
        return max(1, int(np.ceil(units / max(pixels, 1))))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self._image is None or self.block is None:
            return
        block, to_x, to_y = self.block, self.plot.to_x, self.plot.to_y
        left = to_x(block.start)
        right = to_x(block.start + self._image.width() * block.steps_per_column)
        top, bottom = to_y(0), to_y(self._image.height() * self.units_per_row)
        area = QRectF(left, top, right - left, bottom - top)
        # As large as on the screen: the cursor moves often over what stays.
        raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
        size, scale = self.plot.area.size(), painter.deviceTransform().m11()
        wanted = (self._shown, area.getRect(), size.toTuple(), scale)
        if not raster or wanted != self._painted_for:
            # What pans is never the same twice.
            self._painted_for = wanted
            draw_cells(painter, area, self._image)
            return
        if wanted != self._drawn_for:
            self._drawn_for = wanted
            width, height = (math.ceil(side * scale) for side in size.toTuple())
            self._drawn = QPixmap(width, height)
            self._drawn.fill(Qt.GlobalColor.transparent)
            self._drawn.setDevicePixelRatio(scale)
            onto = QPainter(self._drawn)
            draw_cells(onto, area, self._image)
            onto.end()
        painter.drawPixmap(0, 0, self._drawn)


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
    first = range(min(units_per_row, values.shape[1]))
    # Each in an array of its own, where they lie side by side: twice as fast.
    parts = [np.ascontiguousarray(values[:, k::units_per_row]) for k in first]
    for part in parts[1:]:
        head = parts[0][:, : part.shape[1]]
        ufunc(head, part, out=head)
    return parts[0]
