"""A rectangle of steps and units, drawn with the mouse."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lstm_studio.core.spans import NONE, Spans
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


def paint_box(painter: QPainter, box: QRectF, ink: QColor, paper: QColor) -> None:
    """Paint the rectangle that is drawn with the mouse."""
    fill = QColor(ink)
    fill.setAlphaF(0.18)
    painter.fillRect(box, fill)
    edge = box.adjusted(0.5, 0.5, -0.5, -0.5)
    # Seen on any colour of a map.
    painter.setPen(QPen(paper, 3))
    painter.drawRect(edge)
    painter.setPen(QPen(ink, 1))
    painter.drawRect(edge)


class BrushItem(Overlay):
    """The rectangle, while it is drawn and until something is done with it."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=35)
        self.brush: Brush | None = None
        self.steps = NONE
        self.ink = self.paper = QColor()
        self.setVisible(False)

    def show_brush(self, brush: Brush | None) -> None:
        """Show another rectangle, or none."""
        if brush != self.brush:
            self.brush = brush
            self._show()

    def show_steps(self, steps: Spans) -> None:
        """Show which steps were brushed in another plot."""
        if steps != self.steps:
            self.steps = steps
            self._show()

    def _show(self) -> None:
        self.setVisible(self.brush is not None or bool(self.steps))
        self.redraw()

    def paint(self, painter: QPainter) -> None:
        if self.brush is None:
            self._paint_steps(painter)
            return
        (start, stop), (first, last) = self.brush.steps, self.brush.rows
        left, right = self.plot.to_x(start), self.plot.to_x(stop)
        top, bottom = self.plot.to_y(first), self.plot.to_y(last)
        rect = QRectF(left, top, right - left, bottom - top).normalized()
        paint_box(painter, rect, self.ink, self.paper)

    def _paint_steps(self, painter: QPainter) -> None:
        fill = QColor(self.ink)
        fill.setAlphaF(0.1)
        height = self.plot.area.height()
        painter.setPen(QPen(self.ink, 1, Qt.PenStyle.DotLine))
        for left, right in self._stretches():
            painter.fillRect(QRectF(left, 0, right - left, height), fill)
            for x in (int(left) + 0.5, int(right) - 0.5):
                painter.drawLine(QPointF(x, 0), QPointF(x, height))

    def _stretches(self) -> list[tuple[float, float]]:
        """Return from where to where the steps go in pixels, each at least one wide.

        Spans with less than a pixel between them are one: there may be thousands.
        """
        if not self.steps:
            return []
        width = self.plot.area.width()
        left, right = (
            self.plot.to_x(0) + np.array(self.steps) * self.plot.step_width
        ).T
        seen = (right > 0) & (left < width)
        left, right = np.maximum(left[seen], 0), np.minimum(right[seen], width)
        begins = np.append(True, left[1:] - right[:-1] >= 1)[: len(left)]
        ends = np.append(begins[1:], True)[: len(left)]
        return list(zip(left[begins].tolist(), right[ends].tolist(), strict=True))
