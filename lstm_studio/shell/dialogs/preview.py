"""A picture before it is saved, as large as there is room for it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from lstm_studio.shell.theme import GRID

LEAST: tuple[int, int] = (240, 200)
FADED = 0.35
"""How much is seen of a picture that is not the wished one any more."""


class Preview(QWidget):
    """Shows an image within its edges, or says why there is none yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Preview of the picture")
        self.setMinimumSize(QSize(*LEAST))
        self.image = QImage()
        self.said = ""

    def show_image(self, image: QImage) -> None:
        """Show a picture."""
        self.image, self.said = image, ""
        self.setAccessibleDescription("")
        self.update()

    def say(self, text: str) -> None:
        """Say something in the place of a picture."""
        self.image = QImage()
        self.wait(text)

    def wait(self, text: str) -> None:
        """Say that another picture is to come."""
        self.said = text
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        role = QPalette.ColorRole
        painter.fillRect(self.rect(), self.palette().color(role.Mid))
        room = QRectF(self.rect()).adjusted(3 * GRID, 3 * GRID, -3 * GRID, -3 * GRID)
        if not self.image.isNull():
            self._paint_image(painter, room)
        if self.said:
            self._paint_words(painter, room)

    def _paint_image(self, painter: QPainter, room: QRectF) -> None:
        ratio = self.devicePixelRatioF()
        size = self.image.size().scaled(
            QSize(round(room.width() * ratio), round(room.height() * ratio)),
            Qt.AspectRatioMode.KeepAspectRatio,
        )
        shown = self.image.scaled(
            size,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        area = QRectF(0, 0, shown.width() / ratio, shown.height() / ratio)
        area.moveCenter(room.center())
        painter.setOpacity(FADED if self.said else 1.0)
        painter.drawImage(area, shown)
        painter.setOpacity(1.0)

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        area = painter.boundingRect(room, int(flags), self.said)
        paper = QColor(self.palette().color(QPalette.ColorRole.Window))
        edge = 2.0 * GRID
        painter.fillRect(area.adjusted(-edge, -edge, edge, edge), paper)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(room, int(flags), self.said)
