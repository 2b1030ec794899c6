"""The page of the sequence dialog for files: columns, axes and standardisation."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from lstm_studio.core.summary import InputNeeds
from lstm_studio.shell.peek import Peek, peek
from lstm_studio.shell.theme import GRID

FILTER: Final = (
    "Sequences (*.npy *.npz *.csv *.tsv *.txt *.wav);;Arrays (*.npy *.npz);;"
    "Tables (*.csv *.tsv);;Text (*.txt);;Sound (*.wav);;All files (*)"
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
    "data": "By mean and deviation of the file itself",
    "given": "By the figures below",
}
LIST_HEIGHT: Final = 132


class FilePage(QWidget):
    """A file, what its head says, and what it cannot tell."""

    def __init__(
        self, needs: InputNeeds, path: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._needs = needs
        self.path = self._line("Path of the file", "Choose a file")
        browse = QPushButton("Browse…", self)
        browse.clicked.connect(self._on_browse)
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(browse)
        self.shape = QLabel(self)
        self.shape.setTextFormat(Qt.TextFormat.PlainText)
        self.shape.setWordWrap(True)
        self.columns = self._line("Columns in the order of the model", "All of them")
        self.columns.setToolTip(
            "Names or numbers of columns, separated by commas; name=1.5 adds a column "
            "that is the same at every step"
        )
        self.list = QListWidget(self)
        self.list.setAccessibleName("Columns of the file")
        self.list.setMaximumHeight(LIST_HEIGHT)
        self.fit = QLabel(self)
        self.fit.setWordWrap(True)
        self.axes = self._choice("Axes of the array", AXES)
        self.way = self._choice("Standardisation", WAYS)
        self.center = self._line("Means, one for each column", "0.0, 0.0, …")
        self.scale = self._line("Deviations, one for each column", "1.0, 1.0, …")
        self.vocabulary = self._line("Vocabulary file", "A .json or .txt file")
        form = QFormLayout(self)
        form.setContentsMargins(0, 3 * GRID, 0, 0)
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(2 * GRID)
        name = QLabel("&File", self)
        name.setBuddy(self.path)
        form.addRow(name, row)
        form.addRow("", self.shape)
        form.addRow("&Columns", self.columns)
        form.addRow("", self.list)
        form.addRow("", self.fit)
        form.addRow("&Axes", self.axes)
        form.addRow("&Standardise", self.way)
        form.addRow("&Mean", self.center)
        form.addRow("&Deviation", self.scale)
        form.addRow("&Vocabulary", self.vocabulary)
        self.form = form
        self.path.textChanged.connect(self._on_path)
        self.columns.textChanged.connect(self._on_columns)
        self.list.itemChanged.connect(self._on_ticked)
        self.way.currentIndexChanged.connect(self._on_way)
        self.path.setText(path)
        self._on_path(path)

    def _line(self, name: str, hint: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        return line

    def _choice(self, name: str, options: Mapping[str, str]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        for value, text in options.items():
            box.addItem(text, value)
        return box

    @property
    def source(self) -> str:
        """Path of the file, ``""`` while none is chosen."""
        return self.path.text().strip()

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen; what was left open is not named."""
        chosen: dict[str, object] = {
            "columns": self.columns.text().strip(),
            "axes": self.axes.currentData(),
            "standardise": self.way.currentData(),
            "vocabulary": self.vocabulary.text().strip(),
        }
        if self.way.currentData() == "given":
            chosen |= {"center": self.center.text(), "scale": self.scale.text()}
        return {
            name: value
            for name, value in chosen.items()
            if value and self.form.isRowVisible(self._field(name))
        }

    def _field(self, name: str) -> QWidget:
        fields: Mapping[str, QWidget] = {
            "columns": self.columns,
            "axes": self.axes,
            "standardise": self.way,
            "center": self.center,
            "scale": self.scale,
            "vocabulary": self.vocabulary,
        }
        return fields[name]

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Open sequence", self.path.text(), FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.path.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_path(self, path: str) -> None:
        seen = peek(path) if path else Peek("")
        self.shape.setText(seen.text)
        self._fill(seen.columns)
        array = path.lower().endswith((".npy", ".npz"))
        tokens = self._needs.kind == "tokens"
        numbers = self._needs.kind == "features" and not seen.is_text
        rows = {
            self.shape: bool(seen.text),
            self.columns: bool(seen.columns),
            self.list: bool(seen.columns),
            self.axes: array,
            self.way: bool(path) and numbers,
            self.vocabulary: tokens and not self._needs.vocabulary,
        }
        for field, visible in rows.items():
            self.form.setRowVisible(field, visible)
        self._on_way()

    def _fill(self, columns: tuple[str, ...]) -> None:
        self.list.clear()
        for name in columns:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)
        wanted = self._needs.names
        found = bool(wanted) and set(wanted) <= set(columns)
        self.columns.setText(", ".join(wanted) if found else "")
        self._on_columns()

    @property
    def chosen_columns(self) -> list[str]:
        """Names of the chosen columns, in the order in which the model takes them."""
        return [name.strip() for name in self.columns.text().split(",") if name.strip()]

    def _on_columns(self) -> None:
        chosen = self.chosen_columns
        self.list.blockSignals(True)
        for number in range(self.list.count()):
            item = self.list.item(number)
            ticked = item.text() in chosen
            item.setCheckState(
                Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
            )
        self.list.blockSignals(False)
        self._say_fit(len(chosen) or self.list.count())

    def _on_ticked(self, item: QListWidgetItem) -> None:
        chosen = [name for name in self.chosen_columns if name != item.text()]
        if item.checkState() == Qt.CheckState.Checked:
            chosen.append(item.text())
        self.columns.setText(", ".join(chosen))

    def _say_fit(self, chosen: int) -> None:
        takes = self._needs.features
        differs = (
            self._needs.kind == "features"
            and takes is not None
            and bool(self.list.count())
            and chosen != takes
        )
        self.form.setRowVisible(self.fit, differs)
        if differs:
            self.fit.setText(
                f"The model takes {takes} features per step; {chosen} columns are "
                f"chosen: choose {takes}, in the order of the model."
            )

    def _on_way(self) -> None:
        given = self.way.currentData() == "given" and self.form.isRowVisible(self.way)
        self.form.setRowVisible(self.center, given)
        self.form.setRowVisible(self.scale, given)
        if given and not self.center.text():
            self.center.setText(", ".join(map(str, self._needs.center)))
            self.scale.setText(", ".join(map(str, self._needs.scale)))
