"""What the model is made of: its layers, and what is fed to them."""

from typing import ClassVar, Final

import numpy as np
from PySide6.QtCore import QElapsedTimer, QSignalBlocker, Qt
from PySide6.QtWidgets import QSplitter, QTreeWidgetItem, QVBoxLayout, QWidget

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.core.summary import Part
from lstm_studio.panelkit.facts import (
    call_lines,
    damage_lines,
    model_lines,
    sequence_lines,
)
from lstm_studio.panelkit.inspection import RecentCalls
from lstm_studio.panelkit.layertree import (
    LAYER_ROLE,
    MODULE_ROLE,
    SPARK_PX,
    Activity,
    LayerTree,
)
from lstm_studio.panelkit.lineview import LineView
from lstm_studio.panelkit.listing import Line
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.selection import quiet_selection
from lstm_studio.session.session import Session

REDRAW_MS: Final = 400
"""How often the curves follow a run: each looks at the whole of its layer."""


class LayersPanel(Panel):
    """The layers of the model or recording, its sequence and its calls."""

    id: ClassVar[str] = "layers"
    title: ClassVar[str] = "Layers"
    help: ClassVar[str] = (
        "Click a layer to look at it; its curve is the mean size of h over the steps. "
        "Tick another module to record its output with the next run. Below is what was "
        "recognised in the file, what was not, and why."
    )
    area: ClassVar[Area] = "left"
    blind_to: ClassVar[frozenset[str]] = frozenset(
        {"span", "step", "unit", "streams", "pins", "follow"}
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tree = LayerTree()
        self.lines = LineView()
        self.lines.setAccessibleName("Sequence, calls and model")
        self._recent = RecentCalls()
        self._since_curves = QElapsedTimer()
        self._drawn: dict[str, StepBlock] = {}
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.tree)
        split.addWidget(self.lines)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.addWidget(split)
        self.tree.currentItemChanged.connect(self._on_tree_current_changed)
        self.tree.itemChanged.connect(self._on_tree_item_changed)

        self.recolour()

    def recolour(self) -> None:
        quiet_selection(self.tree, self.colours)

    def refresh(self) -> None:
        session = self.session
        with QSignalBlocker(self.tree):
            self.tree.show_layers(self._layers(), self._others(), self._parts())
            self.tree.mark_watched(session.watched)
            self.tree.choose(session.view.layer)
        self._draw_curves()
        self.lines.show_lines(self._facts())

    def _layers(self) -> dict[str, Layer]:
        """Return the layers that run, before a run those that the model declares.

        A large file shows what is in it before its weights are read.
        """
        coming, model = self.session.coming, self.session.model
        if coming is None and self.session.extent.layers:
            return dict(self.session.extent.layers)
        declared = coming or model
        return {layer.name: layer for layer in declared.layers} if declared else {}

    def _others(self) -> tuple[str, ...]:
        # Those of a model that is on its way cannot be ticked yet.
        model = None if self.session.coming else self.session.model
        return () if model is None else model.modules

    def _parts(self) -> tuple[Part, ...]:
        model = self.session.coming or self.session.model
        return () if model is None else model.parts

    def _facts(self) -> list[Line]:
        session = self.session
        lines = [*damage_lines(session), *sequence_lines(session)]
        layer, recording = session.view.layer, session.recording
        if recording is not None and layer is not None and layer in recording.layers:
            lines += call_lines(self._recent.of(recording, layer), layer)
        lines += model_lines(session)
        if session.coming is not None:
            lines.append(Line("note", "Its weights are being read."))
        return lines

    def _draw_curves(self) -> None:
        session = self.session
        since = self._since_curves
        soon = since.isValid() and since.elapsed() < REDRAW_MS
        if session.busy and soon and session.coming is None:
            return
        since.start()
        blocks = {}
        layers = {} if session.coming else session.extent.layers
        for name, layer in layers.items():
            block = session.picture(
                name, layer.streams[0], (0, session.extent.steps), SPARK_PX // 2
            )
            if block is not None and len(block.low):
                blocks[name] = block
        # A cursor that moves changes no curve.
        if [*map(id, blocks.values())] != [*map(id, self._drawn.values())]:
            self._drawn = blocks
            self.tree.activities = {n: activity(b) for n, b in blocks.items()}
            self.tree.viewport().update()

    def _on_tree_current_changed(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(0, LAYER_ROLE) if item is not None else None
        if name is not None:
            self.session.look(layer=name)

    def _on_tree_item_changed(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, MODULE_ROLE)
        if name is not None:
            self.session.watch(name, item.checkState(0) == Qt.CheckState.Checked)


def activity(block: StepBlock) -> Activity:
    """Return the mean over units of the size of each column."""
    sizes = np.fmax(np.abs(block.low), np.abs(block.high))
    known = np.isfinite(sizes)
    total = np.where(known, sizes, 0).sum(axis=1)
    count = known.sum(axis=1)
    mean: Activity = np.full(len(total), np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
