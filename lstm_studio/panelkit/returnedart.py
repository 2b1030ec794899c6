"""A drawing of layers and steps in which the cells that PyTorch returns are painted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lstm_studio.core.layers import Call, Layer
from lstm_studio.core.places import Place, place_of
from lstm_studio.panelkit.colours import Colours, colours, mix
from lstm_studio.panelkit.facts import name_text
from lstm_studio.panelkit.text import count_text, small

ROW_PX: Final = 22
HEAD_PX: Final = 18
GAP: Final = -1
"""A column that stands for all the steps between its neighbours."""
EACH_END: Final = 2
TENSORS: Final[Mapping[str, int]] = {"output": 0, "h_n": 1, "c_n": 2}
"""Curve colour of each tensor."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One module over one call.

    Attributes
    ----------
    rows
        Its layers, the last on top.
    steps
        Steps that have a column, or ``GAP``.
    places
        Where the call stands for each layer.
    """

    rows: tuple[Layer, ...] = ()
    steps: tuple[int, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    last_index: int = 0
    layer: str = ""
    step: int = 0

    def tensors(self, layer: Layer, step: int) -> tuple[str, ...]:
        """Return the tensors that hold the state of a layer at a step."""
        names = []
        if layer.cell or layer.index == self.last_index:
            names.append("output")
        place = self.places.get(layer.name)
        if place is not None and step == place.last:
            names.append("h_n")
            if layer.kind == "lstm":
                names.append("c_n")
        return tuple(names)


def columns(start: int, stop: int, step: int) -> tuple[int, ...]:
    """Return the steps to draw: both ends of the call and around the cursor."""
    wanted = {
        *range(start, min(start + EACH_END + 1, stop)),
        *range(max(stop - EACH_END, start), stop),
        *range(max(step - 1, start), min(step + 2, stop)),
    }
    ordered = sorted(wanted)
    found: list[int] = []
    for number in ordered:
        if found and number != found[-1] + 1:
            found.append(GAP)
        found.append(number)
    return tuple(found)


def drawing_of(
    layers: Sequence[Layer],
    layer: Layer,
    calls: Sequence[Call],
    step: int,
    sample: int,
) -> Drawing:
    """Return the drawing of the module of ``layer`` for the call at ``step``."""
    rows = [
        part
        for part in layers
        if part.module == layer.module and part.kind == layer.kind
    ]
    places = {
        part.name: place
        for part in rows
        if (place := place_of(part, calls, step, sample)) is not None
    }
    place = places.get(layer.name)
    if place is None:
        return Drawing()
    rows.sort(key=lambda part: (-part.index, part.direction == "reverse"))
    return Drawing(
        tuple(rows),
        columns(place.call.start, place.call.stop, step),
        places,
        max(part.index for part in rows),
        layer.name,
        step,
    )


class ReturnedArt(QWidget):
    """The drawing; a click on a cell picks its layer and step."""

    picked = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing = Drawing()
        self.setAccessibleName("States that PyTorch returns")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_drawing(self, drawing: Drawing) -> None:
        """Show another drawing."""
        if drawing != self.drawing:
            self.drawing = drawing
            self.setFixedHeight(HEAD_PX + ROW_PX * len(drawing.rows) + 6)
            self.setVisible(bool(drawing.rows))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def cell(self, row: int, column: int) -> QRectF:
        """Return where a cell is."""
        left = self._label_px() + 8
        room = max(self.width() - left - 8, 40)
        width = min(room / max(len(self.drawing.steps), 1), 64.0)
        return QRectF(left + column * width, HEAD_PX + row * ROW_PX, width, ROW_PX)

    def _label_px(self) -> float:
        metrics = self.fontMetrics()
        names = [_short(layer) for layer in self.drawing.rows]
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        return min(widest + 8.0, self.width() * 0.4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small(self.font()))
        theme = colours(self.palette())
        drawing = self.drawing
        for column, step in enumerate(drawing.steps):
            head = self.cell(0, column).adjusted(0, -HEAD_PX, 0, -ROW_PX)
            chosen = step == drawing.step
            painter.setPen(theme.text if chosen else theme.muted)
            text = "\u2026" if step == GAP else count_text(step)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, text)
        for row, layer in enumerate(drawing.rows):
            box = self.cell(row, 0)
            label = QRectF(8, box.top(), self._label_px() - 8, box.height())
            painter.setPen(theme.text if layer.name == drawing.layer else theme.muted)
            text = painter.fontMetrics().elidedText(
                _short(layer), Qt.TextElideMode.ElideLeft, int(label.width())
            )
            at = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(label, at, text)
            for column, step in enumerate(drawing.steps):
                self._paint_cell(painter, theme, row, column, step)
        painter.end()

    def _paint_cell(
        self, painter: QPainter, theme: Colours, row: int, column: int, step: int
    ) -> None:
        drawing, layer = self.drawing, self.drawing.rows[row]
        box = self.cell(row, column).adjusted(1.5, 1.5, -1.5, -1.5)
        tensors = drawing.tensors(layer, step)
        if step == GAP:
            if layer.index == drawing.last_index and not layer.cell:
                painter.fillRect(box.adjusted(0, 6, 0, -6), _tint(theme, "output"))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(theme.background, theme.faint, 0.5))
        if "output" in tensors:
            painter.setBrush(_tint(theme, "output"))
        painter.drawRoundedRect(box, 2, 2)
        marks = [name for name in ("h_n", "c_n") if name in tensors]
        for place, name in enumerate(marks):
            width = box.width() / 2 - 4
            left = box.left() + 3 + place * (width + 2)
            painter.setBrush(theme.curve(TENSORS[name]))
            painter.drawRect(QRectF(left, box.bottom() - 7, width, 5))
        if step == drawing.step and layer.name == drawing.layer:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.accent, 1.5))
            painter.drawRoundedRect(box, 2, 2)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        for row, layer in enumerate(self.drawing.rows):
            for column, step in enumerate(self.drawing.steps):
                if step != GAP and self.cell(row, column).contains(QPointF(at)):
                    self.picked.emit(layer.name, step)
                    return


def _tint(theme: Colours, tensor: str) -> QColor:
    return mix(theme.background, theme.curve(TENSORS[tensor]), 0.45)


def _short(layer: Layer) -> str:
    name = layer.name.removeprefix(f"{layer.module}.") or layer.name
    return name_text(name) or "model"
