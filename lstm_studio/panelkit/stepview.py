"""A view of steps: the same axis, margins, cursor and marks in every panel."""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from lstm_studio.panelkit.badmarks import BadMarks
from lstm_studio.panelkit.brush import BrushItem
from lstm_studio.panelkit.colours import Colours, mix
from lstm_studio.panelkit.cursor import StepCursor
from lstm_studio.panelkit.ground import Ground
from lstm_studio.panelkit.marks import MarkReader, Marks
from lstm_studio.panelkit.marksitem import MarksItem
from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.pane import Pane
from lstm_studio.panelkit.plotframe import TICK_PX, Grid, PlotFrame
from lstm_studio.panelkit.seconds import rate_of
from lstm_studio.panelkit.text import LONGEST, small
from lstm_studio.panelkit.ticks import Tick, no_ticks, value_ticks
from lstm_studio.session.session import Session

LEAST_PX = (120, 44)
DENSITY = "density"
"""Property of a window that is drawn with more pixels than the screen has."""


def left_margin(font: QFont) -> int:
    """Return the width of the left axis: the same for every plot of a font."""
    return math.ceil(QFontMetricsF(small(font)).horizontalAdvance(LONGEST)) + 8


def right_margin(font: QFont) -> int:
    """Return the room right of every plot, where a colour bar stands."""
    return math.ceil(QFontMetricsF(small(font)).horizontalAdvance(LONGEST)) + 18


class StepView(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph is untyped
    """What a plot over steps shows; step ``s`` covers ``s`` to ``s + 1`` on x."""

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        y_ticks: Callable[[float, float, float], list[Tick]] = value_ticks,
        y_down: bool = False,
        show_steps: bool = True,
        grid: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setViewportUpdateMode(pg.GraphicsView.ViewportUpdateMode.NoViewportUpdate)
        # One colour is filled sooner than it is copied from a picture of it.
        self.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)
        self.session = session
        self.span = (0, 1)
        self.y_range = (0.0, 1.0)
        self.y_down = y_down
        self.y_whole = (0.0, 1.0)
        self._right = 0
        self._area = QRectF(0, 0, 1, 1)
        self._pane = Pane()
        self.scene().addItem(self._pane)
        self._overlays: list[Overlay] = []
        self._ground = Ground(self)
        self.setAcceptDrops(False)
        self.setMinimumSize(*LEAST_PX)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.frame = PlotFrame(self, y_ticks)
        self.frame.show_steps = show_steps
        self.cursor_item = StepCursor(self)
        self.marks = MarksItem(self)
        self._mark_reader = MarkReader()
        self.bad_marks = BadMarks(self)
        self.brush_item = BrushItem(self)
        self.grid = Grid(self, y_ticks) if grid else None
        self._lay_out()

    # Geometry

    @property
    def area(self) -> QRectF:
        """The plotting area in pixels of the widget."""
        return self._area

    @property
    def step_width(self) -> float:
        """Pixels of one step."""
        return self._area.width() / (self.span[1] - self.span[0])

    @property
    def columns(self) -> int:
        """Pixels of the screen across the plotting area."""
        return max(1, int(self._area.width() * self.density))

    @property
    def density(self) -> float:
        """Pixels of the screen, or of the picture that is being made, for each."""
        return float(self.window().property(DENSITY) or self.devicePixelRatioF())

    @property
    def foot_height(self) -> int:
        """Pixels of the step axis below the plotting area."""
        return math.ceil(QFontMetricsF(small(self.font())).height()) + TICK_PX + 2

    def to_x(self, step: float) -> float:
        """Return pixels from the left edge of the plotting area."""
        return (step - self.span[0]) * self.step_width

    def to_y(self, value: float) -> float:
        """Return pixels from the top edge of the plotting area."""
        low, high = self.y_range
        share = (value - low) / (high - low)
        return (share if self.y_down else 1 - share) * self._area.height()

    def step_at(self, x: float) -> int:
        """Return the step under a pixel."""
        step = self.span[0] + math.floor(x / self.step_width)
        return min(max(step, self.span[0]), self.span[1] - 1)

    def y_at(self, y: float) -> float:
        """Return the value under a pixel."""
        share = y / max(self._area.height(), 1.0)
        low, high = self.y_range
        return low + (share if self.y_down else 1 - share) * (high - low)

    def add_curve(self, curve: pg.PlotCurveItem) -> None:
        """Draw a curve in steps and values."""
        self._pane.add(curve)

    def _place_curves(self) -> None:
        zero, one = (QPointF(self.to_x(n), self.to_y(n)) for n in (0, 1))
        self._pane.place(self._area, zero, one)

    def add_overlay(self, overlay: Overlay) -> None:
        """Paint an overlay too."""
        self._overlays.append(overlay)
        self._overlays.sort(key=attrgetter("depth"))

    def set_right_margin(self, taken: int) -> None:
        """Leave ``taken`` pixels less at the right: a scroll bar stands there."""
        if taken != self._right:
            self._right = taken
            self._lay_out()

    def _lay_out(self) -> None:
        self.frame.take_letters(small(self.font()))
        bottom = self.foot_height if self.frame.show_steps else 0
        left = left_margin(self.font())
        right = max(right_margin(self.font()) - self._right, 0)
        self._area = QRectF(
            left,
            1,
            max(self.width() - left - right, 1),
            max(self.height() - 1 - bottom, 1),
        )
        self._moved()

    def _moved(self) -> None:
        self._place_curves()
        self.redraw()
        self.viewport().update()

    def redraw(self) -> None:
        """Paint the plotting area with the next frame; labels and keys stay.

        Not by the scene: the plots of a window would then be painted one after the
        other, each with all that the window does about a picture.
        """
        self._ground.forget()
        self.viewport().update(self._area.toAlignedRect())

    def _redraw_steps(self) -> None:
        self.redraw()
        if self.frame.show_steps:
            self.viewport().update()

    def repaint_over(self, *parts: QRectF) -> None:
        """Paint parts of the plotting area, where only the cursor changed."""
        for part in parts:
            shown = part.translated(self._area.topLeft()).adjusted(-1, -1, 1, 1)
            self.viewport().update(shown.toAlignedRect())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._ground.paint(event.region()):
            super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        super().drawBackground(painter, rect)
        self._paint_in_area(painter, self._overlays_in_sight(over=False))

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        self._paint_in_area(painter, self._overlays_in_sight(over=True))
        self.frame.paint(painter, rect)
        if not self._ground.being_painted:
            self.paint_cursor(painter)

    def paint_cursor(self, painter: QPainter) -> None:
        """Paint the cursor over what is there."""
        self._paint_in_area(painter, [self.cursor_item])

    def _overlays_in_sight(self, *, over: bool) -> list[Overlay]:
        """Return those over the curves, or those under them."""
        seen = (each for each in self._overlays if each.isVisible())
        return [each for each in seen if (each.depth > 0) == over]

    def _paint_in_area(
        self, painter: QPainter, items: Sequence[Overlay | StepCursor]
    ) -> None:
        painter.save()
        painter.translate(self._area.topLeft())
        area = QRectF(QPointF(), self._area.size())
        painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
        for item in items:
            painter.save()
            item.paint(painter)
            painter.restore()
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The base class is resized before this one is made.
        if hasattr(self, "frame"):
            self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "frame"):
            self._lay_out()

    def close(self) -> bool:
        """Hide, as any widget does: the base class would take its scene apart."""
        return QWidget.close(self)

    # What is shown

    def sync(self) -> None:
        """Take the span and the cursor from the session's view."""
        view = self.session.view
        if view.span != self.span:
            self.span = view.span
            self._place_curves()
            self._redraw_steps()
        rate = rate_of(self.session) if view.seconds else None
        if rate != self.frame.rate:
            self.frame.rate = rate
            self._redraw_steps()
        self.brush_item.show_steps(view.brush)
        self.cursor_item.set_step(view.step)

    def show_marks(self, layer: str) -> None:
        """Mark what the recording says of a layer within the span."""
        if self.session.recording is not None:
            self.marks.set_marks(self.marks_of(layer))

    def marks_of(self, layer: str) -> Marks:
        """Return what the recording says of a layer within the span."""
        recording, view = self.session.recording, self.session.view
        if recording is None:
            return Marks()
        return self._mark_reader.read(recording, layer, view.sample, view.span)

    def set_y_axis(
        self, y_ticks: Callable[[float, float, float], list[Tick]], *, down: bool
    ) -> None:
        """Mark y in another way; ``down`` has its lowest value at the top."""
        if y_ticks is self.frame.y_ticks and down == self.y_down:
            return
        self.frame.y_ticks = y_ticks
        if self.grid is not None:
            self.grid.y_ticks = no_ticks if down else y_ticks
        if down != self.y_down:
            self.y_down = down
        self._moved()

    def set_y(self, low: float, high: float) -> None:
        """Take the whole range of y; a zoom within it stays while it stays."""
        if (low, high) != self.y_whole:
            self.y_whole = (low, high)
            self.show_y((low, high))

    def show_y(self, y_range: tuple[float, float]) -> None:
        """Show a part of the whole range of y."""
        low, high = self.y_whole
        length = min(y_range[1] - y_range[0], high - low)
        start = min(max(y_range[0], low), high - length)
        self.y_range = (start, start + length)
        self._moved()

    def recolour(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        self.setBackground(colours.background)
        self.frame.label, self.frame.line = colours.muted, colours.faint
        if self.grid is not None:
            self.grid.faint = mix(colours.background, colours.faint, 0.6)
            self.grid.zero = mix(colours.background, colours.text, 0.3)
        self.cursor_item.colour = colours.accent
        self.marks.paper = mix(colours.background, colours.text, 0.03)
        self.bad_marks.ink = self.marks.bad = colours.bad
        self.brush_item.ink = colours.accent
        self.brush_item.paper = colours.background
        self.marks.line, self.marks.ink = colours.faint, colours.text
        self._moved()
