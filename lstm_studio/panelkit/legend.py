"""The key of a line plot: name, colour and the value at the cursor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.text import LONGEST, small

LINE_PX: Final = 14
GAP_PX: Final = 18
PAD_PX: Final = 5
MOST_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the plot; ``removable`` entries have a cross at their end."""

    name: str
    colour: QColor
    value: str = ""
    removable: bool = False


class Legend(QWidget):
    """Entries side by side, in as many lines as they need; then a hint, whole."""

    clicked = Signal(int)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._hint = ""
        self._colours: Colours | None = None
        self._boxes: list[QRectF] = []
        self._hint_below = False
        self._hovered = -1
        self._indent = 0
        self._most = MOST_LINES
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def indent(self) -> int:
        """Pixels before the first entry."""
        return self._indent

    @indent.setter
    def indent(self, pixels: int) -> None:
        if pixels != self._indent:
            self._indent = pixels
            self._lay_out()

    def fit(self, pixels: int) -> None:
        """Take no more lines than fit in this height; the rest is in the tip."""
        most = min(max(int(pixels / self._line), 1), MOST_LINES)
        if most != self._most:
            self._most = most
            self._lay_out()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Entries that are shown."""
        return self._entries

    @property
    def hint(self) -> str:
        """Text after the entries."""
        return self._hint

    def show_entries(
        self, entries: Sequence[Entry], colours: Colours, hint: str = ""
    ) -> None:
        """Show other entries, or other values."""
        new = (tuple(entries), hint, colours)
        if new == (self._entries, self._hint, self._colours):
            return
        self._entries, self._hint, self._colours = new
        self.setAccessibleDescription(
            ", ".join(f"{entry.name} {entry.value}" for entry in entries) or hint
        )
        self._lay_out()
        self.update()

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(small(self.font()))

    @property
    def _line(self) -> float:
        """Height of a line."""
        return self._metrics.height() + 2 * 3

    @property
    def left_out(self) -> tuple[Entry, ...]:
        """Entries that there is no room for."""
        return tuple(
            entry
            for entry, box in zip(self._entries, self._boxes, strict=True)
            if box.isNull()
        )

    def _lay_out(self) -> None:
        metrics, height = self._metrics, self._line
        x, y, boxes = float(self.indent), 0.0, []
        for entry in self._entries:
            width = LINE_PX + PAD_PX + metrics.horizontalAdvance(entry.name)
            if entry.value:
                # Room for the longest value, so that entries do not dance.
                width += PAD_PX + max(
                    metrics.horizontalAdvance(entry.value),
                    metrics.horizontalAdvance(LONGEST),
                )
            width += 16 if entry.removable else 0
            if x > self.indent and x + width > self.width():
                x, y = float(self.indent), y + height
            boxes.append(QRectF(x, y, width, height))
            x += width + GAP_PX
        # Before it has its width it would ask for more lines than it needs, and
        # the window would give the panel that height for good.
        rows = round(y / height) + 1
        wide = x + metrics.horizontalAdvance(self._hint) + PAD_PX > self.width()
        self._hint_below = bool(boxes and self._hint) and wide and rows < self._most
        lines = min(rows + self._hint_below, self._most) if self.isVisible() else 1
        self._boxes = self._leave_out(boxes, lines * height)
        self.setToolTip("\n".join(f"{e.name} {e.value}" for e in self.left_out))
        self.setFixedHeight(int(lines * height) + 1)

    def _leave_out(self, boxes: list[QRectF], bottom: float) -> list[QRectF]:
        """Return the boxes, empty ones where there is no line or no room left."""
        shown = sum(box.top() < bottom - 1 for box in boxes)
        if shown == len(boxes):
            return boxes
        count = math.ceil(self._metrics.horizontalAdvance(f"+{len(boxes)}")) + 1
        room = self.width() - PAD_PX - count
        while shown > 1 and boxes[shown - 1].right() + GAP_PX > room:
            shown -= 1
        return [*boxes[:shown], *[QRectF() for _ in boxes[shown:]]]

    def sizeHint(self) -> QSize:
        return QSize(100, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        painter = QPainter(self)
        painter.setFont(small(self.font()))
        at_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for index, (entry, box) in enumerate(
            zip(self._entries, self._boxes, strict=True)
        ):
            if box.isNull():
                break
            painter.setPen(QPen(entry.colour, 2))
            middle = int(box.center().y()) + 0.5
            painter.drawLine(
                QPointF(box.left(), middle), QPointF(box.left() + LINE_PX - 2, middle)
            )
            painter.setPen(self._colours.muted)
            rest = box.adjusted(LINE_PX + PAD_PX - 2, 0, 0, 0)
            painter.drawText(rest, at_left, entry.name)
            painter.setPen(self._colours.text)
            name = self._metrics.horizontalAdvance(entry.name)
            painter.drawText(
                rest.adjusted(name + PAD_PX, 0, 0, 0), at_left, entry.value
            )
            if entry.removable:
                hovered = index == self._hovered
                painter.setPen(self._colours.text if hovered else self._colours.muted)
                painter.drawText(
                    box,
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    "\u00d7",
                )
        self._paint_hint(painter)
        painter.end()

    def _paint_hint(self, painter: QPainter) -> None:
        left_out = len(self.left_out)
        hint = f"+{left_out}" if left_out else self._hint
        if not hint or self._colours is None:
            return
        shown = self._boxes[: len(self._boxes) - left_out]
        right = shown[-1].right() + GAP_PX if shown else float(self.indent)
        top = shown[-1].top() if shown else 0.0
        if self._hint_below and not left_out:
            right, top = float(self.indent), shown[-1].bottom()
        box = QRectF(
            right, top, self.width() - right - PAD_PX, self._metrics.height() + 6
        )
        painter.setPen(self._colours.muted)
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            self._metrics.elidedText(hint, Qt.TextElideMode.ElideMiddle, box.width()),
        )

    def box(self, index: int) -> QRectF:
        """Return where an entry is."""
        return self._boxes[index]

    def cross(self, index: int) -> QRectF:
        """Return where the cross of an entry is."""
        box = self._boxes[index]
        return QRectF(box.right() - 16, box.top(), 16, box.height())

    def _index_at(self, at: QPointF) -> int:
        return next((i for i, box in enumerate(self._boxes) if box.contains(at)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._index_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._entries[index].removable and self.cross(index).contains(
            event.position()
        ):
            self.removed.emit(index)
        else:
            self.clicked.emit(index)
