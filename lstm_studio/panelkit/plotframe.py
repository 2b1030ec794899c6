"""The axes of a plot: labels in the margins, thin lines, cells marked in the middle."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from lstm_studio.panelkit.labels import labels_in
from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.ticks import Tick, second_ticks, step_ticks, with_room

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

TICK_PX = 3


class PlotFrame:
    """Labels of both axes, painted in the margins around the plotting area."""

    def __init__(
        self, plot: "StepView", y_ticks: Callable[[float, float, float], list[Tick]]
    ) -> None:
        self.plot = plot
        self.y_ticks = y_ticks
        self.label, self.line = QColor(), QColor()
        self.take_letters(plot.font())
        self.show_steps = True
        self.rate: float | None = None
        """Steps in a second where the axis is marked in seconds, else None."""

    def take_letters(self, font: QFont) -> None:
        """Write in this font."""
        self._labels = labels_in(font.toString())
        self._metrics = QFontMetricsF(font)

    def paint(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what is to be seen in a part of the widget."""
        area = self.plot.area
        if not area.adjusted(-1, -2, 1, 2).contains(exposed):
            painter.setFont(self._labels.font)
            self._paint_y(painter, area)
            if self.show_steps:
                self._paint_steps(painter, area)
        painter.setPen(self.line)
        left = round(area.left()) - 0.5
        painter.drawLine(QPointF(left, area.top()), QPointF(left, area.bottom()))
        if self.show_steps:
            painter.drawLine(
                QPointF(left, area.bottom() + 0.5),
                QPointF(area.right(), area.bottom() + 0.5),
            )

    def _paint_y(self, painter: QPainter, area: QRectF) -> None:
        height = self._metrics.height()
        low, high = sorted(self.plot.y_range)
        ticks = self.y_ticks(low, high, area.height())
        placed = [(area.top() + self.plot.to_y(value), text) for value, text in ticks]
        seen = [at for at in placed if area.top() - 1 <= at[0] <= area.bottom() + 1]
        labels = with_room(seen, height)
        right = area.left() - 1
        painter.setPen(self.line)
        for y, _ in labels:
            painter.drawLine(QPointF(right - TICK_PX, y), QPointF(right, y))
        painter.setPen(self.label)
        room = right - TICK_PX - 3
        for y, text in labels:
            shown = text
            if self._labels.width(text) > room:
                elide = Qt.TextElideMode.ElideRight
                shown = self._metrics.elidedText(text, elide, room)
            # A label at the edge moves inwards, so that it is never cut.
            top = min(max(y - height / 2, 0.0), self.plot.height() - height)
            left = room - self._labels.width(shown)
            self._labels.paint(painter, left, top, shown)

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        y = area.bottom() + 1
        to_x, left = self.plot.to_x, area.left()
        ticks = [(left + to_x(at), text) for at, text in self._step_ticks(area.width())]
        painter.setPen(self.line)
        for x, _ in ticks:
            painter.drawLine(QPointF(x, y), QPointF(x, y + TICK_PX))
        painter.setPen(self.label)
        for x, text in ticks:
            width = self._labels.width(text) + 2
            left = min(max(x - width / 2, 0.0), self.plot.width() - width)
            self._labels.paint(painter, left + 1, y + TICK_PX, text)

    def _step_ticks(self, pixels: float) -> list[Tick]:
        if self.rate is None:
            return step_ticks(*self.plot.span, pixels)
        return second_ticks(*self.plot.span, pixels, self.rate)


class Grid(Overlay):
    """Faint lines at the ticks of y, and a line at zero, under the curves."""

    def __init__(
        self, plot: "StepView", y_ticks: Callable[[float, float, float], list[Tick]]
    ) -> None:
        super().__init__(plot, depth=-20)
        self.y_ticks = y_ticks
        self.faint, self.zero = QColor(), QColor()

    def paint(self, painter: QPainter) -> None:
        low, high = sorted(self.plot.y_range)
        width = self.plot.area.width()
        for value, _ in self.y_ticks(low, high, self.plot.area.height()):
            painter.setPen(self.zero if abs(value) < 1e-12 else self.faint)
            y = int(self.plot.to_y(value)) + 0.5
            painter.drawLine(QPointF(0, y), QPointF(width, y))
