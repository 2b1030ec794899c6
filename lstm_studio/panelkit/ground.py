"""What the cursor of a plot moves over: painted once, and kept while it stays."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPaintEngine, QPainter, QPixmap, QRegion

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView


class Ground:
    """The picture of a plot without its cursor.

    Attributes
    ----------
    being_painted
        Whether the plot is painted for it now.
    """

    def __init__(self, plot: "StepView") -> None:
        self._plot = plot
        self._picture = QPixmap()
        self.being_painted = False

    def forget(self) -> None:
        """Take note that the plot shows something else."""
        self._picture = QPixmap()

    def paint(self, region: QRegion) -> bool:
        """Paint it where little of the plot is to be painted; return whether it was.

        It is not where the picture has other pixels than the screen: in a file.
        """
        plot = self._plot
        area, ratio = plot.area, plot.devicePixelRatioF()
        parts: list[QRect] = list(region)  # type: ignore[call-overload]  # in its stub
        pixels = sum(part.width() * part.height() for part in parts)
        if 2 * pixels > area.width() * area.height():
            return False
        painter = QPainter(plot.viewport())
        on_screen = (
            painter.paintEngine().type() == QPaintEngine.Type.Raster
            and painter.deviceTransform().m11() == ratio
        )
        if on_screen:
            if self._picture.isNull() or self._picture.devicePixelRatioF() != ratio:
                self._make(ratio)
            painter.drawPixmap(0, 0, self._picture)
            plot.paint_cursor(painter)
        painter.end()
        return on_screen

    def _make(self, ratio: float) -> None:
        shown = self._plot.viewport().rect()
        self._picture = QPixmap((shown.size().toSizeF() * ratio).toSize())
        self._picture.setDevicePixelRatio(ratio)
        painter = QPainter(self._picture)
        self.being_painted = True
        self._plot.render(painter, QRectF(shown), shown)
        self.being_painted = False
        painter.end()
