"""Every number of the chosen unit at the chosen step: diagram, equation, names."""

from typing import ClassVar, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.equations import equations
from lstm_studio.core.expressions import layout_of
from lstm_studio.core.scripts import record_script, torch_script
from lstm_studio.panelkit.celldiagram import CellDiagram, Shown
from lstm_studio.panelkit.entry import entry_of
from lstm_studio.panelkit.inspection import (
    Inspection,
    LastKnown,
    RecentCalls,
    inspect,
)
from lstm_studio.panelkit.inspectionlines import Scale, inspection_lines
from lstm_studio.panelkit.lineview import COPIED_MS, LineView
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.readout import Readout
from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.panelkit.text import token_text
from lstm_studio.session.session import Session

LEAST_REST_PX: Final = 240
"""Height that the picks, the lines and the buttons keep beside the diagram."""


class InspectorPanel(Panel):
    """Numbers, equation and PyTorch's names of what was picked."""

    id: ClassVar[str] = "inspector"
    title: ClassVar[str] = "Inspector"
    help: ClassVar[str] = (
        "Every number of the chosen unit at the chosen step: the cell as a diagram, "
        "then line by line. Click a gate to see its stream everywhere; click a line "
        "and press Ctrl+C, or double-click it, to copy it."
    )
    area: ClassVar[Area] = "right"
    blind_to: ClassVar[frozenset[str]] = frozenset({"span", "pins", "follow"})
    height_hint: ClassVar[int] = 560

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._scale = Scale()
        self._recent = RecentCalls()
        self._known = LastKnown()
        self._seen: Inspection | None = None
        self._stream = ""
        self.layer = QComboBox()
        self.unit, self.step, self.sample = SpinBox(), SpinBox(), SpinBox()
        self.diagram = CellDiagram()
        self.lines = LineView()
        self.as_torch = QPushButton("PyTorch")
        self.as_record = QPushButton("record()")
        self.as_latex = QPushButton("LaTeX")
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(COPIED_MS)
        self._told.timeout.connect(self.request_refresh)
        self._copy_what = Readout(self, Qt.AlignmentFlag.AlignLeft)
        self._lay_out()
        self._name()
        self.layer.activated.connect(self._on_layer_activated)
        self.unit.valueChanged.connect(self._on_unit_changed)
        self.step.valueChanged.connect(self._on_step_changed)
        self.sample.valueChanged.connect(self._on_sample_changed)
        self.lines.chosen.connect(self._on_line_chosen)
        self.diagram.chosen.connect(self._on_diagram_chosen)
        self.as_torch.clicked.connect(self.copy_torch)
        self.as_record.clicked.connect(self.copy_record)
        self.as_latex.clicked.connect(self.copy_latex)

    def _lay_out(self) -> None:
        policy = QSizePolicy.Policy.Ignored
        self.layer.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 6)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.setContentsMargins(8, 0, 8, 0)
        top.addWidget(self.layer)
        layout.addLayout(top)
        picks = QHBoxLayout()
        picks.setContentsMargins(8, 0, 8, 0)
        picks.setSpacing(4)
        self._sample_label = QLabel("sample")
        for text, spin in (
            (QLabel("unit"), self.unit),
            (QLabel("step"), self.step),
            (self._sample_label, self.sample),
        ):
            text.setBuddy(spin)
            spin.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
            spin.setMinimumWidth(48)
            spin.setKeyboardTracking(False)
            spin.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            picks.addWidget(text)
            picks.addWidget(spin, 1)
        layout.addLayout(picks)
        layout.addWidget(self.diagram)
        layout.addWidget(self.lines, 1)
        copies = QHBoxLayout()
        copies.setContentsMargins(8, 0, 8, 0)
        copies.setSpacing(4)
        copies.addWidget(self._copy_what, 1)
        for button in (self.as_torch, self.as_record, self.as_latex):
            # As little as the words need, outside of a dock too.
            button.setStyleSheet("padding: 3px 8px")
            copies.addWidget(button)
        layout.addLayout(copies)
        # At once: the window takes its least width from them.
        self.recolour()

    def recolour(self) -> None:
        for button in (self.as_torch, self.as_record, self.as_latex):
            width = button.fontMetrics().horizontalAdvance(button.text()) + 20
            button.setFixedWidth(width)

    def _name(self) -> None:
        self.layer.setAccessibleName("Layer")
        self.unit.setAccessibleName("Unit")
        self.step.setAccessibleName("Step")
        self.sample.setAccessibleName("Sample")
        self.lines.setAccessibleName("Numbers of the chosen unit")
        self.as_torch.setToolTip(
            "Copy a script in plain PyTorch that gives this stream"
        )
        self.as_record.setToolTip("Copy a script with lstm_studio.record")
        self.as_latex.setToolTip("Copy the equations with their numbers as LaTeX")

    # What is shown

    @property
    def stream(self) -> str:
        """Stream that is copied and named: of the chosen line, else of the map."""
        seen = self._seen
        if seen is None:
            return ""
        if self._stream in seen.layer.streams:
            return self._stream
        return self.session.view.stream(seen.layer)

    def refresh(self) -> None:
        seen = inspect(self.session, self._recent)
        self._seen = seen and self._known.instead(self.session, seen)
        self._show_picks()
        self._show_diagram()
        self.lines.show_lines(
            inspection_lines(self.session, self._seen, self.stream, self._scale)
        )
        if not self._told.isActive():
            what = f"Copy {self.stream} as" if self.stream else ""
            self._copy_what.show_text(what, "")
        for button in (self.as_torch, self.as_record, self.as_latex):
            button.setEnabled(self._seen is not None)

    def _show_diagram(self) -> None:
        seen = self._seen
        if seen is None or not seen.numbers_expected:
            self.diagram.show_cell(None)
            return
        entry, about = entry_of(self.session, seen)
        self.diagram.show_cell(Shown(seen, self.stream, entry, about))
        # The lines keep room to be read, where the dock is low.
        room = self.height() - self.diagram.height()
        self.diagram.setVisible(self.diagram.height() > 1 and room >= LEAST_REST_PX)

    def _show_picks(self) -> None:
        view, extent = self.session.view, self.session.extent
        names = list(extent.layers)
        with QSignalBlocker(self.layer):
            if [self.layer.itemData(row) for row in range(self.layer.count())] != names:
                self.layer.clear()
                for name in names:
                    self.layer.addItem(token_text(name) or "(the model itself)", name)
            self.layer.setCurrentIndex(
                names.index(view.layer) if view.layer in names else -1
            )
        layer = extent.layers.get(view.layer or "")
        units = 1 if layer is None else layer.sizes.hidden or layer.sizes.state
        for spin, value, count in (
            (self.unit, view.unit, units),
            (self.step, view.step, extent.steps),
            (self.sample, view.sample, extent.samples),
        ):
            last = max(count - 1, 0)
            if spin is self.step and self.session.busy:
                # A run goes on: not another range with each frame.
                last = (1 << last.bit_length()) - 1
            with QSignalBlocker(spin):
                # Each range, also the same one, lets the window be laid out again.
                if spin.maximum() != last:
                    spin.setRange(0, last)
                spin.setValue(value)
            spin.setEnabled(layer is not None)
        for widget in (self._sample_label, self.sample):
            widget.setVisible(extent.samples > 1)
        self.layer.setEnabled(bool(names))

    def lay_bare(self) -> None:
        super().lay_bare()
        self._copy_what.hide()

    # What the user does

    def _on_layer_activated(self, row: int) -> None:
        self.session.look(layer=self.layer.itemData(row))

    def _on_unit_changed(self, unit: int) -> None:
        self.session.look(unit=unit)

    def _on_step_changed(self, step: int) -> None:
        self.session.look(step=step)

    def _on_sample_changed(self, sample: int) -> None:
        self.session.look(sample=sample)

    def _on_line_chosen(self, stream: str) -> None:
        if stream != self._stream:
            self._stream = stream
            self.request_refresh()

    def _on_diagram_chosen(self, stream: str) -> None:
        seen = self._seen
        if seen is not None and stream in seen.layer.streams:
            self._stream = stream
            streams = {**self.session.view.streams, seen.layer.name: stream}
            self.session.look(streams=streams)
            self.request_refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.request_refresh()

    def copy_torch(self) -> None:
        """Copy the stream as a script in plain PyTorch."""
        seen = self._seen
        if seen is None:
            return
        layers = self.session.extent.layers.values()
        layout = layout_of(seen.layer, layers)
        sample = self.session.view.sample
        self._copy(torch_script(seen.layer, layout, self.stream, seen.calls, sample))

    def copy_record(self) -> None:
        """Copy the stream as a script with ``lstm_studio.record``."""
        if self._seen is not None:
            sample = self.session.view.sample
            self._copy(record_script(self._seen.layer, self.stream, sample))

    def copy_latex(self) -> None:
        """Copy the equations with their numbers, one to a line."""
        if self._seen is not None:
            late = self._seen.of_step is not None
            lines = equations(self._seen.layer, {} if late else self._seen.numbers)
            self._copy(" \\\\\n".join(line.latex for line in lines))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        count = len(text.strip().splitlines())
        self._copy_what.show_text(f"Copied {count} line{'s' * (count != 1)}", "")
        self._told.start()
