"""A rectangle of steps and units, drawn with the mouse."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lstm_studio.panelkit.overlay import Overlay

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView


@dataclass(frozen=True, slots=True)
class Brush:
    """Steps and rows from the first up to, not with, the last."""

    steps: tuple[int, int]
    rows: tuple[int, int]


def brush_of(one: tuple[int, float], other: tuple[int, float]) -> Brush:
    """Return the cells between two corners (step, y), with both of them."""
    steps = sorted((one[0], other[0]))
    rows = sorted((math.floor(one[1]), math.floor(other[1])))
    return Brush((steps[0], steps[1] + 1), (rows[0], rows[1] + 1))


class BrushItem(Overlay):
    """The rectangle, while it is drawn and until something is done with it."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=35)
        self.brush: Brush | None = None
        self.steps: tuple[int, int] | None = None
        self.ink = self.paper = QColor()

    def show_brush(self, brush: Brush | None) -> None:
        """Show another rectangle, or none."""
        if brush != self.brush:
            self.brush = brush
            self.redraw()

    def show_steps(self, steps: tuple[int, int] | None) -> None:
        """Show which steps were brushed in another plot."""
        if steps != self.steps:
            self.steps = steps
            self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self.brush is None:
            self._paint_steps(painter)
            return
        (start, stop), (first, last) = self.brush.steps, self.brush.rows
        left, right = self.plot.to_x(start), self.plot.to_x(stop)
        top, bottom = self.plot.to_y(first), self.plot.to_y(last)
        rect = QRectF(left, top, right - left, bottom - top).normalized()
        fill = QColor(self.ink)
        fill.setAlphaF(0.18)
        painter.fillRect(rect, fill)
        edge = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        # Seen on any colour of a map.
        painter.setPen(QPen(self.paper, 3))
        painter.drawRect(edge)
        painter.setPen(QPen(self.ink, 1))
        painter.drawRect(edge)

    def _paint_steps(self, painter: QPainter) -> None:
        if self.steps is None:
            return
        left, right = (self.plot.to_x(step) for step in self.steps)
        fill = QColor(self.ink)
        fill.setAlphaF(0.1)
        height = self.plot.area.height()
        painter.fillRect(QRectF(left, 0, right - left, height), fill)
        painter.setPen(QPen(self.ink, 1, Qt.PenStyle.DotLine))
        for x in (int(left) + 0.5, int(right) - 0.5):
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
