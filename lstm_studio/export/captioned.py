"""A widget with its caption below it: how large both are, and how the caption looks."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from lstm_studio.export.caption import Caption

PADDING: Final = 8
CAPTION_PX: Final = 11
"""Height of the letters of a caption."""

_WRAP: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


def whole_size(widget: QWidget, caption: Caption | None) -> QSize:
    """Return the size of a widget and its caption, in pixels of the widget."""
    below = caption_height(widget, caption, widget.width())
    return QSize(widget.width(), widget.height() + below)


def caption_height(widget: QWidget, caption: Caption | None, width: int) -> int:
    """Return how high a caption is below a picture of this width."""
    if caption is None:
        return 0
    return round(_text_height(widget, caption, width)) + 2 * PADDING


def paint_caption(painter: QPainter, widget: QWidget, caption: Caption) -> None:
    """Paint a caption below where the widget is."""
    width = widget.width()
    room = QRectF(
        PADDING,
        widget.height() + PADDING,
        width - 2 * PADDING,
        _text_height(widget, caption, width),
    )
    painter.setFont(_font(widget))
    painter.setPen(widget.palette().color(QPalette.ColorRole.Text))
    painter.drawText(room, int(_WRAP), caption.text)


def background(widget: QWidget) -> QColor:
    """Return the colour behind a widget and its caption."""
    return widget.palette().color(QPalette.ColorRole.Base)


def _text_height(widget: QWidget, caption: Caption, width: int) -> float:
    room = QRectF(0, 0, max(width - 2 * PADDING, 40), 1e5)
    metrics = QFontMetricsF(_font(widget))
    return metrics.boundingRect(room, int(_WRAP), caption.text).height() + 1


def _font(widget: QWidget) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(CAPTION_PX)
    return font
