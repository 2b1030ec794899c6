"""Which of all states PyTorch returns, and in tensors of which shape."""

from collections.abc import Iterator
from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QWidget

from lstm_studio.core.expressions import layout_of
from lstm_studio.core.returned import Returned, returned
from lstm_studio.panelkit.inspection import RecentCalls
from lstm_studio.panelkit.lineview import LineView
from lstm_studio.panelkit.listing import Line
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.returnedart import TENSORS, Drawing, ReturnedArt, drawing_of
from lstm_studio.session.session import Session

SIDE_BY_SIDE_PX: Final = 620
LEAST_LINES_PX: Final = 60
"""Height that the lines must have below the drawing."""


class ReturnedPanel(Panel):
    """The cells of layers and steps that are output, h_n and c_n."""

    id: ClassVar[str] = "returned"
    title: ClassVar[str] = "What PyTorch returns"
    help: ClassVar[str] = (
        "The states that the module returns are painted: output over the steps, h_n "
        "and c_n at the end. All others stay inside; a click on a cell shows them."
    )
    area: ClassVar[Area] = "bottom"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.art = ReturnedArt()
        self.lines = LineView()
        self.lines.setAccessibleName("What PyTorch returns")
        self._recent = RecentCalls()
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 4, 0, 4)
        self._box.setSpacing(0)
        # In a low dock the rows are scrolled, and never lie below the lines.
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setWidget(self.art)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._box.addWidget(self._scroll)
        self._box.addWidget(self.lines, 1)
        self.art.picked.connect(self._on_art_picked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._divide()

    def _divide(self) -> None:
        """Put drawing and lines beside or below each other, as there is room."""
        low = self.height() < self.art.sizeHint().height() + LEAST_LINES_PX
        wide = self.width() >= SIDE_BY_SIDE_PX or low
        direction = QBoxLayout.Direction
        self._box.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        self._box.setStretch(0, 1 if wide else 0)
        most = self.art.sizeHint().height() + 2
        self._scroll.setMaximumHeight(16_777_215 if wide else most)

    def refresh(self) -> None:
        session, recording = self.session, self.session.recording
        view = session.view
        layer = session.extent.layers.get(view.layer or "")
        if recording is None or layer is None:
            self.art.show_drawing(Drawing())
            self.lines.show_lines([Line("note", "Run a model to see what it returns.")])
            return
        if layer.kind == "module":
            self.art.show_drawing(Drawing())
            text = "A watched module: its whole output is recorded."
            self.lines.show_lines([Line("note", text)])
            return
        layers = list(session.extent.layers.values())
        calls = self._recent.of(recording, layer.name)
        # All layers of a module are called together.
        drawing = drawing_of(layers, layer, calls, view.step, view.sample)
        self.art.show_drawing(drawing)
        self._divide()
        place = drawing.places.get(layer.name)
        steps = 0 if place is None else place.call.stop - place.call.start
        layout = layout_of(layer, layers)
        tensors = returned(layout, steps, session.extent.samples)
        lines = [line for tensor in tensors for line in _lines(tensor)]
        if not layout.cell and layout.batch_first is None:
            text = "with batch_first=True, batch is the first axis of output"
            lines.append(Line("note", text))
        self.lines.show_lines(lines)

    def _on_art_picked(self, layer: str, step: int) -> None:
        self.session.look(layer=layer, step=step)


def _lines(tensor: Returned) -> Iterator[Line]:
    shape = f"({', '.join(map(str, tensor.shape))})"
    colour = TENSORS.get(tensor.name, TENSORS["h_n"])
    axes = ", ".join(tensor.axes)
    yield Line(
        "key", shape, label=tensor.name, colour=colour, copy=shape, tip=tensor.about
    )
    yield Line("note", f"  ({axes}): {tensor.about}", copy=f"({axes})")
