"""The key of a heat map: its colours with their values."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lstm_studio.panelkit.cells import draw_cells
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.levels import GATE, Levels
from lstm_studio.panelkit.maps import FIRST, LAST
from lstm_studio.panelkit.stepaxis import NOTCH
from lstm_studio.panelkit.stepview import right_margin
from lstm_studio.panelkit.text import small, value_text
from lstm_studio.panelkit.ticks import value_ticks

BAR_PX = 8
LEFT_PX = 6


class ColourBar(QWidget):
    """A bar in the right margin of a plot.

    Ends that stand for more than their value are arrows. Turning the wheel over it
    wishes for a narrower or wider range, a double click for the first one.
    """

    turned = Signal(int)
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._levels = GATE
        self._colours: Colours | None = None
        self._strip = QImage()
        self._peak = 0.0
        self._turn = 0

    @property
    def levels(self) -> Levels:
        """Levels that the bar shows."""
        return self._levels

    @property
    def clips(self) -> bool:
        """Whether there are values beyond the ends of the map."""
        return self._peak > self._levels.high * 1.01

    def show_levels(self, levels: Levels, colours: Colours, peak: float = 0.0) -> None:
        """Show the map of these levels in a theme; ``peak`` is what there is."""
        if (levels, colours, peak) == (self._levels, self._colours, self._peak):
            return
        self._levels, self._colours, self._peak = levels, colours, peak
        if levels.diverging:
            beyond = f"Values reach {value_text(peak).strip()}. " if self.clips else ""
            self.setToolTip(
                f"{beyond}Turn the wheel here for another range of colours; "
                "double-click for the first one."
            )
        words = np.ascontiguousarray(levels.table(colours)[LAST : FIRST - 1 : -1])
        self._strip = QImage(
            words.data, 1, len(words), 4, QImage.Format.Format_ARGB32_Premultiplied
        ).copy()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(right_margin(self.font()), 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        painter = QPainter(self)
        font = small(self.font())
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        bar = QRectF(LEFT_PX, 1, BAR_PX, self.height() - 2)
        draw_cells(painter, bar, self._strip)
        if self.clips:
            self._paint_arrows(painter, bar, self._colours.background)
        else:
            painter.setPen(self._colours.faint)
            painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
        low, high = self._levels.low, self._levels.high
        for value, text in self._ticks(metrics.height()):
            y = bar.bottom() - (value - low) / (high - low) * bar.height()
            painter.setPen(self._colours.muted)
            painter.drawLine(QPointF(bar.right() + 1, y), QPointF(bar.right() + 3, y))
            half = metrics.height() / 2
            top = min(max(y - half, 0), self.height() - 2 * half)
            painter.drawText(
                QRectF(bar.right() + 5, top, self.width(), 2 * half),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
        painter.end()

    def _paint_arrows(self, painter: QPainter, bar: QRectF, paper: QColor) -> None:
        """Cut the corners of both ends off: the colours go on beyond them."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paper)
        half = QPointF(BAR_PX / 2, 0)
        for tip, side in ((bar.top(), BAR_PX), (bar.bottom(), -BAR_PX)):
            for corner, way in ((bar.left(), half), (bar.right(), -half)):
                edge = QPointF(corner, tip)
                painter.drawPolygon(
                    QPolygonF([edge, edge + way, edge + QPointF(0, side)])
                )
        painter.restore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        self._turn += event.angleDelta().y()
        steps = int(self._turn / NOTCH)
        if steps:
            self._turn -= steps * NOTCH
            self.turned.emit(-steps)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.reset.emit()

    def _ticks(self, line: float) -> list[tuple[float, str]]:
        low, high = self._levels.low, self._levels.high
        ticks = value_ticks(low, high, self.height() * 20 / (line * 1.6))
        ends = [tick for tick in ticks if tick[0] in (low, high)]
        # Both ends alone where there is no room for more.
        roomy = len(ticks) >= 3 and len(ticks) * line <= self.height()
        return ticks if roomy or not ends else ends
