"""The page of the sequence dialog for files: what is in one, and what to take of it."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QWidget,
)

from lstm_studio.core.found import Found
from lstm_studio.core.summary import InputNeeds
from lstm_studio.shell.dialogs.choiceform import ChoiceForm, PathField, choice, line
from lstm_studio.shell.peek import peek
from lstm_studio.shell.theme import GRID

FILTER: Final = (
    "Sequences (*.npy *.npz *.pt *.safetensors *.csv *.tsv *.parquet *.h5 *.hdf5 *.txt "
    "*.wav *.flac *.ogg *.mp3 zarr.json);;Arrays (*.npy *.npz *.pt *.safetensors *.h5 "
    "*.hdf5 zarr.json);;Tables (*.csv *.tsv *.parquet);;Text (*.txt);;"
    "Sound (*.wav *.flac *.ogg *.mp3);;All files (*)"
)
AXES: Final = {
    "": "As they fit the model",
    "step,feature": "step, feature",
    "feature,step": "feature, step",
    "sample,step,feature": "sample, step, feature",
    "step,sample,feature": "step, sample, feature",
    "sample,step": "sample, step",
    "step": "step",
}
WAYS: Final = {
    "": "As the model wants it",
    "none": "Not at all",
    "data": "By mean and deviation of the sequence itself",
    "file": "By the figures in a file",
    "given": "By the figures below",
}
FOUND: Final = {"": "As found in the file"}
UNKNOWN: Final = {"": "Say which they are", "skip": "Leave out", "replace": "Replace"}
SPLITS: Final = {
    "": "As the vocabulary is",
    "characters": "Characters",
    "words": "Words",
}
LIST_HEIGHT: Final = 120
LEAST_WIDTH: Final = 80
MORE: Final = (
    *("names", "rate", "samples", "lengths", "sample_column", "header", "delimiter"),
    *("decimal", "read_as"),
)
"""Choices that are seldom needed, shown when they are asked for."""


class FilePage(ChoiceForm):
    """A file, what it holds, and what it cannot tell."""

    def __init__(
        self, needs: InputNeeds, path: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._needs = needs
        self._found = Found("", "")
        self.path = PathField(
            "Path of the file", "Choose a file", "Open sequence", FILTER
        )
        self.form.addRow("&File", self.path)
        self.shape = self.say()
        self.array = choice("Array of the file", FOUND)
        self.add("array", "A&rray", self.array)
        self.columns = line("Columns in the order of the model", "All of them")
        self.add("columns", "&Columns", self.columns)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Columns of the file")
        self.form.addRow("", self.list)
        self.fit = self.say()
        self.add("axes", "&Axes", choice("Axes of the array", AXES))
        self.add("window", "&Window", line("Samples per window", "As the model takes"))
        self.add("hop", "&Hop", line("Samples between windows", "As long as a window"))
        self.add("channel", "C&hannel", line("Channel of the sound", "The mean of all"))
        self.way = choice("Standardisation", WAYS)
        self.add("standardise", "&Standardise", self.way)
        self.center = line("Means, one for each column", "0.0, 0.0, …")
        self.add("center", "&Mean", self.center)
        self.scale = line("Deviations, one for each column", "1.0, 1.0, …")
        self.add("scale", "&Deviation", self.scale)
        self.figures = PathField(
            "File with means and deviations",
            "A .json with lists mean and std, or a .csv",
            "Open figures",
            "Figures (*.json *.csv);;All files (*)",
        )
        self.add("figures", "Fi&gures", self.figures)
        self.vocabulary = PathField(
            "Vocabulary file",
            "A .json or .txt file, or tokenizer.json",
            "Open vocabulary",
            "Vocabularies (*.json *.txt);;All files (*)",
        )
        self.add("vocabulary", "&Vocabulary", self.vocabulary)
        self.add("split", "Spl&it into", choice("Tokens of the text", SPLITS))
        self.add("unknown", "&Unknown", choice("What the model does not know", UNKNOWN))
        self._add_more()
        for box in self.findChildren(QComboBox):
            # A page cannot be scrolled sideways: long options are cut in their box.
            box.setMinimumWidth(LEAST_WIDTH)
        self.path.changed.connect(self._on_path)
        self.columns.textChanged.connect(self._on_columns)
        self.list.itemChanged.connect(self._on_ticked)
        self.way.currentIndexChanged.connect(self._show_rows)
        self.more.toggled.connect(self._show_rows)
        self.path.line.setText(path)
        self._on_path()

    def _add_more(self) -> None:
        self.more = QToolButton(self)
        self.more.setText("More choices")
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.form.addRow("", self.more)
        read_as = {"": "As found in the file", "table": "A table", "text": "A text"}
        self.add("read_as", "Read as", choice("How the file is read", read_as))
        yes_no = {"": "As found in the file", "yes": "Yes", "no": "No"}
        self.add("header", "Header", choice("Whether the first row is names", yes_no))
        marks = {",": "Comma", ";": "Semicolon", "tab": "Tab", "|": "|"}
        marks = {**FOUND, **marks, "space": "Space"}
        self.add("delimiter", "Delimiter", choice("What parts the columns", marks))
        decimals = {**FOUND, ".": "Point", ",": "Comma"}
        self.add("decimal", "Decimal mark", choice("Decimal mark", decimals))
        self.sample_column = choice("Column that tells the sample", {"": "None"})
        self.add("sample_column", "Sample by", self.sample_column)
        self.add("samples", "Samples", line("Which samples", "All of them; or 0, 2-5"))
        hint = "Steps of each sample, where some end early"
        self.add("lengths", "Lengths", line("Steps of each sample", hint))
        self.add("names", "Names", line("Names of the features", "As in the file"))
        hint = "Seconds are shown where this is known"
        self.add("rate", "Steps per second", line("Steps per second", hint))

    @property
    def source(self) -> str:
        """Path of the file, ``""`` while none is chosen."""
        path = self.path.line.text().strip()
        # A store is a folder; in a dialog for files its head can be chosen.
        return path.removesuffix("/zarr.json").removesuffix("\\zarr.json")

    def restore_source(self, source: str, choices: Mapping[str, object]) -> None:
        """Show a file and what was chosen of it before."""
        self.path.line.setText(source)
        self.more.setChecked(any(name in choices for name in MORE))
        self.restore(choices)

    def show_found(self, found: Found) -> None:
        """Show what the engine found in the file."""
        columns = self._found.columns
        self._found = found
        self.shape.setText(found.text)
        if found.columns != columns:
            self._fill(found.columns)
        known = [self.array.itemData(n) for n in range(1, self.array.count())]
        if found.arrays and list(found.arrays) != known:
            chosen = self.array.currentData()
            self.array.blockSignals(True)
            self.array.clear()
            self.array.addItem(FOUND[""], "")
            for name in found.arrays:
                self.array.addItem(name, name)
            self.array.setCurrentIndex(max(self.array.findData(chosen), 0))
            self.array.blockSignals(False)
        self._show_rows()

    def _on_path(self) -> None:
        self.array.clear()
        self.array.addItem(FOUND[""], "")
        self._found = Found("", "")
        self.columns.clear()
        self.show_found(peek(self.source) if self.source else Found("", ""))
        self.changed.emit()

    def _show_rows(self) -> None:
        needs, form = self._needs, self._found.form
        tokens, chosen = needs.kind == "tokens", bool(self.source)
        table = form == "table"
        text = form == "text" or (tokens and chosen and form == "")
        read = self.source.lower().endswith((".csv", ".tsv", ".txt"))
        numeric = chosen and not (tokens or text)
        way = self.way.currentData() if numeric else ""
        shown = {
            "array": bool(self._found.arrays),
            "columns": bool(self._found.columns) and not (tokens and not table),
            "axes": form == "array",
            "window": needs.kind == "samples",
            "hop": needs.kind == "samples",
            "channel": form == "sound",
            "standardise": numeric,
            "center": way == "given",
            "scale": way == "given",
            "figures": way == "file",
            "vocabulary": text and not needs.vocabulary,
            "split": text,
            "unknown": text,
        }
        more = {
            "read_as": read or form == "text",
            "header": read and table,
            "delimiter": read and table,
            "decimal": read and table,
            "sample_column": table,
            "samples": form in ("array", "table"),
            "lengths": form == "array",
            "names": numeric,
            "rate": numeric,
        }
        opened = self.more.isChecked()
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        shown |= {name: opened and fits for name, fits in more.items()}
        self.show_rows({self.fields[name]: on for name, on in shown.items()})
        self.show_rows(
            {
                self.shape: bool(self._found.text),
                self.list: shown["columns"],
                self.more: chosen and any(more.values()),
            }
        )
        if way == "given" and not self.center.text():
            self.center.setText(", ".join(map(str, needs.center)))
            self.scale.setText(", ".join(map(str, needs.scale)))
        self._say_fit()

    def _fill(self, columns: tuple[str, ...]) -> None:
        self.list.clear()
        for name in columns:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)
        rows = self.list.sizeHintForRow(0) * len(columns) + 2 * self.list.frameWidth()
        self.list.setFixedHeight(min(rows + GRID, LIST_HEIGHT))
        before = self.sample_column.currentData()
        self.sample_column.clear()
        self.sample_column.addItem("None", "")
        for name in columns:
            self.sample_column.addItem(name, name)
        self.sample_column.setCurrentIndex(max(self.sample_column.findData(before), 0))
        wanted = self._needs.names
        if not self.columns.text() and wanted and set(wanted) <= set(columns):
            self.columns.setText(", ".join(wanted))
        self._on_columns()

    @property
    def chosen_columns(self) -> list[str]:
        """Names of the chosen columns, in the order in which the model takes them."""
        return [name.strip() for name in self.columns.text().split(",") if name.strip()]

    def _on_columns(self) -> None:
        chosen = self.chosen_columns
        self.list.blockSignals(True)
        for position in range(self.list.count()):
            item = self.list.item(position)
            ticked = item.text() in chosen
            item.setCheckState(
                Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
            )
        self.list.blockSignals(False)
        self._say_fit()

    def _on_ticked(self, item: QListWidgetItem) -> None:
        chosen = [name for name in self.chosen_columns if name != item.text()]
        if item.checkState() == Qt.CheckState.Checked:
            chosen.append(item.text())
        self.columns.setText(", ".join(chosen))

    def _say_fit(self) -> None:
        takes, chosen = self._needs.features, len(self.chosen_columns)
        count = chosen or self.list.count()
        differs = (
            self._needs.kind == "features"
            and takes is not None
            and bool(self.list.count())
            and count != takes
        )
        self.form.setRowVisible(self.fit, differs)
        if differs:
            self.fit.setText(
                f"The model takes {takes} features per step; {count} columns are "
                f"chosen: choose {takes}, in the order of the model."
            )
