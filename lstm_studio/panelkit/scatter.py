"""Small squares of points: two shares of 1 of each unit, a square for each stream."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lstm_studio.core.shapes import Float
from lstm_studio.panelkit.colours import Colours, mix
from lstm_studio.panelkit.text import small

DOT_PX: Final = 5
RING_PX: Final = 5
NEAR_PX: Final = 10
"""How near a click must be to take a point."""
GAP_PX: Final = 10
LEAST_PX: Final = 60
MOST_PX: Final = 360
TICKS: Final = ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """The units of one layer in one square."""

    layer: str
    colour: QColor
    x: Float[np.ndarray, " unit"]
    y: Float[np.ndarray, " unit"]


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """One stream; ``x_name`` and ``y_name`` say which share each axis is."""

    stream: str
    title: str
    x_name: str
    y_name: str
    dots: tuple[Dots, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A unit in a square."""

    layer: str
    stream: str
    unit: int


@dataclass(frozen=True, slots=True)
class Ring:
    """A mark around a unit; ``stream`` "" means in every square."""

    layer: str
    stream: str
    unit: int
    colour: QColor


class Scatter(QWidget):
    """Squares as large as fit; a click picks the nearest point."""

    picked = Signal(object)
    """The ``Point`` of a click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.squares: tuple[Square, ...] = ()
        self.rings: tuple[Ring, ...] = ()
        self._colours: Colours | None = None
        self._shown: tuple[object, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def sizeHint(self) -> QSize:
        return QSize(300, 200)

    def show_squares(
        self, squares: Sequence[Square], rings: Sequence[Ring], colours: Colours
    ) -> None:
        """Show other points or marks; the squares are compared by identity."""
        shown = (*map(id, squares), *rings, colours)
        if shown != self._shown:
            self._shown, self.squares = shown, tuple(squares)
            self.rings, self._colours = tuple(rings), colours
            self.update()

    # Geometry

    def area(self, index: int) -> QRectF:
        """Return where the points of a square are."""
        metrics = QFontMetricsF(small(self.font()))
        left = metrics.height() + metrics.horizontalAdvance("0.5") + 8
        foot = 2 * metrics.height() + 6
        count = max(len(self.squares), 1)
        sides = [
            (
                min(
                    (self.width() - GAP_PX) / columns - left - GAP_PX,
                    self.height() / math.ceil(count / columns) - foot - GAP_PX,
                ),
                columns,
            )
            for columns in range(1, count + 1)
        ]
        side, columns = max(sides)
        side = min(max(side, LEAST_PX), MOST_PX)
        row, column = divmod(index, columns)
        return QRectF(
            column * (side + left + GAP_PX) + left,
            row * (side + foot + GAP_PX) + GAP_PX,
            side,
            side,
        )

    def place(self, point: Point) -> QPointF:
        """Return where a unit is drawn."""
        for index, square in enumerate(self.squares):
            for dots in square.dots:
                if (dots.layer, square.stream) == (point.layer, point.stream):
                    area = self.area(index)
                    return QPointF(
                        area.left() + dots.x[point.unit] * area.width(),
                        area.bottom() - dots.y[point.unit] * area.height(),
                    )
        raise KeyError(point)

    def point_at(self, at: QPointF) -> Point | None:
        """Return the nearest unit, None where none is near; the chosen layer first."""
        best, nearest = None, float(NEAR_PX)
        for index, square in enumerate(self.squares):
            area = self.area(index)
            if not area.adjusted(-NEAR_PX, -NEAR_PX, NEAR_PX, NEAR_PX).contains(at):
                continue
            for dots in reversed(square.dots):
                far = np.hypot(
                    area.left() + dots.x * area.width() - at.x(),
                    area.bottom() - dots.y * area.height() - at.y(),
                )
                far[~np.isfinite(far)] = np.inf
                unit = int(far.argmin()) if far.size else -1
                if unit >= 0 and far[unit] < nearest:
                    nearest = float(far[unit])
                    best = Point(dots.layer, square.stream, unit)
        return best

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, square in enumerate(self.squares):
            area = self.area(index)
            self._paint_frame(painter, square, area, self._colours)
            for number, dots in enumerate(square.dots):
                self._paint_dots(painter, dots, area, number == len(square.dots) - 1)
            self._paint_rings(painter, square, area)
        painter.end()

    def _paint_frame(
        self, painter: QPainter, square: Square, area: QRectF, colours: Colours
    ) -> None:
        painter.setPen(QPen(colours.faint, 1))
        sharp = QRectF(area.toRect()).adjusted(0.5, 0.5, 0.5, 0.5)
        painter.drawPolyline(
            QPolygonF([sharp.topLeft(), sharp.bottomLeft(), sharp.bottomRight()])
        )
        painter.drawLine(area.topLeft(), area.bottomRight())
        painter.setFont(small(self.font()))
        metrics = QFontMetricsF(painter.font())
        height = metrics.height()
        painter.setPen(colours.muted)
        for share, text in TICKS:
            width = metrics.horizontalAdvance(text) + 2
            x = area.left() + share * area.width()
            y = area.bottom() - share * area.height()
            below = QRectF(x - width / 2, area.bottom() + 2, width, height)
            beside = QRectF(area.left() - width - 3, y - height / 2, width, height)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight, text)
        centre = Qt.AlignmentFlag.AlignCenter
        foot = QRectF(area.left(), area.bottom() + height, area.width(), height + 2)
        painter.drawText(foot, centre, square.x_name)
        painter.save()
        painter.translate(area.left() - 6 - metrics.horizontalAdvance("0.5"), 0)
        painter.rotate(-90)
        side = QRectF(-area.bottom(), -height, area.height(), height)
        painter.drawText(side, centre, square.y_name)
        painter.restore()
        # No point can be up there: both shares together are 1 at most.
        right = Qt.AlignmentFlag.AlignRight
        box = area.adjusted(area.width() * 0.3, 0, -2, 0)
        painter.setPen(colours.text)
        painter.drawText(box, right, square.stream)
        title = metrics.elidedText(
            square.title, Qt.TextElideMode.ElideRight, box.width() * 0.9
        )
        painter.setPen(colours.muted)
        painter.drawText(box.adjusted(0, height, 0, 0), right, title)

    def _paint_dots(
        self, painter: QPainter, dots: Dots, area: QRectF, chosen: bool
    ) -> None:
        colour = QColor(dots.colour)
        colour.setAlphaF(0.75 if chosen else 0.35)
        pen = QPen(colour, DOT_PX)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(
            [
                QPointF(
                    area.left() + x * area.width(), area.bottom() - y * area.height()
                )
                for x, y in zip(dots.x.tolist(), dots.y.tolist(), strict=True)
                if math.isfinite(x)
            ]
        )

    def _paint_rings(self, painter: QPainter, square: Square, area: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ring in self.rings:
            if ring.stream not in ("", square.stream):
                continue
            for dots in square.dots:
                if dots.layer != ring.layer or ring.unit >= len(dots.x):
                    continue
                x, y = float(dots.x[ring.unit]), float(dots.y[ring.unit])
                if not math.isfinite(x):
                    continue
                at = QPointF(
                    area.left() + x * area.width(), area.bottom() - y * area.height()
                )
                if self._colours is not None:
                    paper = mix(self._colours.background, ring.colour, 0.1)
                    painter.setPen(QPen(paper, 4))
                    painter.drawEllipse(at, RING_PX, RING_PX)
                painter.setPen(QPen(ring.colour, 2))
                painter.drawEllipse(at, RING_PX, RING_PX)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = self.point_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and point is not None:
            self.picked.emit(point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Do nothing: what the first click did, a second one would undo."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = self.point_at(event.position())
        self.setCursor(
            Qt.CursorShape.ArrowCursor
            if point is None
            else Qt.CursorShape.PointingHandCursor
        )
        QToolTip.showText(event.globalPosition().toPoint(), self.text_of(point), self)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def text_of(self, point: Point | None) -> str:
        """Return what is known of a unit, in words."""
        for square in self.squares:
            for dots in square.dots:
                if point is None or (dots.layer, square.stream) != (
                    point.layer,
                    point.stream,
                ):
                    continue
                x, y = float(dots.x[point.unit]), float(dots.y[point.unit])
                return (
                    f"{point.layer} {point.stream}, unit {point.unit}: "
                    f"{square.x_name} in {x:.1%}, {square.y_name} in {y:.1%} of steps"
                )
        return ""
