"""A widget as SVG and as PDF: letters and lines stay sharp at any size."""

import re
from collections.abc import Iterator
from html import escape
from itertools import count
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontInfo,
    QPageSize,
    QPainter,
    QPdfWriter,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from lstm_studio.export.caption import Caption
from lstm_studio.export.captioned import background, paint_caption, whole_size
from lstm_studio.export.strokes import strokes

DPI: Final = 96
"""What Qt takes a pixel of a widget for."""
MM: Final = 25.4
"""Millimetres of an inch."""

_SPACES: Final = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
_EMPTY: Final = re.compile(r"<g\b[^>]*>\s*</g>\s*")
_FAMILY: Final = re.compile(r'font-family="([^"]*)"')


def svg(
    widget: QWidget, caption: Caption | None = None, width_mm: float | None = None
) -> bytes:
    """Return a widget as an SVG file, by default as large as it is on a screen."""
    size = whole_size(widget, caption)
    wide = width_mm or size.width() / DPI * MM
    high = wide * size.height() / max(size.width(), 1)
    title = escape(widget.windowTitle() or "LSTM Studio")
    about = escape(caption.text if caption is not None else "")
    paper = background(widget).name()
    numbers = count()
    with strokes(widget):
        body = "".join(_drawn(widget, QPoint(0, 0), numbers))
    if caption is not None:
        body += _fragment(widget, size, numbers, caption)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg {_SPACES} version="1.1" width="{wide:.3f}mm" height="{high:.3f}mm"'
        f' viewBox="0 0 {size.width()} {size.height()}"'
        # Else letters are wider where pixels are few, and run out of their place.
        ' text-rendering="geometricPrecision">\n'
        f"<title>{title}</title>\n<desc>{about}</desc>\n"
        f'<rect width="100%" height="100%" fill="{paper}"/>\n{body}</svg>\n'
    )
    return text.encode()


def _drawn(widget: QWidget, at: QPoint, numbers: Iterator[int]) -> Iterator[str]:
    """Give a widget and, above it, its children, each within a frame of its own.

    One generator for all of them would clip the children at the wrong place: it
    leaves out where a child stands within the widget that is drawn.
    """
    children = [
        child
        for child in widget.children()
        if isinstance(child, QWidget)
        and child.isVisibleTo(widget)
        and not child.isWindow()
    ]
    area = widget.parentWidget()
    holds = bool(children) or (
        isinstance(area, QAbstractScrollArea) and area.viewport() is widget
    )
    clip = ""
    if holds:
        name = f"frame{next(numbers)}"
        yield (
            f'<clipPath id="{name}"><rect width="{widget.width()}"'
            f' height="{widget.height()}"/></clipPath>\n'
        )
        clip = f' clip-path="url(#{name})"'
    # Not an <svg> within the <svg>: the readers of SVG Tiny skip those.
    yield f'<g transform="translate({at.x()},{at.y()})"{clip}>\n'
    yield _fragment(widget, widget.size(), numbers)
    for child in children:
        yield from _drawn(child, child.pos(), numbers)
    yield "</g>\n"


def _fragment(
    widget: QWidget, size: QSize, numbers: Iterator[int], caption: Caption | None = None
) -> str:
    """Return what a widget itself paints, or its caption, as elements of an SVG."""
    buffer = open_buffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setResolution(DPI)
    painter = QPainter(generator)
    if caption is not None:
        paint_caption(painter, widget, caption)
    else:
        # The one of the base class: a view of graphics has another of this name.
        QWidget.render(widget, painter, QPoint(0, 0), QRegion(), QWidget.RenderFlag(0))
    painter.end()
    text = bytes_of(buffer).decode()
    text = text[text.index("<defs>") : text.rindex("</svg>")]
    text = text.replace("<defs>\n</defs>", "")
    while (shorter := _EMPTY.sub("", text)) != text:
        text = shorter
    # Names are for the whole file, and each fragment counts from 1.
    own = f"clip{next(numbers)}-"
    text = text.replace('id="clipPath', f'id="{own}').replace("(#clipPath", f"(#{own}")
    # What browsers know, and the other readers do not mind.
    text = text.replace(
        'image-rendering="optimizeSpeed"', 'style="image-rendering:pixelated"'
    )
    # Cut at its own edges: another reader may set the same words a little wider.
    wide, high = widget.width(), widget.height()
    edges = f'd="M0,0 L{wide},0 L{wide},{high} L0,{high} L0,0 Z "'
    for name in re.findall(rf'<clipPath id="([^"]+)">\n<path [^>]*{edges}', text):
        text = text.replace(f' clip-path="url(#{name})"', "")
    return _FAMILY.sub(_known_family, text)


def _known_family(found: re.Match[str]) -> str:
    """Return the font that was drawn: names like ``Sans Serif`` are those of Qt."""
    info = QFontInfo(QFont(found[1]))
    generic = "monospace" if info.fixedPitch() else "sans-serif"
    return f'font-family="{info.family()}, {generic}"'


def pdf(
    widget: QWidget, caption: Caption | None = None, width_mm: float | None = None
) -> bytes:
    """Return a widget as a PDF file of one page, by default as large as on a screen."""
    size, buffer = whole_size(widget, caption), open_buffer()
    zoom = (width_mm or size.width() / DPI * MM) / MM * DPI / max(size.width(), 1)
    writer = QPdfWriter(buffer)
    points = QSizeF(size) * zoom * 72 / DPI
    # Without a name Qt takes the nearest paper size in its place.
    exact = QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "picture", exact))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    # Pixels of the widget then are pixels of the page.
    writer.setResolution(round(DPI / zoom))
    writer.setTitle(caption.text if caption is not None else "LSTM Studio")
    writer.setCreator("LSTM Studio")
    painter = QPainter(writer)
    exactly = writer.width() / max(size.width(), 1)
    painter.scale(exactly, exactly)
    painter.fillRect(QRect(QPoint(0, 0), size), background(widget))
    with strokes(widget):
        QWidget.render(widget, painter, QPoint(0, 0))
    if caption is not None:
        paint_caption(painter, widget, caption)
    painter.end()
    return bytes_of(buffer)


def open_buffer() -> QBuffer:
    """Return a file in memory that can be written."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def bytes_of(buffer: QBuffer) -> bytes:
    """Close a file in memory and return what was written."""
    buffer.close()
    return bytes(buffer.data().data())
