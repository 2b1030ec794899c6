"""Text in the cells of a plot, where the cells are wide enough to read it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.text import mono

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

PAD_PX: Final = 1
LEAST_SHARE: Final = 0.66
"""How much smaller than usual a text may be."""

Cell = tuple[str, QColor]


class CellText(Overlay):
    """Texts by (step, row); nothing is drawn where not even one letter fits."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=10)
        self.rows = 1
        self._cell: Callable[[int, int], Cell] | None = None

    @property
    def font(self) -> QFont:
        """The font where there is room, after that of the plot."""
        return mono(self.plot.font())

    @property
    def fitting(self) -> QFont | None:
        """The font, smaller where cells are narrow; None where none can be read."""
        font = self.font
        metrics = QFontMetricsF(font)
        row = self.plot.area.height() / max(self.rows, 1)
        room = self.plot.step_width - 2 * PAD_PX
        share = min(room / metrics.horizontalAdvance("m"), 1.0)
        if share < LEAST_SHARE or row < metrics.height() * 0.9 * share:
            return None
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * share)
        else:
            font.setPixelSize(max(int(font.pixelSize() * share), 1))
        return font

    @property
    def fits(self) -> bool:
        """Whether cells are large enough to read a letter."""
        return self.fitting is not None

    def text(self, step: int, row: int) -> str:
        """Return the text of a cell, whether it fits or not."""
        return "" if self._cell is None else self._cell(step, row)[0]

    def show_cells(self, rows: int, cell: Callable[[int, int], Cell] | None) -> None:
        """Draw what ``cell(step, row)`` returns, a text and its colour."""
        self.rows, self._cell = rows, cell
        self.redraw()

    def paint(self, painter: QPainter) -> None:
        font = self.fitting
        if self._cell is None or font is None:
            return
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        width, height = self.plot.step_width, self.plot.area.height() / self.rows
        start, stop = self.plot.span
        for step in range(max(start, 0), stop):
            left = self.plot.to_x(step)
            for row in range(self.rows):
                text, colour = self._cell(step, row)
                if not text:
                    continue
                box = QRectF(left + PAD_PX, row * height, width - 2 * PAD_PX, height)
                if metrics.horizontalAdvance(text) > box.width():
                    text = metrics.elidedText(
                        text, Qt.TextElideMode.ElideRight, box.width()
                    )
                painter.setPen(colour)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
