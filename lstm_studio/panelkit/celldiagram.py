"""The cell as a diagram: what comes in, the gates with their parts, what goes out."""

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lstm_studio.panelkit.cellpaint import paint_cell
from lstm_studio.panelkit.cellplan import Part, Plan, keys_of, plan_of
from lstm_studio.panelkit.cellwords import meaning, worked_out
from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.inspection import Inspection
from lstm_studio.panelkit.listing import plain_tip
from lstm_studio.panelkit.text import MINUS, count_text, small

LEAST_SCALE: Final = 0.7
"""How much smaller than planned the drawing becomes in a narrow dock."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the diagram shows.

    Attributes
    ----------
    entry, entry_tip
        What the input is, short and in words.
    """

    seen: Inspection
    stream: str
    entry: str
    entry_tip: str


class CellDiagram(QWidget):
    """Draws one unit at one step; a click chooses a stream, keys walk over the parts.

    Attributes
    ----------
    numbers
        Of every part, by its key.
    """

    chosen = Signal(str)
    """The stream of what was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Shown | None = None
        self.numbers: dict[str, float] = {}
        self._plan = Plan()
        self._planned: tuple[object, ...] = ()
        self._hovered = ""
        self._key = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Diagram of the cell")
        self.hide()

    # What is shown

    def show_cell(self, shown: Shown | None) -> None:
        """Show other numbers, or none at all."""
        if shown == self.shown:
            return
        self.shown = shown
        if shown is not None:
            self.numbers = worked_out(shown.seen.layer, shown.seen.numbers)
        self._take_plan()
        self._describe()
        self.update()

    @property
    def plan(self) -> Plan:
        """Where everything is, in the pixels of the plan."""
        return self._plan

    def _take_plan(self) -> None:
        layer = None if self.shown is None else self.shown.seen.layer
        wanted = (layer, self.width(), self.font().toString())
        if wanted == self._planned:
            return
        self._planned = wanted
        self._plan = Plan()
        if layer is not None:
            self._plan = plan_of(layer, small(self.font()), self.width())
        self.setFixedHeight(math.ceil(self._plan.height * self.scale) or 1)
        self.setVisible(bool(self._plan.parts))

    @property
    def scale(self) -> float:
        """Pixels of the widget for one of the plan."""
        if not self._plan.width:
            return 1.0
        return min(max(self.width() / self._plan.width, LEAST_SCALE), 1.0)

    @property
    def _offset(self) -> float:
        return max((self.width() - self._plan.width * self.scale) / 2, 0.0)

    def rect_of(self, key: str) -> QRectF:
        """Return where a part is in the widget."""
        rect = next(part.rect for part in self._plan.parts if part.key == key)
        at = rect.topLeft() * self.scale + QPointF(self._offset, 0)
        return QRectF(at, rect.size() * self.scale)

    def part_at(self, at: QPointF) -> Part | None:
        """Return the part under a place: the innermost where several are."""
        inner = (at - QPointF(self._offset, 0)) / self.scale
        found = [part for part in self._plan.parts if part.rect.contains(inner)]
        return min(
            found, key=lambda part: part.rect.width() * part.rect.height(), default=None
        )

    def sizeHint(self) -> QSize:
        return QSize(280, math.ceil(self._plan.height * self.scale))

    # Words

    def text_of(self, key: str) -> str:
        """Return what a part is and its number, in words."""
        if self.shown is None:
            return ""
        if key == "x":
            return self.shown.entry_tip
        seen = self.shown.seen
        lines = [meaning(seen.layer, key)]
        if (value := self.numbers.get(key)) is not None:
            lines.insert(0, f"{_sign(key)} = {value:.7g}")
        elif key == "h":
            lines.append(f"h has {seen.layer.sizes.state} units: this is not one")
        if seen.of_step is not None:
            lines.append(f"of step {count_text(seen.of_step)}; the next is being read")
        return "\n".join(line for line in lines if line)

    def _describe(self) -> None:
        if self.shown is None:
            self.setAccessibleDescription("")
            return
        if self._key:
            self.setAccessibleDescription(self.text_of(self._key))
            return
        told = ("h_prev", "c_prev", *self.shown.seen.layer.streams)
        self.setAccessibleDescription(
            ", ".join(
                f"{_sign(key)} {self.numbers[key]:.4g}"
                for key in told
                if key in self.numbers
            )
        )

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shown is None:
            return
        of_step = self.shown.seen.of_step
        stale = "" if of_step is None else f"of step {count_text(of_step)}"
        painter = QPainter(self)
        painter.translate(self._offset, 0)
        painter.scale(self.scale, self.scale)
        painter.setFont(small(self.font()))
        marked = self._key if self.hasFocus() else ""
        paint_cell(
            painter,
            self._plan,
            self.numbers,
            colours(self.palette()),
            {"x": self.shown.entry, "chosen": self.shown.stream, "stale": stale},
            hovered=self._hovered,
            marked=marked,
        )
        painter.end()

    # The mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        part = self.part_at(event.position())
        key = "" if part is None else part.key
        if key != self._hovered:
            self._hovered = key
            self.update()
        picks = part is not None and bool(part.stream)
        shape = (
            Qt.CursorShape.PointingHandCursor if picks else Qt.CursorShape.ArrowCursor
        )
        self.setCursor(shape)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = ""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        part = self.part_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and part is not None:
            self._choose(part)

    def _choose(self, part: Part) -> None:
        self._mark(part.key)
        if part.stream:
            self.chosen.emit(part.stream)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            part = self.part_at(QPointF(event.pos()))
            text = "" if part is None else self.text_of(part.key)
            QToolTip.showText(event.globalPos(), plain_tip(text), self)
            return True
        return super().event(event)

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self._walk(-1)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self._walk(1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._key:
            for part in self._plan.parts:
                if part.key == self._key:
                    self._choose(part)
                    break
        else:
            super().keyPressEvent(event)

    def _walk(self, by: int) -> None:
        keys = keys_of(self._plan.parts)
        if keys:
            at = keys.index(self._key) + by if self._key in keys else 0
            self._mark(keys[at % len(keys)])

    def _mark(self, key: str) -> None:
        self._key = key
        self._describe()
        self.update()

    def _copy(self) -> None:
        value = self.numbers.get(self._key)
        if value is not None:
            QGuiApplication.clipboard().setText(repr(value))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._take_plan()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._take_plan()


def _sign(key: str) -> str:
    """Return how a number is written."""
    known = {
        "h_prev": "h₋₁",
        "c_prev": "c₋₁",
        "kept": "kept",
        "written": "written",
        "squashed": "tanh(c)",
        "shown": "o·tanh(c)",
        "rest": f"1 {MINUS} z",
    }
    gate, found, part = key.partition("_pre_")
    return f"{gate} {part}" if found else known.get(key, key.removesuffix("_pre"))
