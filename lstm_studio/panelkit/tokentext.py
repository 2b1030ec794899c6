"""Flowing text whose tokens have the colours of a unit; only what is seen is drawn."""

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from lstm_studio.core.shapes import UInt32
from lstm_studio.panelkit.below import Below, below_font, below_height
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.flow import Flow, flow, stand_apart, texts_of
from lstm_studio.panelkit.text import mono

PAD_PX: Final = 8
APART_PX: Final = 5
"""Room between lines where something is written below the tokens."""
LEADING: Final = 1.25
"""Height of a line, in heights of the font."""
BREAKS: Final = ("\n", "\r", "\r\n")

Words = UInt32[np.ndarray, " token"]


class TokenText(QAbstractScrollArea):
    """Tokens in lines; a click picks one, and the chosen one is always in sight."""

    picked = Signal(int)
    scrolled = Signal()
    """Other tokens are in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens: tuple[str, ...] = ()
        self._texts: tuple[str, ...] = ()
        self._colours: Colours | None = None
        self._words: Words | None = None
        self._start = 0
        self._step = -1
        self._flow = Flow(np.zeros(1, np.int64), np.zeros(0), np.zeros(0))
        self._below: Below | None = None
        self.tip: Callable[[int], str] = str
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always: a bar that comes and goes would break the lines anew.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self.scrolled)

    def sizeHint(self) -> QSize:
        return QSize(300, 120)

    @property
    def flow(self) -> Flow:
        """Where the tokens stand."""
        return self._flow

    # What is shown

    def show_tokens(self, tokens: tuple[str, ...]) -> None:
        """Show another text; it is compared by identity."""
        if tokens is not self._tokens:
            self._tokens, self._texts = tokens, texts_of(tokens)
            self._step = -1
            self._lay_out()

    def show_below(self, below: Below | None) -> None:
        """Write what is expected after each token below it, or nothing."""
        if below is not self._below:
            self._below = below
            self._lay_out()

    def show_colours(self, start: int, words: Words | None, colours: Colours) -> None:
        """Colour the tokens from ``start`` on with ARGB words; 0 leaves them plain."""
        before = self._start, self._words, self._colours
        if before[0] == start and before[1] is words and before[2] == colours:
            return
        self._start, self._words, self._colours = start, words, colours
        self.viewport().update()

    def show_step(self, step: int) -> None:
        """Outline a token, and bring it into sight."""
        if step == self._step:
            return
        for token in (self._step, step):
            rect = self.rect_of(token)
            if rect is not None:
                self.viewport().update(rect.adjusted(-3, -3, 3, 3).toAlignedRect())
        self._step = step
        self._bring_into_sight()

    def visible(self) -> tuple[int, int]:
        """Return the first token in sight, and the one after the last."""
        top = self.verticalScrollBar().value()
        first = int(top // self._line_height)
        last = int((top + self.viewport().height()) // self._line_height) + 1
        starts = self._flow.first
        stop = min(max(last, 0), self._flow.lines)
        return int(starts[min(first, self._flow.lines)]), int(starts[stop])

    # Geometry

    @property
    def _token_height(self) -> float:
        metrics = QFontMetricsF(mono(self.font()))
        return float(round(metrics.height() * LEADING))

    @property
    def _line_height(self) -> float:
        if self._below is None:
            return self._token_height
        ranks = self._below.ranks * below_height(self.font())
        return self._token_height + ranks + APART_PX

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(mono(self.font()))
        known = {text: metrics.horizontalAdvance(text) for text in set(self._texts)}
        count = len(self._texts)
        widths = np.fromiter(map(known.__getitem__, self._texts), float, count)
        if self._below is not None:
            below = self._below.widths(self.font())[:count]
            widths[: len(below)] = np.maximum(widths[: len(below)], below)
        apart = stand_apart(self._tokens)
        gap = metrics.horizontalAdvance(" ") if apart else 0.0
        blank = {token: apart or token.isspace() for token in set(self._tokens)}
        self._flow = flow(
            widths,
            gap,
            np.fromiter(map(blank.__getitem__, self._tokens), bool, count),
            np.fromiter((token in BREAKS for token in self._tokens), bool, count),
            max(self.viewport().width() - 2 * PAD_PX, 40),
        )
        bar = self.verticalScrollBar()
        height = int(self._flow.lines * self._line_height) + 2 * PAD_PX
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(int(self._line_height))
        bar.setRange(0, max(height - self.viewport().height(), 0))
        self._bring_into_sight()
        self.viewport().update()
        self.scrolled.emit()

    def rect_of(self, token: int) -> QRectF | None:
        """Return where a token is in the viewport; None where there is none."""
        if not 0 <= token < len(self._texts):
            return None
        line = self._flow.line_of(token)
        top = line * self._line_height + PAD_PX - self.verticalScrollBar().value()
        left = PAD_PX + float(self._flow.left[token])
        return QRectF(left, top, float(self._flow.widths[token]), self._token_height)

    def token_at(self, at: QPoint) -> int | None:
        """Return the token at a place of the viewport."""
        y = at.y() - PAD_PX + self.verticalScrollBar().value()
        return self._flow.token_at(int(y // self._line_height), at.x() - PAD_PX)

    def _bring_into_sight(self) -> None:
        rect = self.rect_of(self._step)
        if rect is None:
            return
        rect.setHeight(self._line_height)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        room = (
            0.0
            if self._below is not None
            else min(self._line_height, max((height - self._line_height) / 2, 0))
        )
        if rect.top() < room:
            bar.setValue(int(bar.value() + rect.top() - room))
        elif rect.bottom() > height - room:
            bar.setValue(int(bar.value() + rect.bottom() - height + room))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        painter = QPainter(self.viewport())
        painter.setFont(mono(self.font()))
        height = self._line_height
        above = self.verticalScrollBar().value() - PAD_PX
        region: QRect = event.rect()
        first = max(int((region.top() + above) // height), 0)
        last = min(int((region.bottom() + above) // height) + 1, self._flow.lines)
        for line in range(first, last):
            self._paint_line(painter, line, line * height - above, self._colours)
        rect = self.rect_of(self._step)
        if rect is not None:
            painter.setPen(QPen(self._colours.accent, 2))
            painter.drawRect(rect.adjusted(-1, 0, 1, 0))
        painter.end()

    def _paint_line(
        self, painter: QPainter, line: int, top: float, colours: Colours
    ) -> None:
        """Paint the grounds of a line, then its text in runs of one ink."""
        start, stop = (int(at) for at in self._flow.first[line : line + 2])
        metrics = QFontMetricsF(painter.font())
        height = self._token_height
        base = top + (height + metrics.ascent() - metrics.descent()) / 2
        runs: list[tuple[float, QColor, list[str]]] = []
        for token in range(start, stop):
            left = PAD_PX + float(self._flow.left[token])
            word = self._word(token)
            if word:
                width = float(self._flow.widths[token])
                painter.fillRect(QRectF(left, top, width, height), QColor(word))
            ink = self._ink(token, word, colours)
            if not runs or runs[-1][1] is not ink or self._apart(token):
                runs.append((left, ink, []))
            runs[-1][2].append(self._texts[token])
        for left, ink, texts in runs:
            painter.setPen(ink)
            painter.drawText(QPointF(left, base), "".join(texts))
        if self._below is not None:
            font = painter.font()
            painter.setFont(below_font(self.font()))
            for token in range(start, stop):
                at = QPointF(PAD_PX + float(self._flow.left[token]), top + height)
                self._below.paint(painter, token, at, self.font(), colours)
            painter.setFont(font)

    def _apart(self, token: int) -> bool:
        """Whether a token does not begin where the one before it ends."""
        if not token:
            return False
        if self._below is not None:
            return True
        ends = self._flow.left[token - 1] + self._flow.widths[token - 1]
        return bool(abs(self._flow.left[token] - ends) > 0.1)

    def _word(self, token: int) -> int:
        at = token - self._start
        if self._words is None or not 0 <= at < len(self._words):
            return 0
        return int(self._words[at])

    def _ink(self, token: int, word: int, colours: Colours) -> QColor:
        if self._tokens[token] in BREAKS:
            return colours.muted
        if not word:
            return colours.text
        light = QColor(word).lightnessF()
        dark = colours.text.lightnessF() < 0.5
        readable = light > 0.5 if dark else light < 0.6
        return colours.text if readable else colours.background

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        token = self.token_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and token is not None:
            self.picked.emit(token)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        token = self.token_at(event.position().toPoint())
        text = "" if token is None else self.tip(token)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._lay_out()
