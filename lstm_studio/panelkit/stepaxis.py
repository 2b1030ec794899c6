"""A plot over steps that zooms, pans and picks in the same way in every panel."""

import math
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from lstm_studio.core.spans import NONE
from lstm_studio.core.view import SHORTEST_SPAN
from lstm_studio.panelkit.brush import brush_of
from lstm_studio.panelkit.stepview import StepView

NOTCH: Final = 120
ZOOM_PER_NOTCH: Final = 0.8


class StepPlot(StepView):
    """A plot whose x is the span of the session's view.

    The mouse is handled here, not by pyqtgraph: the wheel zooms about the pointer, a
    drag pans or moves the cursor, a click picks, and a double click shows the whole
    length. The wheel with Control, or left of the plot, zooms y.

    Attributes
    ----------
    double_click_shows_all
        Whether a double click shows the whole length; else it is ``activated``.
    has_units
        Whether the left margin is where units are picked and dragged out, and a drag
        with Shift brushes steps and units.
    """

    picked = Signal(int, float)
    """Step and y of a click."""
    activated = Signal(int, float)
    """Step and y of a double click."""
    hovered = Signal(int, float)
    left = Signal()
    """The mouse is outside."""
    edge_pressed = Signal(float)
    """y of a press in the left margin."""
    edge_dragged = Signal(float)
    """y where a drag out of the left margin began."""

    brushed = Signal(object)
    """The ``Brush`` at the end of a drag with Shift."""
    menu_wished = Signal(QPoint)
    """Where on the screen a menu was asked for."""

    double_click_shows_all = True
    has_units = False
    _press: QPointF | None = None
    _action = ""
    _held_span = (0, 1)
    _held_y = (0.0, 1.0)

    def _zoom_steps(self, x: float, factor: float) -> None:
        start, stop = self.span
        length = stop - start
        wanted = max(length * factor, SHORTEST_SPAN)
        # Rounded away from what is, so that each turn of the wheel shows.
        new = math.floor(wanted) if factor < 1 else math.ceil(wanted)
        share = min(max(x / self.area.width(), 0.0), 1.0)
        begin = round(start + share * (length - new))
        self.session.look(span=(begin, begin + new))

    def _zoom_y(self, y: float, factor: float) -> None:
        low, high = self.y_range
        at = self.y_at(y)
        shortest = (self.y_whole[1] - self.y_whole[0]) / 1000
        factor = max(factor, shortest / (high - low))
        self.show_y((at + (low - at) * factor, at + (high - at) * factor))

    def _pan(self, moved: QPointF) -> None:
        start, stop = self._held_span
        by = round(-moved.x() / self.area.width() * (stop - start))
        low, high = self._held_y
        up = moved.y() / self.area.height() * (high - low)
        up = -up if self.y_down else up
        if (low, high) != self.y_whole:
            self.show_y((low + up, high + up))
        self.session.look(span=(start + by, stop + by))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        at = event.position() - self.area.topLeft()
        modifiers = event.modifiers()
        event.accept()
        sideways = turn.x() or (
            turn.y() if modifiers & Qt.KeyboardModifier.ShiftModifier else 0
        )
        if sideways:
            start, stop = self.span
            by = round(-sideways / NOTCH * max((stop - start) / 10, 1))
            self.session.look(span=(start + by, stop + by))
            return
        factor = ZOOM_PER_NOTCH ** (turn.y() / NOTCH)
        if modifiers & Qt.KeyboardModifier.ControlModifier or at.x() < 0:
            self._zoom_y(at.y(), factor)
        else:
            self._zoom_steps(at.x(), factor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._press = event.position()
        at = event.position() - self.area.topLeft()
        self._held_span, self._held_y = self.span, self.y_range
        self.brush_item.show_brush(None)
        if self.session.view.brush:
            self.session.look(brush=NONE)
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if at.x() < 0:
            self._action = "edge"
        elif shift and self.has_units and at.y() <= self.area.height():
            self._action = "brush"
        elif self.cursor_item.is_near(at.x()) or at.y() > self.area.height():
            self._action = "cursor"
        else:
            self._action = "pick"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        at = event.position() - self.area.topLeft()
        if self._press is None:
            self._hover(event, at)
            return
        moved = event.position() - self._press
        far = moved.manhattanLength() >= 4
        if self._action == "pick" and far:
            self._action = "pan"
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._action == "cursor" and far:
            self._action = "scrub"
        if self._action == "edge" and far:
            start = self._press.y() - self.area.top()
            self._press, self._action = None, ""
            self.edge_dragged.emit(self.y_at(start))
        elif self._action == "pan":
            self._pan(moved)
        elif self._action == "brush" and far:
            begin = self._press - self.area.topLeft()
            self.brush_item.show_brush(
                brush_of(self._cell_at(begin), self._cell_at(at))
            )
        elif self._action == "scrub":
            self.session.look(step=self.step_at(at.x()))

    def _cell_at(self, at: QPointF) -> tuple[int, float]:
        """Return the step and y of a place, the nearest one of the plot."""
        inside = min(max(at.y(), 0.0), self.area.height() - 1)
        return self.step_at(at.x()), self.y_at(inside)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        at = event.position() - self.area.topLeft()
        if self._action == "edge":
            self.edge_pressed.emit(self.y_at(at.y()))
        elif self.brush_item.brush is not None:
            self.brushed.emit(self.brush_item.brush)
        elif self._action in ("pick", "cursor", "brush"):
            self.picked.emit(*self._cell_at(at))
        self._press, self._action = None, ""
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        at = event.position() - self.area.topLeft()
        if at.x() < 0:
            self.show_y(self.y_whole)
        elif self.double_click_shows_all or at.y() > self.area.height():
            self.session.look(span=(0, self.session.extent.steps))
        else:
            self.activated.emit(self.step_at(at.x()), self.y_at(at.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        self.menu_wished.emit(event.globalPos())

    def _hover(self, event: QMouseEvent, at: QPointF) -> None:
        inside = QRectF(QPointF(), self.area.size()).contains(at)
        near = inside and self.cursor_item.is_near(at.x())
        shape = Qt.CursorShape.ArrowCursor
        if near:
            shape = Qt.CursorShape.SplitHCursor
        elif at.x() < 0 and self.has_units:
            shape = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(shape)
        if not inside:
            self.left.emit()
            return
        self.hovered.emit(self.step_at(at.x()), self.y_at(at.y()))
        text = self.marks.text_at(at.x(), at.y())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        self.left.emit()
