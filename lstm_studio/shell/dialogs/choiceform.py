"""A form whose rows are choices by name; a row that is not shown chooses nothing."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.shell.theme import GRID


class PathField(QWidget):
    """A path, typed or looked for."""

    changed = Signal()

    def __init__(self, name: str, hint: str, title: str, name_filter: str = "") -> None:
        super().__init__()
        self._title, self._filter = title, name_filter
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.line = QLineEdit(self)
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText(hint)
        self.browse = QPushButton("Browse…", self)
        self.browse.setAccessibleName(f"{title}…")
        self.browse.clicked.connect(self._on_browse)
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        self.line.textChanged.connect(self.changed)
        self.folders = False

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, self._title, self.line.text(), self._filter)
        dialog.setFileMode(
            QFileDialog.FileMode.Directory
            if self.folders
            else QFileDialog.FileMode.ExistingFile
        )
        dialog.fileSelected.connect(self.line.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


Field = QLineEdit | QComboBox | QSpinBox | PathField


def line(name: str, hint: str = "") -> QLineEdit:
    """Return a line for a text."""
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    return made


def choice(name: str, options: Mapping[str, str]) -> QComboBox:
    """Return a box of options: what is chosen, and what it says."""
    made = QComboBox()
    made.setAccessibleName(name)
    for value, text in options.items():
        made.addItem(text, value)
    return made


def number(name: str, least: int, most: int, value: int) -> QSpinBox:
    """Return a box for a whole number."""
    made = SpinBox()
    made.setAccessibleName(name)
    made.setRange(least, most)
    made.setValue(value)
    return made


class ChoiceForm(QWidget):
    """Rows of choices; those that are empty or not shown are not chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 3 * GRID, 0, 0)
        column.addLayout(self.form)
        # Rows keep together at the top, however high the page is.
        column.addStretch(1)
        self.form.setHorizontalSpacing(4 * GRID)
        self.form.setVerticalSpacing(2 * GRID)
        self.form.setFieldGrowthPolicy(
            QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        )
        self.fields: dict[str, Field] = {}

    def add(self, name: str, text: str, field: Field) -> None:
        """Add the row of a choice."""
        self.fields[name] = field
        self.form.addRow(text, field)
        match field:
            case QLineEdit():
                field.textChanged.connect(self._on_changed)
            case QComboBox():
                field.currentIndexChanged.connect(self._on_changed)
            case QSpinBox():
                field.valueChanged.connect(self._on_changed)
            case PathField():
                field.changed.connect(self._on_changed)

    def say(self, text: str = "") -> QLabel:
        """Add a row of text, which may be hidden, and return it."""
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        self.form.addRow("", label)
        return label

    def show_rows(self, rows: Mapping[QWidget, bool]) -> None:
        """Show and hide rows by their field."""
        for field, shown in rows.items():
            self.form.setRowVisible(field, shown)

    def _on_changed(self, *_value: object) -> None:
        self.changed.emit()

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen."""
        return {
            name: value
            for name, field in self.fields.items()
            if self.form.isRowVisible(field) and (value := value_of(field)) != ""
        }

    def restore(self, choices: Mapping[str, object]) -> None:
        """Choose again what was chosen before."""
        for name, field in self.fields.items():
            if name in choices:
                _put(field, choices[name])


def value_of(field: Field) -> object:
    """Return what a field holds, ``""`` where that is nothing."""
    match field:
        case QLineEdit():
            return field.text().strip()
        case PathField():
            return field.line.text().strip()
        case QSpinBox():
            return field.value()
        case QComboBox():
            return field.currentData() or ""


def _put(field: Field, value: object) -> None:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    put: Callable[[str], object]
    match field:
        case QLineEdit():
            put = field.setText
        case PathField():
            put = field.line.setText
        case QSpinBox():
            if isinstance(value, int):
                field.setValue(value)
            return
        case QComboBox():
            index = field.findData(value)
            if index < 0 and isinstance(value, str) and value:
                # An array that is known only once the file was looked at.
                field.addItem(value, value)
                index = field.count() - 1
            field.setCurrentIndex(max(index, 0))
            return
    put(text)


def pair(one: QWidget, between: str, other: QWidget) -> QWidget:
    """Return two fields side by side, with a word between them."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(one, 1)
    row.addWidget(QLabel(between))
    row.addWidget(other, 1)
    holder.setFocusProxy(one)
    return holder
