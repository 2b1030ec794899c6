"""Curves as lines that grow with the picture, while one is made."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsPathItem,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)


class _Stroke(QGraphicsPathItem):
    """A curve in pixels of its plot, one of them wide."""

    def __init__(self, curve: pg.PlotCurveItem) -> None:
        pane = curve.parentItem().parentItem()
        super().__init__(curve.mapToItem(pane, curve.getPath()), pane)
        pen = QPen(curve.opts["pen"])
        pen.setCosmetic(False)
        self.setPen(pen)
        self._smooth = bool(curve.opts["antialias"])

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        super().paint(painter, option, widget)


@contextmanager
def strokes(widget: QWidget) -> Iterator[None]:
    """Draw the curves of all plots of a widget as lines of one of its pixels.

    On screen their pens are cosmetic: one pixel of the device, whatever the scale. A
    picture of more pixels would have hairlines, and few readers of SVG know them.
    """
    made: list[_Stroke] = []
    hidden: list[pg.PlotCurveItem] = []
    for view in widget.findChildren(QGraphicsView):
        for item in view.scene().items(Qt.SortOrder.AscendingOrder):
            if isinstance(item, pg.PlotCurveItem) and item.isVisible():
                made.append(_Stroke(item))
                item.hide()
                hidden.append(item)
    try:
        yield
    finally:
        for stroke in made:
            stroke.scene().removeItem(stroke)
        for item in hidden:
            item.show()
