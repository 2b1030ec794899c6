"""How one line is painted: label, number and bar in fixed columns, wrapped text."""

import math
import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.listing import Bar, Line
from lstm_studio.panelkit.text import LONGEST, mono, small

PADDING: Final = 8
"""Pixels left and right of every line."""
MARK_PX: Final = 18
INDENT: Final = "  "
WIDEST: Final = "-0.00000000"
SHORTEST_BAR: Final = 24
SQUARE_PX: Final = 9
APART_PX: Final = 8
"""Pixels between columns, at least."""

_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_FOOT: Final = 4
_BETWEEN: Final = 2
"""Below a row of an equation, so that W_ii does not stand on the numbers."""


class Fonts:
    """The fonts of lines, made once for the font of a view."""

    def __init__(self, font: QFont) -> None:
        body, less = QFont(font), small(font)
        body.setFeature(QFont.Tag("tnum"), 1)
        quiet = (less, QFontMetrics(less))
        self._usual = (body, QFontMetrics(body))
        kinds = ("section", "note", "columns", "equation", "text")
        self._of = dict.fromkeys(kinds, quiet)
        self._of["code"] = (mono(less), QFontMetrics(mono(less)))
        # Rows are asked for twice: to measure a line and to paint it.
        self.rows = lru_cache(maxsize=256)(self._rows)

    def of(self, line: Line) -> tuple[QFont, QFontMetrics]:
        """Return the font of a line and its metrics."""
        return self._of.get(line.kind, self._usual)

    def _rows(self, line: Line, width: int) -> tuple[tuple[str, ...], ...]:
        """Return the rows of each paragraph."""
        metrics = self.of(line)[1]
        return tuple(wrapped(part, metrics, width) for part in line.text.split("\n"))


def line_height(line: Line, fonts: Fonts, width: int) -> int:
    """Return the height of a line in a view of ``width`` pixels."""
    metrics = fonts.of(line)[1]
    match line.kind:
        case "section":
            return metrics.height() + 14
        case "text" | "code" | "note" | "equation":
            rows = sum(map(len, fonts.rows(line, width - 2 * PADDING)))
            return rows * (metrics.height() + _between(line)) + 4
        case "fact":
            room = width - 2 * PADDING - _label_width(metrics)
            rows = sum(map(len, fonts.rows(line, room)))
            return rows * metrics.height() + 4
    return metrics.height() + 4


def _between(line: Line) -> int:
    return _BETWEEN if line.kind == "equation" else 0


def paint_line(
    painter: QPainter, line: Line, rect: QRect, fonts: Fonts, theme: Colours
) -> None:
    """Paint a line into ``rect``."""
    inner = rect.adjusted(PADDING, 0, -PADDING, 0)
    font, metrics = fonts.of(line)
    painter.setFont(font)
    quiet = line.faint or line.kind == "note"
    painter.setPen(theme.muted if quiet else theme.text)
    match line.kind:
        case "section":
            painter.setPen(theme.muted)
            base = rect.bottom() - _FOOT - metrics.descent()
            painter.drawText(inner.left(), base, line.text)
            room = inner.width() - metrics.horizontalAdvance(line.text + INDENT)
            side = metrics.elidedText(line.label, Qt.TextElideMode.ElideMiddle, room)
            width = metrics.horizontalAdvance(side)
            painter.drawText(inner.right() - width, base, side)
            painter.setPen(theme.faint)
            painter.drawLine(inner.left(), rect.bottom(), inner.right(), rect.bottom())
        case "value":
            _paint_value(painter, line, inner, theme)
        case "fact":
            _paint_fact(painter, line, inner, fonts, theme)
        case "columns":
            _paint_columns(painter, line, inner, theme)
        case "key":
            painter.fillRect(_square(inner), theme.curve(line.colour))
            inner.adjust(SQUARE_PX + 6, 0, 0, 0)
            _paint_pair(painter, line, inner, theme)
        case "equation":
            inner.adjust(0, 2, 0, 0)
            painter.setPen(theme.muted)
            for part in fonts.rows(line, inner.width()):
                for row in part:
                    painter.drawText(inner.left(), inner.top() + metrics.ascent(), row)
                    inner.adjust(0, metrics.height() + _BETWEEN, 0, 0)
                painter.setPen(theme.muted if line.faint else theme.text)
        case _:
            inner.adjust(0, 2, 0, 0)
            for row in chain.from_iterable(fonts.rows(line, inner.width())):
                painter.drawText(inner.left(), inner.top() + metrics.ascent(), row)
                inner.adjust(0, metrics.height(), 0, 0)


def _paint_value(painter: QPainter, line: Line, inner: QRect, theme: Colours) -> None:
    metrics = painter.fontMetrics()
    label, number = _label_width(metrics), metrics.horizontalAdvance(WIDEST)
    painter.setPen(theme.muted)
    if line.bar is None:
        _paint_pair(painter, line, inner, theme)
        return
    painter.drawText(inner, _LEFT, line.label)
    painter.setPen(theme.muted if line.faint else theme.text)
    # A small number with its exponent is wider than the others: half of it would be
    # another number, so it takes the room before it, then the gap after it.
    name = metrics.horizontalAdvance(line.label + " ")
    cell = inner.adjusted(min(name, label), 0, 0, 0)
    wanted = cell.left() + metrics.horizontalAdvance(line.text)
    cell.setRight(max(inner.left() + label + number - 1, wanted))
    painter.drawText(cell, _RIGHT, line.text)
    bar = inner.adjusted(label + number + 10, 0, -MARK_PX, 0)
    if bar.width() >= SHORTEST_BAR:
        _paint_bar(painter, line.bar, bar, theme, theme.stream(line.stream))


def _paint_fact(
    painter: QPainter, line: Line, inner: QRect, fonts: Fonts, theme: Colours
) -> None:
    """Paint a label and a text in as many rows as it takes: no number is cut."""
    metrics = painter.fontMetrics()
    foot, left = inner.top() + 2 + metrics.ascent(), _label_width(metrics)
    painter.setPen(theme.muted)
    painter.drawText(inner.left(), foot, line.label)
    painter.setPen(theme.text)
    for row in chain.from_iterable(fonts.rows(line, inner.width() - left)):
        painter.drawText(inner.left() + left, foot, row.lstrip())
        foot += metrics.height()


def _paint_pair(painter: QPainter, line: Line, inner: QRect, theme: Colours) -> None:
    """Paint a label and a text at the right of it; a long label is shortened first."""
    metrics, elide = painter.fontMetrics(), Qt.TextElideMode.ElideMiddle
    column = _label_width(metrics)
    left = max(metrics.horizontalAdvance(line.label + INDENT), column)
    room = inner.width() - metrics.horizontalAdvance(line.text)
    left = min(left, max(room, column))
    label = metrics.elidedText(line.label, elide, left - metrics.horizontalAdvance(" "))
    painter.drawText(inner, _LEFT, label)
    painter.setPen(theme.muted if line.faint else theme.text)
    rest = inner.adjusted(left, 0, 0, 0)
    painter.drawText(rest, _LEFT, metrics.elidedText(line.text, elide, rest.width()))


def _square(inner: QRect) -> QRect:
    top = inner.center().y() - SQUARE_PX // 2
    return QRect(inner.left(), top, SQUARE_PX, SQUARE_PX)


def _paint_bar(
    painter: QPainter, bar: Bar, rect: QRect, theme: Colours, colour: QColor
) -> None:
    middle = rect.center().y()
    painter.fillRect(rect.left(), middle, rect.width(), 1, theme.faint)
    scale = rect.width() / (bar.high - bar.low)
    zero = rect.left() + round((max(bar.low, 0.0) - bar.low) * scale)
    painter.fillRect(zero, middle - 3, 1, 7, theme.muted)
    if math.isnan(bar.value):
        painter.fillRect(rect.left(), middle - 2, rect.width(), 5, theme.bad)
        return
    value = min(max(bar.value, bar.low), bar.high)
    end = rect.left() + round((value - bar.low) * scale)
    painter.fillRect(min(zero, end), middle - 2, max(abs(end - zero), 1), 5, colour)


def _paint_columns(painter: QPainter, line: Line, inner: QRect, theme: Colours) -> None:
    metrics = painter.fontMetrics()
    # Several columns have short labels, and need the room.
    label = metrics.horizontalAdvance("mm")
    painter.setPen(theme.muted)
    room = label if len(line.columns) > 1 else inner.width()
    if len(line.columns) == 1:
        room -= metrics.horizontalAdvance(line.columns[0] + INDENT)
    elide = Qt.TextElideMode.ElideMiddle
    painter.drawText(inner, _LEFT, metrics.elidedText(line.label, elide, room))
    painter.setPen(theme.muted if line.faint else theme.text)
    width = (inner.width() - label) / max(len(line.columns), 1)
    # Less wide than large letters would have them: they must not run together.
    widest = max(map(metrics.horizontalAdvance, (LONGEST, *line.columns))) + APART_PX
    if len(line.columns) > 1 and widest > width:
        font = QFont(painter.font())
        font.setPointSizeF(font.pointSizeF() * width / widest)
        painter.setFont(font)
    for column, text in enumerate(line.columns):
        left = inner.left() + label + round(column * width)
        cell = QRect(left, inner.top(), round(width), inner.height())
        painter.drawText(cell, _RIGHT, text)


def paint_mark(painter: QPainter, rect: QRect, theme: Colours, *, copied: bool) -> None:
    """Paint two sheets, or a tick when the line was just copied."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.text)
    x, y = rect.center().x() - 4, rect.center().y() - 4
    if copied:
        painter.drawPolyline([QPoint(x, y + 5), QPoint(x + 3, y + 8), QPoint(x + 9, y)])
        return
    painter.setBrush(theme.background)
    painter.drawRect(x, y, 6, 7)
    painter.drawRect(x + 3, y + 3, 6, 7)


def copy_rect(rect: QRect) -> QRect:
    """Return where the copy mark of a line is."""
    height = min(rect.height(), 22)
    return QRect(rect.right() - MARK_PX, rect.top(), MARK_PX, height)


def wrapped(text: str, metrics: QFontMetrics, width: int) -> tuple[str, ...]:
    """Return the rows of a text, broken before ``=``, else at spaces, else anywhere."""
    return _wrapped(text, metrics.horizontalAdvance, max(width, 40))


def _wrapped(text: str, advance: Callable[[str], int], width: int) -> tuple[str, ...]:
    rows: list[str] = []
    for paragraph in text.split("\n"):
        row = ""
        for piece in re.split(r"(?<=.)(?= = )", paragraph):
            if not row or advance(row + piece) <= width:
                row += piece
            else:
                rows.append(row)
                row = INDENT + piece.lstrip()
            while advance(row) > width:
                cut = _cut(row, advance, width)
                rows.append(row[:cut].rstrip())
                row = INDENT * 2 + row[cut:].lstrip()
        rows.append(row)
    return tuple(rows)


def _cut(row: str, advance: Callable[[str], int], width: int) -> int:
    """Return where to break a row that is too long."""
    fits = max(
        bisect_right(range(1, len(row)), width, key=lambda n: advance(row[:n])), 1
    )
    start = len(row) - len(row.lstrip())
    space = row.rfind(" ", start + 1, fits + 1)
    return space if space > start else max(fits, start + 1)


def _label_width(metrics: QFontMetrics) -> int:
    return metrics.horizontalAdvance("tanh(c)") + 4
