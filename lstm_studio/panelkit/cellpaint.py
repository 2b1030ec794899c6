"""How a drawn cell is painted: quiet wires, gates in their colours, live numbers."""

import math
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from lstm_studio.panelkit.cellplan import Part, Plan, Wire
from lstm_studio.panelkit.cellwords import three_digits
from lstm_studio.panelkit.colours import Colours, mix

ARROW_PX: Final = 5.0
ROUND_PX: Final = 4.0
GROUND: Final = 0.1
"""Share of a gate's colour in its ground."""

_MIDDLE: Final = Qt.AlignmentFlag.AlignCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Ink:
    """Colours of a drawing; those of numbers that are not of now are faint."""

    def __init__(self, theme: Colours, *, stale: bool) -> None:
        self.theme = theme
        self.text = theme.muted if stale else theme.text
        self.number = mix(theme.background, theme.text, 0.45) if stale else theme.text
        self._strength = 0.45 if stale else 1.0

    def stream(self, name: str) -> QColor:
        """Return the colour of a stream."""
        colour = self.theme.stream(name) if name else self.theme.muted
        return mix(self.theme.background, colour, self._strength)

    def wire(self, name: str) -> QColor:
        """Return the colour of a wire: there, and not louder than the numbers."""
        colour = self.stream(name) if name else self.theme.muted
        return mix(self.theme.background, colour, 0.7)


def paint_cell(
    painter: QPainter,
    plan: Plan,
    numbers: Mapping[str, float],
    theme: Colours,
    words: Mapping[str, str],
    *,
    hovered: str,
    marked: str,
) -> None:
    """Paint a plan with its numbers.

    Parameters
    ----------
    words
        ``x``: what the input is; ``chosen``: the stream that is chosen; ``stale``:
        of which step the numbers are, where it is not the chosen one.
    hovered, marked
        Keys of the parts under the mouse and of the keyboard.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = _Ink(theme, stale=bool(words["stale"]))
    # From back to front: grounds, wires, then what is read.
    for part in plan.parts:
        if part.shape == "gate":
            _gate_ground(painter, part, ink)
    for wire in plan.wires:
        _wire(painter, wire, ink)
    for part in plan.parts:
        _part(painter, part, numbers, ink, words)
    for part in plan.parts:
        if part.key == words["chosen"] and part.shape in ("gate", "box"):
            _outline(painter, part.rect, ink.stream(part.stream), 1.4)
        if part.key == marked:
            _outline(painter, part.rect.adjusted(-1, -1, 1, 1), theme.text, 1.4)
        elif part.key == hovered and part.shape in ("box", "gate", "node", "pill"):
            _outline(painter, part.rect, theme.text, 1)


def _part(
    painter: QPainter,
    part: Part,
    numbers: Mapping[str, float],
    ink: _Ink,
    words: Mapping[str, str],
) -> None:
    match part.shape:
        case "box":
            _box(painter, part, numbers, ink, words)
        case "gate":
            _gate(painter, part, numbers, ink)
        case "number":
            _number(painter, part, numbers, ink)
        case "label":
            painter.setPen(ink.theme.muted)
            text = words["stale"] if part.key == "stale" else part.text
            painter.drawText(part.rect, _RIGHT, text)
        case "node" | "pill":
            _operation(painter, part, numbers, ink)


def _outline(painter: QPainter, rect: QRectF, colour: QColor, width: float) -> None:
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, ROUND_PX, ROUND_PX)


def _wire(painter: QPainter, wire: Wire, ink: _Ink) -> None:
    colour = ink.wire(wire.stream)
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(list(wire.points)))
    if wire.arrow:
        _arrow(painter, wire.points[-2], wire.points[-1], colour)


def _arrow(painter: QPainter, start: QPointF, end: QPointF, colour: QColor) -> None:
    along = end - start
    length = math.hypot(along.x(), along.y()) or 1.0
    along = along * (ARROW_PX / length)
    side = QPointF(-along.y(), along.x()) * 0.5
    back = end - along
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([end, back + side, back - side]))


def _box(
    painter: QPainter,
    part: Part,
    numbers: Mapping[str, float],
    ink: _Ink,
    words: Mapping[str, str],
) -> None:
    """Paint what comes in or goes out: its name above its number."""
    theme = ink.theme
    painter.setBrush(mix(theme.background, theme.text, 0.06))
    painter.setPen(QPen(mix(theme.background, ink.wire(part.stream), 0.7), 1))
    painter.drawRoundedRect(part.rect, ROUND_PX, ROUND_PX)
    if part.key == "x":
        text = f"x  {words['x']}"
        inner = part.rect.adjusted(4, 0, -4, 0)
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.setPen(ink.text)
        painter.drawText(inner, _MIDDLE, text)
        return
    half = part.rect.height() / 2
    above = part.rect.adjusted(0, 1, 0, -half)
    below = part.rect.adjusted(0, half - 1, 0, -1)
    painter.setPen(theme.muted)
    painter.drawText(above, _MIDDLE, part.text)
    painter.setPen(ink.number)
    missing = part.key == "h" and "shown" in numbers and "h" not in numbers
    text = "–" if missing else three_digits(numbers.get(part.key))
    painter.drawText(below, _MIDDLE, text)


def _gate_ground(painter: QPainter, part: Part, ink: _Ink) -> None:
    colour, theme = ink.stream(part.stream), ink.theme
    painter.setPen(QPen(mix(theme.background, colour, 0.35), 1))
    painter.setBrush(mix(theme.background, colour, GROUND))
    painter.drawRoundedRect(part.rect, ROUND_PX, ROUND_PX)


def _gate(
    painter: QPainter, part: Part, numbers: Mapping[str, float], ink: _Ink
) -> None:
    """Paint the head of a gate: its name, how it squashes, its value and how full."""
    colour, theme, rect = ink.stream(part.stream), ink.theme, part.rect
    metrics = QFontMetricsF(painter.font())
    line = metrics.height() + 2
    # In a narrow gate the words of its head go to the very edge: no letter is cut.
    edge = rect.width() - metrics.horizontalAdvance(f"{part.key}{part.text}") - 5
    edge = min(max(edge / 2, 1.0), 5.0)
    head = QRectF(rect.left(), rect.top() + 1, rect.width(), line)
    words = head.adjusted(edge, 0, -edge, 0)
    plain = painter.font()
    bold = QFont(plain)
    bold.setWeight(QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(colour)
    painter.drawText(words, _LEFT, part.key)
    painter.setFont(plain)
    painter.setPen(theme.muted)
    painter.drawText(words, _RIGHT, part.text)
    painter.setPen(ink.number)
    value = numbers.get(part.key)
    painter.drawText(head.translated(0, line), _MIDDLE, three_digits(value))
    level = QRectF(rect.left() + 5, rect.top() + 2 * line + 2, rect.width() - 10, 3)
    painter.fillRect(level, mix(theme.background, colour, 0.25))
    if value is not None and math.isfinite(value):
        painter.fillRect(_filled(level, part, value), colour)
    y = level.bottom() + line + 4
    painter.setPen(QPen(mix(theme.background, colour, 0.35), 1))
    painter.drawLine(QPointF(rect.left() + 5, y), QPointF(rect.right() - 5, y))


def _filled(level: QRectF, part: Part, value: float) -> QRectF:
    """Return how far a gate is open; a candidate goes either way from the middle."""
    if part.text == "σ":
        width = level.width() * min(max(value, 0.0), 1.0)
        return QRectF(level.left(), level.top(), width, level.height())
    half = level.width() / 2 * min(max(value, -1.0), 1.0)
    middle = level.center().x()
    return QRectF(min(middle, middle + half), level.top(), abs(half), level.height())


def _number(
    painter: QPainter, part: Part, numbers: Mapping[str, float], ink: _Ink
) -> None:
    painter.setPen(ink.number if part.key.endswith("_pre") else ink.text)
    inner = part.rect.adjusted(0, 0, -max((part.rect.width() - 44) / 2, 3), 0)
    painter.drawText(inner, _RIGHT, three_digits(numbers.get(part.key)))


def _operation(
    painter: QPainter, part: Part, numbers: Mapping[str, float], ink: _Ink
) -> None:
    """Paint an operation, and what it gives where there is room beside it."""
    theme = ink.theme
    painter.setBrush(theme.background)
    painter.setPen(QPen(theme.muted, 1))
    if part.shape == "node":
        painter.drawEllipse(part.rect)
        _sign(painter, part, ink.text)
    else:
        half = part.rect.height() / 2
        painter.drawRoundedRect(part.rect, half, half)
        painter.setPen(ink.text)
        painter.drawText(part.rect, _MIDDLE, part.text)
    if part.beside:
        _beside(painter, part, three_digits(numbers.get(part.key)), theme)


def _beside(painter: QPainter, part: Part, text: str, theme: Colours) -> None:
    metrics = QFontMetricsF(painter.font())
    box = QRectF(0, 0, metrics.horizontalAdvance(text) + 2, metrics.height())
    if part.beside == "left":
        box.moveRight(part.rect.left() - 3)
        box.moveTop(part.rect.center().y() - box.height() / 2)
    elif part.beside == "above left":
        box.moveBottomRight(part.rect.topLeft() + QPointF(-1, 3))
    else:
        box.moveBottomLeft(part.rect.topRight() + QPointF(2, 2))
    painter.setPen(theme.muted)
    painter.drawText(box, _LEFT, text)


def _sign(painter: QPainter, part: Part, colour: QColor) -> None:
    """Paint × and + as lines: letters would not stand in the middle."""
    middle, size = part.rect.center(), 3.2
    if part.text == "×":
        size *= 0.75
        ends = [(-size, -size, size, size), (-size, size, size, -size)]
    else:
        ends = [(-size, 0, size, 0), (0, -size, 0, size)]
    painter.setPen(QPen(colour, 1.3))
    for x0, y0, x1, y1 in ends:
        painter.drawLine(middle + QPointF(x0, y0), middle + QPointF(x1, y1))
