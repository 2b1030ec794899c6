"""Short texts that are painted in frame after frame: each is laid out once."""

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QStaticText, QTransform


class Labels:
    """Texts in one font; the painter must have it too."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        # For the plots of a window and the spans of a pan.
        self._of = lru_cache(maxsize=256)(self._laid_out)

    def _laid_out(self, text: str) -> QStaticText:
        laid = QStaticText(text)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.prepare(QTransform(), self.font)
        return laid

    def width(self, text: str) -> float:
        """Return the pixels that a text is wide."""
        return self._of(text).size().width()

    def paint(self, painter: QPainter, left: float, top: float, text: str) -> None:
        """Paint a text with its top left corner there."""
        painter.drawStaticText(QPointF(left, top), self._of(text))


@lru_cache(maxsize=8)
def labels_in(description: str) -> Labels:
    """Return the labels in a font, by its `toString`: its plots share them."""
    font = QFont()
    font.fromString(description)
    return Labels(font)
