"""Text in the cells of a plot, where the cells are wide enough to read it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.text import SHOWN

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepaxis import StepPlot

PAD_PX: Final = 1
BLANKS: Final = frozenset(SHOWN.values())

Cell = tuple[str, QColor]


class CellText(Overlay):
    """Texts by (step, row); nothing is drawn where not even one letter fits."""

    def __init__(self, plot: "StepPlot", font: QFont) -> None:
        super().__init__(plot, depth=10)
        self.font = font
        self.rows = 1
        self._cell: Callable[[int, int], Cell] | None = None

    @property
    def fits(self) -> bool:
        """Whether cells are wide enough for a letter, and rows high enough."""
        metrics = QFontMetricsF(self.font)
        row = self.plot.area.height() / max(self.rows, 1)
        return (
            self.plot.step_width >= metrics.horizontalAdvance("m") + 2 * PAD_PX
            and row >= metrics.height() * 0.9
        )

    def text(self, step: int, row: int) -> str:
        """Return the text of a cell, whether it fits or not."""
        return "" if self._cell is None else self._cell(step, row)[0]

    def show_cells(self, rows: int, cell: Callable[[int, int], Cell] | None) -> None:
        """Draw what ``cell(step, row)`` returns, a text and its colour."""
        self.rows, self._cell = rows, cell
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self._cell is None or not self.fits:
            return
        painter.setFont(self.font)
        metrics = QFontMetricsF(self.font)
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
