"""What is painted over or under the curves of a plot, in pixels.

Pixels, not steps and values: lines stay one pixel wide and sharp, hatching keeps
its grain, and nothing is lost to float32 transforms at step 1,000,000.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsObject

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView


class Overlay(QGraphicsObject):
    """An item as large as the plotting area, with its origin at the top left."""

    def __init__(self, plot: "StepView", depth: float) -> None:
        super().__init__(plot.view_box)
        self.plot = plot
        self._bounds = QRectF()
        self.setZValue(depth)

    def boundingRect(self) -> QRectF:
        # Kept: Qt asks for it a dozen times for each picture.
        return self._bounds

    def moved(self) -> None:
        """Take note that the window, the span or the range of y changed."""
        self.prepareGeometryChange()
        self._bounds = QRectF(QPointF(), self.plot.area.size())

    def redraw(self) -> None:
        """Paint with the next frame."""
        self.plot.redraw(self.boundingRect())

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        if visible != self.isVisible():
            super().setVisible(visible)
            self.redraw()
