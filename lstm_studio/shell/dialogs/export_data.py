"""Asks which streams of which layers are saved as numbers, and in which form."""

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.extras import EXTRAS
from lstm_studio.core.recording import Recording
from lstm_studio.core.view import Part, View
from lstm_studio.export.selection import Selection
from lstm_studio.shell.dialogs.choiceform import choice, line, number
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

FORMS: Final = {
    "npz": "NumPy archive (.npz), an array for each stream",
    "npy": "NumPy array (.npy), one stream",
    "csv": "Table of text (.csv), a column for each unit",
    "parquet": "Table (.parquet), a column for each unit",
    "safetensors": "Tensors (.safetensors), one for each stream",
    "h5": "HDF5 (.h5), a dataset for each stream",
    "zarr": "Zarr store (.zarr), an array for each stream",
}
LIBRARIES: Final = {"parquet": "pyarrow", "h5": "h5py", "zarr": "zarr"}
SIZE: Final = (560, 600)


class ExportDataDialog(QDialog):
    """Layers and their streams, a span of steps, units, a sample, and a form."""

    chosen = Signal(list, str)
    """The selections, and the ending of the file."""

    def __init__(
        self, recording: Recording, view: View, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export_data")
        self.setWindowTitle("Export data")
        self.resize(*SIZE)
        self._recording = recording
        self._view = view
        self._steps = max(map(recording.length, recording.layers), default=0)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName("Layers and their streams")
        self.tree.setHeaderLabels(["Layer and stream", "Units"])
        self._fill()
        self.span = choice("Which steps are saved", {})
        first, last = view.span
        if (first, last) != (0, self._steps):
            seen = f"What is on screen: {grouped(first)} to {grouped(last - 1)}"
            self.span.addItem(seen, "screen")
        self.span.addItem(f"All {grouped(self._steps)} steps", "all")
        self.span.addItem("From … to …", "some")
        most = max(self._steps - 1, 0)
        self.first = number("First step", 0, most, first)
        self.last = number("Last step", 0, most, max(last - 1, 0))
        self.units = line("Units to save", "All of them; or 0, 5-9")
        most = max(recording.samples - 1, 0)
        self.sample = number("Sample to save", 0, most, view.sample)
        self.form = _forms()
        self.said = QLabel(self)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self._lay_out()
        self.tree.itemChanged.connect(self._say)
        self.span.currentIndexChanged.connect(self._say)
        self.form.currentIndexChanged.connect(self._say)
        self.units.textChanged.connect(self._say)
        for box in (self.first, self.last, self.sample):
            box.valueChanged.connect(self._say)
        self._say()

    def _lay_out(self) -> None:
        self.rows = QFormLayout()
        self.rows.setHorizontalSpacing(4 * GRID)
        self.rows.setVerticalSpacing(2 * GRID)
        self.rows.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self.ends = QWidget(self)
        row = QHBoxLayout(self.ends)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.first, 1)
        row.addWidget(QLabel("to", self))
        row.addWidget(self.last, 1)
        self.rows.addRow("&Steps", self.span)
        self.rows.addRow("", self.ends)
        self.rows.addRow("&Units", self.units)
        self.rows.addRow("S&ample", self.sample)
        self.rows.addRow("&Form", self.form)
        self.rows.setRowVisible(self.sample, self._recording.samples > 1)
        buttons = QDialogButtonBox(self)
        self.save: QPushButton = buttons.addButton(
            "Save…", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_save)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(self.tree, 1)
        column.addLayout(self.rows)
        column.addWidget(self.said)
        column.addWidget(buttons)

    def _fill(self) -> None:
        chosen = self._view.layer
        for name, layer in self._recording.layers.items():
            top = QTreeWidgetItem([name, ""])
            # Ticking a layer ticks its streams, and they show in it.
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsAutoTristate)
            self.tree.addTopLevelItem(top)
            for stream in self._recording.streams(name):
                row = QTreeWidgetItem([stream, grouped(layer.width(stream))])
                row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = name == chosen and stream == self._view.stream(layer)
                row.setCheckState(
                    0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
                )
                top.addChild(row)
                if on:
                    self.tree.setCurrentItem(row)
            top.setExpanded(name == chosen)
        self.tree.resizeColumnToContents(0)

    def take(self, part: Part) -> None:
        """Choose a part that was marked elsewhere."""
        on, off = Qt.CheckState.Checked, Qt.CheckState.Unchecked
        for name, row in self._rows():
            ticked = (name, row.text(0)) == (part.layer, part.stream)
            row.setCheckState(0, on if ticked else off)
        self.span.setCurrentIndex(self.span.findData("some"))
        self.first.setValue(part.steps[0])
        self.last.setValue(part.steps[1] - 1)
        every = range(self._recording.layers[part.layer].width(part.stream))
        if part.units != tuple(every):
            self.units.setText(", ".join(map(str, part.units)))

    @property
    def steps(self) -> tuple[int, int]:
        """The first step, and the one after the last."""
        match self.span.currentData():
            case "screen":
                return self._view.span
            case "some":
                return self.first.value(), self.last.value() + 1
        return 0, self._steps

    @property
    def selections(self) -> list[Selection]:
        """What is ticked."""
        start, stop = self.steps
        units, sample = _units(self.units.text()), self.sample.value()
        return [
            Selection(name, row.text(0), start, stop, units, sample)
            for name, row in self._rows()
            if row.checkState(0) == Qt.CheckState.Checked
        ]

    def _rows(self) -> Iterator[tuple[str, QTreeWidgetItem]]:
        """Give the rows of the streams, each with the name of its layer."""
        walk = QTreeWidgetItemIterator(self.tree)
        while (row := walk.value()) is not None:
            if (layer := row.parent()) is not None:
                yield layer.text(0), row
            walk += 1

    def _say(self) -> None:
        self.rows.setRowVisible(self.ends, self.span.currentData() == "some")
        refusal = self._refusal()
        self.save.setEnabled(not refusal)
        self.said.setText(refusal or self._foretold())

    def _refusal(self) -> str:
        form = self.form.currentData()
        library = LIBRARIES.get(form, "")
        if library and importlib.util.find_spec(library) is None:
            return (
                f"This form takes the library {library}, which is not installed here. "
                f'Install it: pip install "lstm-studio[{EXTRAS[library]}]"'
            )
        start, stop = self.steps
        if start >= stop:
            return "The last step comes before the first."
        try:
            selections = self.selections
        except ValueError:
            return "The units are written as numbers: 0, 5-9."
        if not selections:
            return "Tick at least one stream."
        if form == "npy" and len(selections) > 1:
            return "A .npy file holds one array: tick one stream, or choose .npz."
        wide = self._recording.layers
        for one in selections:
            width = wide[one.layer].width(one.stream)
            if one.units and max(one.units) >= width:
                return f"{one.layer} has {width} units of {one.stream}, from 0."
        return ""

    def _foretold(self) -> str:
        selections, (start, stop) = self.selections, self.steps
        layers = self._recording.layers
        values = (stop - start) * sum(
            len(one.units or range(layers[one.layer].width(one.stream)))
            for one in selections
        )
        arrays = f"{len(selections)} stream{'s' * (len(selections) != 1)}"
        return (
            f"{arrays} over {grouped(stop - start)} steps: {grouped(values)} numbers, "
            "with names, steps and origin."
        )

    def _on_save(self) -> None:
        self.accept()
        self.chosen.emit(self.selections, self.form.currentData())


def _forms() -> QComboBox:
    return choice("Form of the file", FORMS)


def _units(text: str) -> tuple[int, ...] | None:
    """Return the units of ``0, 5-9``, None where nothing is written."""
    found: list[int] = []
    parts: Sequence[str] = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        first, dash, last = part.partition("-")
        found.extend(range(int(first), int(last if dash else first) + 1))
    return tuple(found) if parts else None
