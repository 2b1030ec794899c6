"""A line of text that changes often, with every move of the cursor."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Readout(QWidget):
    """Text at one side, in as much room as is left.

    Not a QLabel: each new text of one lets the whole window be laid out again.
    """

    def __init__(
        self, parent: QWidget, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._texts = ("", "")
        self._side = side
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Fixed)

    def text(self) -> str:
        """Return what is shown."""
        return self._text

    def show_text(self, text: str, short: str) -> None:
        """Show a text, or a shorter one, as far as there is room."""
        self._texts = (text, short)
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetricsF(self.font())
        room = self.width()
        # Half a number is another number.
        fitting = (t for t in self._texts if metrics.horizontalAdvance(t) <= room)
        shown = next(fitting, "")
        if shown != self._text:
            self._text = shown
            self.setAccessibleName(shown)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        at = self._side | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), at, self._text)
