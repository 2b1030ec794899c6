"""Images whose pixels are cells with edges, which no reader of a file may blur."""

import math
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPaintEngine, QPainter

FINE: Final = 4
"""Pixels of the image per pixel of the widget, where a reader may smooth between."""
MOST: Final = 16_384
"""Pixels of a side, so that a large picture stays a small file."""

_FILES: Final = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)


def draw_cells(painter: QPainter, area: QRectF, image: QImage) -> None:
    """Draw an image over an area, each of its pixels as a cell of one colour."""
    if painter.paintEngine().type() in _FILES:
        # Else a PDF holds it as JPEG.
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        image = image.scaled(
            _whole(image.width(), area.width()),
            _whole(image.height(), area.height()),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )
    painter.drawImage(area, image)


def _whole(cells: int, pixels: float) -> int:
    """Return a multiple of the cells that is fine enough for so many pixels."""
    times = max(math.ceil(FINE * pixels / max(cells, 1)), 1)
    return cells * min(times, max(MOST // max(cells, 1), 1))
