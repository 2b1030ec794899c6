"""What is painted over or under the curves of a plot, in pixels.

Pixels, not steps and values: lines stay one pixel wide and sharp, hatching keeps
its grain, and nothing is lost to float32 transforms at step 1,000,000.
"""

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView


class Overlay:
    """Something in the plotting area, with its origin at the top left of it.

    Not an item of the scene: Qt asks each of those a dozen times for a picture where
    it is, in Python. Lower depths are painted first, those below 0 under the curves.
    """

    def __init__(self, plot: "StepView", depth: float) -> None:
        self.plot, self.depth = plot, depth
        self._visible = True
        plot.add_overlay(self)

    def paint(self, painter: QPainter) -> None:
        """Paint all of it; nothing of it is seen outside the plotting area."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Paint with the next frame."""
        self.plot.redraw()

    def isVisible(self) -> bool:  # noqa: N802
        """Return whether it is painted, as widgets and items do."""
        return self._visible

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        """Paint it or leave it out, as widgets and items are shown and hidden."""
        if visible != self._visible:
            self._visible = visible
            self.redraw()
