"""The chosen step as a line, one in every plot over steps."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

GRIP_PX: Final = 5
"""How near the mouse must be to take hold of the cursor."""
BAND_PX: Final = 5
"""Steps at least this wide are shown as a band."""


class StepCursor:
    """The line of the chosen step; a band over the step where steps are wide.

    It is painted over everything else, which stays when it moves.
    """

    def __init__(self, plot: "StepView") -> None:
        self.plot = plot
        self.step = 0
        self.colour = QColor()

    def set_step(self, step: int) -> None:
        """Move to a step."""
        if step != self.step:
            before, self.step = self.bounds, step
            self.plot.repaint_over(before, self.bounds)

    @property
    def x(self) -> float:
        """Position of the line in pixels, on a pixel's middle."""
        return int(self.plot.to_x(self.step + 0.5)) + 0.5

    @property
    def bounds(self) -> QRectF:
        """Where it is painted, from the top left of the plotting area."""
        half = max(self.plot.step_width / 2, 1) + 2
        return QRectF(self.x - half, 0, 2 * half, self.plot.area.height())

    def is_near(self, x: float) -> bool:
        """Whether the mouse at ``x`` pixels may take hold."""
        return abs(x - self.x) <= GRIP_PX

    def paint(self, painter: QPainter) -> None:
        """Paint all of it."""
        height, width = self.plot.area.height(), self.plot.step_width
        if width >= BAND_PX:
            band = QColor(self.colour)
            band.setAlphaF(0.16)
            left = self.plot.to_x(self.step)
            painter.fillRect(QRectF(left, 0, width, height), band)
        painter.setPen(self.colour)
        painter.drawLine(QPointF(self.x, 0), QPointF(self.x, height))
