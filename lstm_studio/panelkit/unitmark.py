"""Which unit of a heat map was picked, and which are pinned."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lstm_studio.panelkit.overlay import Overlay

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

SIZE_PX = 5


class UnitMarks(Overlay):
    """An arrow at the left edge for the picked unit, bars for pinned ones.

    Dead units have a bar at the right edge.
    """

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=30)
        self.unit: int | None = None
        self.pins: tuple[tuple[int, QColor], ...] = ()
        self.dead: tuple[int, ...] = ()
        self.ink = self.paper = self.bad = QColor()

    def show_units(
        self,
        unit: int | None,
        pins: tuple[tuple[int, QColor], ...],
        dead: tuple[int, ...] = (),
    ) -> None:
        """Mark these units."""
        if (unit, pins, dead) != (self.unit, self.pins, self.dead):
            self.unit, self.pins, self.dead = unit, pins, dead
            self.redraw()

    def paint(self, painter: QPainter) -> None:
        height = self.plot.area.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.plot.area.width()
        painter.setPen(QPen(self.bad, 2))
        for unit in self.dead:
            y = self.plot.to_y(unit + 0.5)
            if 0 <= y <= height:
                painter.drawLine(QPointF(width - 2 * SIZE_PX, y), QPointF(width, y))
        for unit, colour in self.pins:
            y = self.plot.to_y(unit + 0.5)
            if 0 <= y <= height:
                painter.setPen(QPen(colour, 3))
                painter.drawLine(QPointF(0, y), QPointF(3 * SIZE_PX, y))
        if self.unit is None:
            return
        y = self.plot.to_y(self.unit + 0.5)
        if 0 <= y <= height:
            painter.setPen(QPen(self.paper, 1.5))
            painter.setBrush(self.ink)
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(0, y - SIZE_PX),
                        QPointF(1.8 * SIZE_PX, y),
                        QPointF(0, y + SIZE_PX),
                    ]
                )
            )
