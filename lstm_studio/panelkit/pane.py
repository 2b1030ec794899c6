"""Where the curves of a plot lie in its scene."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem


class Pane(QGraphicsRectItem):
    """The plotting area in pixels, and in it the cells of steps and values.

    Not a ViewBox: each span that one is given costs as much as the curves in it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._cells = QGraphicsRectItem(self)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        for item in (self, self._cells):
            item.setPen(QPen(Qt.PenStyle.NoPen))

    def add(self, curve: pg.PlotCurveItem) -> None:
        """Take a curve in steps and values."""
        curve.setParentItem(self._cells)

    def place(self, area: QRectF, zero: QPointF, one: QPointF) -> None:
        """Lie in ``area``; step and value 0 are at ``zero`` in it, 1 at ``one``."""
        self.setRect(area)
        unit, at = one - zero, area.topLeft() + zero
        self._cells.setTransform(QTransform(unit.x(), 0, 0, unit.y(), at.x(), at.y()))
