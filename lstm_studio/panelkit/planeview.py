"""A trajectory along principal components, with the chosen step on it."""

from dataclasses import replace
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import NONE
from lstm_studio.panelkit.brush import paint_box
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.placing import around, place_beside
from lstm_studio.panelkit.stepaxis import NOTCH, ZOOM_PER_NOTCH
from lstm_studio.panelkit.text import count_text, small
from lstm_studio.panelkit.trail import EMPTY, Trail, steps_in
from lstm_studio.panelkit.turning import Turning, clearest

MARGIN_PX: Final = 26
MARK_PX: Final = 4
CURSOR_PX: Final = 6
APART_PX: Final = 3
"""Pixels between a marker and its word."""
NEAR_PX: Final = 16
ARROW_PX: Final = 34
DOT_PX: Final = 4
MOST_DOTS: Final = 4_000
SMOOTH: Final = 6_000
"""Points up to which lines are smoothed: beyond, they would cost several frames."""
TURN_PER_PX: Final = 0.01


class PlaneView(QWidget):
    """Draws a whole trail faintly and a part of it clearly.

    A drag turns the picture, or moves it where it is flat, and with Shift brushes the
    steps in a rectangle; the wheel zooms, a click picks the nearest step, a double
    click shows all.
    """

    picked = Signal(int)
    brushed = Signal(object)
    """The `Spans` of the steps in the rectangle; none where one clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.turning = Turning()
        self.whole = self.part = EMPTY
        self.here: Float[np.ndarray, "1 3"] | None = None
        self._names: tuple[str, ...] = ()
        self._colours: Colours | None = None
        self._middle = np.zeros(3)
        self._sizes = np.ones(3)
        self._radius = 1.0
        self.first_turning = Turning()
        self._press: QPointF | None = None
        self._at: QPointF | None = None
        self._brushing = False
        self._paths: tuple[QPainterPath, QPainterPath] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    def show_trails(
        self, whole: Trail, part: Trail, names: tuple[str, ...], colours: Colours
    ) -> None:
        """Show other trails; they are compared by identity."""
        before = self.whole, self.part, self._names, self._colours
        if all(a is b for a, b in zip(before[:2], (whole, part), strict=True)) and (
            before[2:] == (names, colours)
        ):
            return
        if whole is not self.whole:
            self._measure(whole.points)
        self.whole, self.part = whole, part
        self._names, self._colours = names, colours
        self._forget()

    def show_here(self, here: Float[np.ndarray, "1 3"] | None) -> None:
        """Mark where the chosen step is; None where that is not known."""
        before = self._cursor_rect()
        self.here = here
        # Only these two places: the trails need not be drawn again.
        self.update(before.united(self._cursor_rect()).toAlignedRect())

    def show_turning(self, turning: Turning) -> None:
        """Look at the points in another way."""
        if turning != self.turning:
            self.turning = turning
            self._forget()

    def _forget(self) -> None:
        self._paths = None
        self.update()

    # Geometry

    def _measure(self, points: Float[np.ndarray, "point 3"]) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        self._middle = (low + high).astype(np.float64) / 2
        self._sizes = np.maximum((high - low).astype(np.float64) / 2, 1e-12)
        moved = points - self._middle
        self._radius = float(np.linalg.norm(moved, axis=1).max()) or 1e-12
        self.first_turning = clearest(moved / self._radius)
        self.turning = replace(self.first_turning, deep=self.turning.deep)

    @property
    def _scale(self) -> float:
        """Pixels of length 1 where the picture is not zoomed."""
        room = np.maximum(np.array([self.width(), self.height()]) / 2 - MARGIN_PX, 10)
        if self.turning.deep:
            # The same in whatever way it is turned.
            return float(room.min()) / self._radius
        return float((room / self._sizes[:2]).min())

    def to_pixels(
        self, points: Float[np.ndarray, "point 3"]
    ) -> Float[np.ndarray, "point 2"]:
        """Return where points are in the widget."""
        placed = self.turning.project(points - self._middle, self._scale)
        placed += np.array([self.width() / 2, self.height() / 2])
        return placed

    def _cursor_rect(self) -> QRectF:
        if self.here is None:
            return QRectF()
        x, y = self.to_pixels(self.here)[0]
        return around(QPointF(x, y), CURSOR_PX + 4)

    def step_at(self, at: QPointF) -> int | None:
        """Return the nearest step; None where none is near."""
        best, nearest = None, float(NEAR_PX)
        for trail in (self.part, self.whole):
            if not len(trail):
                continue
            far = np.hypot(*(self.to_pixels(trail.points) - [at.x(), at.y()]).T)
            index = int(far.argmin())
            if far[index] < nearest:
                nearest, best = float(far[index]), int(trail.steps[index])
        return best

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        painter = QPainter(self)
        colours = self._colours
        self._paint_axes(painter, colours)
        if self._paths is None:
            self._paths = self._path(self.whole), self._path(self.part)
        faint = QColor(colours.muted)
        faint.setAlphaF(0.4 if len(self.whole) < SMOOTH else 0.2)
        strong = QColor(colours.curve(0))
        strong.setAlphaF(0.45 if len(self.part) < SMOOTH else 0.3)
        for trail, path, colour in (
            (self.whole, self._paths[0], faint),
            (self.part, self._paths[1], strong),
        ):
            smooth = len(trail) <= SMOOTH
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
            painter.setPen(QPen(colour, 1))
            painter.drawPath(path)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self.part) <= MOST_DOTS:
            strong.setAlphaF(0.7)
            pen = QPen(strong, DOT_PX)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(
                [QPointF(x, y) for x, y in self.to_pixels(self.part.points).tolist()]
            )
        self._paint_ends(painter, colours)
        self._paint_cursor(painter, colours)
        if self._brushing and self._press is not None and self._at is not None:
            box = QRectF(self._press, self._at).normalized()
            paint_box(painter, box, colours.accent, colours.background)
        painter.end()

    def _path(self, trail: Trail) -> QPainterPath:
        if len(trail) < 2:
            return QPainterPath()
        pixels = self.to_pixels(trail.points)
        connect = np.append(~trail.breaks[1:], False)
        path: QPainterPath = pg.arrayToQPath(
            np.ascontiguousarray(pixels[:, 0]),
            np.ascontiguousarray(pixels[:, 1]),
            connect=connect,
            finiteCheck=False,
        )
        return path

    def _paint_axes(self, painter: QPainter, colours: Colours) -> None:
        """Paint which way the axes go, in the corner below at the left."""
        painter.setFont(small(self.font()))
        metrics = QFontMetricsF(painter.font())
        look = replace(self.turning, zoom=1.0, shift=(0.0, 0.0))
        count = 3 if self.turning.deep else 2
        ends = look.project(np.eye(3)[:count], ARROW_PX)
        foot = QPointF(metrics.height(), self.height() - 1.5 * metrics.height())
        if self.turning.deep:
            foot += QPointF(ARROW_PX, -ARROW_PX / 2)
        for (x, y), name in zip(ends.tolist(), self._names, strict=False):
            painter.setPen(QPen(colours.muted, 1))
            painter.drawLine(foot, foot + QPointF(x, y))
            width = metrics.horizontalAdvance(name)
            # Beyond the end, on the side that the arrow points to.
            left = 4.0 if x >= -1 else -width - 4
            at = foot + QPointF(x + left, y + metrics.ascent() / 2 + (y - 2) / 6)
            at.setX(max(at.x(), 2.0))
            painter.drawText(at, name)

    def _paint_ends(self, painter: QPainter, colours: Colours) -> None:
        if not len(self.part):
            return
        pixels = self.to_pixels(self.part.points[[0, -1]])
        painter.setFont(small(self.font()))
        painter.setPen(QPen(colours.background, 1))
        painter.setBrush(colours.text)
        first, last = (QPointF(*at) for at in pixels)
        size = MARK_PX
        painter.drawPolygon(
            [
                first + QPointF(-size, -size),
                first + QPointF(size + 1, 0),
                first + QPointF(-size, size),
            ]
        )
        painter.drawRect(QRectF(last.x() - size, last.y() - size, 2 * size, 2 * size))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        metrics = QFontMetricsF(painter.font())
        apart = MARK_PX + APART_PX
        taken = [around(first, MARK_PX), around(last, MARK_PX), self._cursor_rect()]
        for at, word, step in (
            (first, "first", self.part.steps[0]),
            (last, "last", self.part.steps[-1]),
        ):
            text = f"{word} {count_text(int(step))}"
            room = QSizeF(metrics.horizontalAdvance(text) + 4, metrics.height())
            box = place_beside(at, room, apart, QRectF(self.rect()), taken)
            # The path may run below it.
            painter.fillRect(box, colours.background)
            painter.setPen(colours.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            taken.append(box)

    def _paint_cursor(self, painter: QPainter, colours: Colours) -> None:
        if self.here is None:
            return
        at = QPointF(*self.to_pixels(self.here)[0])
        for colour, width in ((colours.background, 5), (colours.accent, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(at, CURSOR_PX, CURSOR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.accent)
        painter.drawEllipse(at, 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # The mouse

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = self._at = event.position()
            shift = Qt.KeyboardModifier.ShiftModifier
            self._brushing = bool(event.modifiers() & shift)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is None or self._at is None:
            step = self.step_at(at)
            text = "" if step is None else f"step {count_text(step)}"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
            return
        if (at - self._press).manhattanLength() >= 4 or self._at != self._press:
            moved = at - self._at
            self._at = at
            if self._brushing:
                self.update()
            elif self.turning.deep:
                by = -moved.x() * TURN_PER_PX, moved.y() * TURN_PER_PX
                self.show_turning(self.turning.turned(*by))
            else:
                self.show_turning(self.turning.moved(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        begin, end, self._press, self._at = self._press, self._at, None, None
        if begin == end:
            self.brushed.emit(NONE)
            step = self.step_at(event.position())
            if step is not None:
                self.picked.emit(step)
        elif self._brushing:
            box = QRectF(begin, event.position()).normalized()
            pixels = self.to_pixels(self.whole.points)
            self.brushed.emit(steps_in(self.whole, pixels, box))
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_turning(replace(self.first_turning, deep=self.turning.deep))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        factor = ZOOM_PER_NOTCH ** (-event.angleDelta().y() / NOTCH)
        at = event.position() - QPointF(self.width() / 2, self.height() / 2)
        self.show_turning(self.turning.zoomed(factor, at.x(), at.y()))

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
