"""A small picture of a sequence as the model would get it, and what is said of it."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lstm_studio.core.found import Sight
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.text import range_text
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

HEIGHT: Final = 168
NOTES: Final = 4
"""Sentences about a sequence that a small dialog has room for."""


class SequencePicture(QWidget):
    """Draws a sequence, and says its shape, or why it does not fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = _Plot(self)
        self.said = _label(self)
        self.said.setAccessibleName("The sequence as the model takes it")
        self.notes = _label(self)
        self.notes.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addWidget(self.plot)
        column.addWidget(self.said)
        column.addWidget(self.notes)
        column.addStretch(1)

    def say(self, text: str) -> None:
        """Say something in the place of a picture."""
        self.plot.take(Sight())
        self.said.setText(text)
        self.notes.setText("")

    def take(self, sight: Sight) -> None:
        """Show what the engine made of the sequence."""
        self.plot.take(sight)
        if sight.message:
            self.said.setText(f"{sight.message} {sight.next_step}".strip())
            self.notes.setText("")
            return
        summary = sight.summary
        self.said.setText(in_words(summary) if summary is not None else "")
        notes = summary.notes[:NOTES] if summary is not None else ()
        self.notes.setText("\n".join(notes))


def in_words(summary: SequenceSummary) -> str:
    """Return what the model would be given: ``1 sample of 336 steps, 4 features``."""
    samples = f"{grouped(summary.samples)} sample{'s' * (summary.samples != 1)}"
    steps = f"{grouped(summary.steps)} step{'s' * (summary.steps != 1)}"
    if summary.lengths:
        steps = f"{grouped(min(summary.lengths))} to {steps}"
    wide = len(summary.shape) > 2
    width = summary.shape[2] if wide else 0
    of = f"{grouped(width)} feature{'s' * (width != 1)}" if wide else "a token at each"
    rate = f", {summary.rate:g} steps a second" if summary.rate else ""
    return f"{samples} of {steps}, {of}{rate}."


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


class _Plot(QWidget):
    """Lines over steps; where they were thinned, from lowest to highest."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sight = Sight()
        self.setAccessibleName("Preview of the sequence")
        self.setMinimumHeight(HEIGHT)
        self.setMaximumHeight(HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(340, HEIGHT)

    def take(self, sight: Sight) -> None:
        """Draw this from now on."""
        self._sight = sight
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        shades = colours(self.palette())
        painter.fillRect(self.rect(), shades.background)
        painter.setPen(QPen(shades.faint, 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        low, high, summary = self._sight.low, self._sight.high, self._sight.summary
        finite = np.isfinite(low) & np.isfinite(high)
        if summary is None or not finite.any():
            return
        least, most = float(low[finite].min()), float(high[finite].max())
        line = painter.fontMetrics().height()
        space = QRectF(self.rect()).adjusted(
            2 * GRID, line + 2 * GRID, -2 * GRID, -line - 2 * GRID
        )
        span = most - least or 1.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = space.left() + np.arange(len(low)) * (space.width() / max(len(low) - 1, 1))
        for feature in reversed(range(low.shape[1])):
            painter.setPen(QPen(shades.curve(feature), 1))
            tops = space.bottom() - (high[:, feature] - least) * space.height() / span
            ends = space.bottom() - (low[:, feature] - least) * space.height() / span
            _draw(painter, x, tops, ends)
        self._label_axes(painter, summary, (least, most))

    def _label_axes(
        self, painter: QPainter, summary: SequenceSummary, ends: tuple[float, float]
    ) -> None:
        shades = colours(self.palette())
        inside = self.rect().adjusted(2 * GRID, GRID, -2 * GRID, -GRID)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        painter.setPen(shades.muted)
        wide = len(summary.shape) > 2
        said = range_text(*ends).strip() if wide else _numbers_of_tokens(*ends)
        drawn = self._sight.low.shape[1]
        if wide and summary.shape[2] > drawn:
            said += f", the first {drawn} features"
        if summary.samples > 1:
            said += ", sample 0"
        painter.drawText(inside, top | left, said)
        painter.drawText(inside, bottom | left, "step 0")
        last = (summary.lengths or (summary.steps,))[0] - 1
        painter.drawText(inside, bottom | right, grouped(last))
        # Names stand from right to left, as far as there is room for them.
        place = inside.right()
        metrics = painter.fontMetrics()
        shown = summary.labels[:drawn] if wide else ()
        fits = metrics.horizontalAdvance("  ".join(shown)) < inside.width() * 0.5
        for feature, name in reversed(list(enumerate(shown if fits else ()))):
            place -= metrics.horizontalAdvance(name)
            painter.setPen(shades.curve(feature))
            painter.drawText(QPointF(place, inside.top() + metrics.ascent()), name)
            place -= metrics.horizontalAdvance("  ")


def _numbers_of_tokens(least: float, most: float) -> str:
    return f"tokens {least:.0f} to {most:.0f}"


def _draw(
    painter: QPainter,
    x: np.ndarray,
    tops: np.ndarray,
    ends: np.ndarray,
) -> None:
    """Draw a line with a gap where values are missing."""
    there = np.isfinite(tops) & np.isfinite(ends)
    breaks = np.flatnonzero(np.diff(there.astype(np.int8))) + 1
    for part in np.split(np.arange(len(x)), breaks):
        if not there[part[0]]:
            continue
        points: list[QPointF] = []
        for column in part.tolist():
            points.append(QPointF(x[column], tops[column]))
            if ends[column] != tops[column]:
                points.append(QPointF(x[column], ends[column]))
        painter.drawPolyline(QPolygonF(points))
