"""A widget as a picture that carries its origin: PNG, SVG, PDF, clipboard."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QMarginsF,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from lstm_studio.core.atomic import write_atomic
from lstm_studio.core.errors import CannotSave
from lstm_studio.export.caption import Caption

FORMATS: Final = (".png", ".svg", ".pdf")
SCALES: Final = (1, 2, 3, 4, 6, 8)
PADDING: Final = 8
CAPTION_PX: Final = 11
"""Height of the letters of a caption."""
DPI: Final = 96
"""What Qt takes a pixel of a widget for."""

_WRAP: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


def picture(
    widget: QWidget,
    path: str | Path | None = None,
    scale: float = 1,
    caption: Caption | None = None,
) -> QImage:
    """Return a widget as it looks now, with its caption below; save it if asked.

    Parameters
    ----------
    path
        A PNG file, written whole or not at all; None only returns the picture.
    scale
        Pixels of the picture per pixel of the widget, in each direction.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    if not 0 < scale <= SCALES[-1]:
        raise CannotSave(f"{scale} is no scale of a picture.", "Choose one up to 8.")
    size = _size(widget, caption)
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        pixels = f"{size.width() * scale:.0f} \u00d7 {size.height() * scale:.0f}"
        raise CannotSave(
            f"There is no memory for a picture of {pixels} pixels.",
            "Choose a smaller scale.",
        )
    image.setDevicePixelRatio(scale)
    image.fill(_background(widget))
    painter = QPainter(image)
    _paint(painter, widget, caption)
    painter.end()
    image.setDevicePixelRatio(1)
    dots = round(scale * DPI / 0.0254)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    for name, text in (caption.chunks if caption is not None else {}).items():
        image.setText(name, text)
    if path is not None:
        write_atomic(path, png(image))
    return image


def png(image: QImage) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    buffer = _buffer()
    writer = QImageWriter(buffer, b"png")
    if not writer.write(image):
        raise CannotSave(
            f"Qt could not make a PNG of the picture: {writer.errorString()}.",
            "Save it as SVG or PDF.",
        )
    return _bytes(buffer)


def save_picture(
    widget: QWidget, path: str | Path, scale: float = 1, caption: Caption | None = None
) -> None:
    """Save a widget in the format that the ending of ``path`` names.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    match Path(path).suffix.lower():
        case ".png":
            picture(widget, path, scale, caption)
        case ".svg":
            write_atomic(path, svg(widget, caption))
        case ".pdf":
            write_atomic(path, pdf(widget, caption))
        case other:
            raise CannotSave(
                f"{other or 'A name without an ending'} is no format for pictures.",
                f"End the name in {', '.join(FORMATS)}.",
            )


def copy_picture(
    widget: QWidget, scale: float = 1, caption: Caption | None = None
) -> None:
    """Put a widget on the clipboard as a picture."""
    QGuiApplication.clipboard().setImage(picture(widget, None, scale, caption))


def svg(widget: QWidget, caption: Caption | None = None) -> bytes:
    """Return a widget as an SVG file: lines and letters stay sharp at any size."""
    size, buffer = _size(widget, caption), _buffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setResolution(DPI)
    generator.setTitle(widget.windowTitle() or "LSTM Studio")
    generator.setDescription(caption.text if caption is not None else "")
    painter = QPainter(generator)
    painter.fillRect(QRect(QPoint(0, 0), size), _background(widget))
    _paint(painter, widget, caption)
    painter.end()
    return _bytes(buffer)


def pdf(widget: QWidget, caption: Caption | None = None) -> bytes:
    """Return a widget as a PDF file of one page that is as large as the widget."""
    size, buffer = _size(widget, caption), _buffer()
    writer = QPdfWriter(buffer)
    points = QSizeF(size) * 72 / DPI
    # Without a name Qt takes the nearest paper size in its place.
    exact = QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "picture", exact))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(DPI)
    writer.setTitle(caption.text if caption is not None else "LSTM Studio")
    writer.setCreator("LSTM Studio")
    painter = QPainter(writer)
    painter.fillRect(QRect(QPoint(0, 0), size), _background(widget))
    _paint(painter, widget, caption)
    painter.end()
    return _bytes(buffer)


def _paint(painter: QPainter, widget: QWidget, caption: Caption | None) -> None:
    widget.render(painter, QPoint(0, 0))
    if caption is None:
        return
    top = widget.height() + PADDING
    area = QRectF(
        PADDING, top, widget.width() - 2 * PADDING, _text_height(widget, caption)
    )
    painter.setFont(_font(widget))
    painter.setPen(widget.palette().color(QPalette.ColorRole.Text))
    painter.drawText(area, int(_WRAP), caption.text)


def _size(widget: QWidget, caption: Caption | None) -> QSize:
    size = widget.size()
    if caption is None:
        return size
    height = _text_height(widget, caption) + 2 * PADDING
    return QSize(size.width(), size.height() + round(height))


def _text_height(widget: QWidget, caption: Caption) -> float:
    room = QRectF(0, 0, max(widget.width() - 2 * PADDING, 40), 1e5)
    metrics = QFontMetricsF(_font(widget))
    return metrics.boundingRect(room, int(_WRAP), caption.text).height() + 1


def _font(widget: QWidget) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(CAPTION_PX)
    return font


def _background(widget: QWidget) -> QColor:
    return widget.palette().color(QPalette.ColorRole.Base)


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _bytes(buffer: QBuffer) -> bytes:
    buffer.close()
    return bytes(buffer.data().data())
