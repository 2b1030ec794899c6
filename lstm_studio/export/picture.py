"""A widget as a picture that carries its origin: PNG, SVG, PDF, clipboard."""

from contextlib import nullcontext
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from lstm_studio.core.atomic import write_atomic
from lstm_studio.core.errors import CannotSave
from lstm_studio.export.caption import Caption
from lstm_studio.export.captioned import background, paint_caption, whole_size
from lstm_studio.export.strokes import strokes
from lstm_studio.export.vector import DPI, MM, bytes_of, open_buffer, pdf, svg

FORMATS: Final = (".png", ".svg", ".pdf")
SCALES: Final = (1, 2, 3, 4, 6, 8)


def picture(
    widget: QWidget,
    path: str | Path | None = None,
    scale: float = 1,
    caption: Caption | None = None,
    dpi: float | None = None,
) -> QImage:
    """Return a widget as it looks now, with its caption below; save it if asked.

    Parameters
    ----------
    path
        A PNG file, written whole or not at all; None only returns the picture.
    scale
        Pixels of the picture per pixel of the widget, in each direction.
    dpi
        Pixels of an inch of paper; without it the picture is as large as the widget.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    if not 0 < scale <= SCALES[-1]:
        raise CannotSave(f"{scale} is no scale of a picture.", "Choose one up to 8.")
    size = whole_size(widget, caption)
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        pixels = f"{size.width() * scale:.0f} \u00d7 {size.height() * scale:.0f}"
        raise CannotSave(
            f"There is no memory for a picture of {pixels} pixels.",
            "Choose a smaller scale.",
        )
    image.setDevicePixelRatio(scale)
    image.fill(background(widget))
    painter = QPainter(image)
    with strokes(widget) if scale != 1 else nullcontext():
        QWidget.render(widget, painter, QPoint(0, 0))
    if caption is not None:
        paint_caption(painter, widget, caption)
    painter.end()
    image.setDevicePixelRatio(1)
    dots = round((dpi or scale * DPI) / MM * 1000)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    for name, text in (caption.chunks if caption is not None else {}).items():
        image.setText(name, text)
    if path is not None:
        write_atomic(path, png(image))
    return image


def png(image: QImage) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    buffer = open_buffer()
    writer = QImageWriter(buffer, b"png")
    if not writer.write(image):
        raise CannotSave(
            f"Qt could not make a PNG of the picture: {writer.errorString()}.",
            "Save it as SVG or PDF.",
        )
    return bytes_of(buffer)


def save_picture(
    widget: QWidget,
    path: str | Path,
    scale: float = 1,
    caption: Caption | None = None,
    dpi: float | None = None,
) -> None:
    """Save a widget in the format that the ending of ``path`` names.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    width_mm = widget.width() * scale / (dpi or scale * DPI) * MM
    match Path(path).suffix.lower():
        case ".png":
            picture(widget, path, scale, caption, dpi)
        case ".svg":
            write_atomic(path, svg(widget, caption, width_mm))
        case ".pdf":
            write_atomic(path, pdf(widget, caption, width_mm))
        case other:
            raise CannotSave(
                f"{other or 'A name without an ending'} is no format for pictures.",
                f"End the name in {', '.join(FORMATS)}.",
            )


def copy_picture(
    widget: QWidget,
    scale: float = 1,
    caption: Caption | None = None,
    dpi: float | None = None,
) -> None:
    """Put a widget on the clipboard as a picture."""
    QGuiApplication.clipboard().setImage(picture(widget, None, scale, caption, dpi))
