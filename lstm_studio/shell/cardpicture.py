"""The picture on a card of the welcome page."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPaintEvent, QPalette, QTransform
from PySide6.QtWidgets import QWidget

from lstm_studio.core.examples import Example

WIDTH: Final = 176
HEIGHT: Final = 112
ROUND: Final = 4


class CardPicture(QWidget):
    """A piece of what an example shows, in the colours of the theme.

    Its file is read when it is painted for the first time: the window comes first.
    """

    def __init__(self, example: Example, parent: QWidget) -> None:
        super().__init__(parent)
        self._example = example
        self._image = QImage()
        self._path: Path | None = None
        self.setFixedSize(QSize(WIDTH, HEIGHT))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        image = self._take_image()
        if image.isNull():
            return
        brush = QBrush(image)
        # The file holds more pixels than a screen of scale 1 shows.
        brush.setTransform(
            QTransform.fromScale(WIDTH / image.width(), HEIGHT / image.height())
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setBrush(brush)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(edge, ROUND, ROUND)

    def _take_image(self) -> QImage:
        base = self.palette().color(QPalette.ColorRole.Base)
        path = self._example.picture("dark" if base.lightnessF() < 0.5 else "light")
        if path != self._path:
            self._path, self._image = path, QImage(str(path))
        return self._image
