"""Arrangements of the panels by name: take, save, delete."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.theme import GRID


class LayoutsDialog(QDialog):
    """The names that there are, and one to save under."""

    used = Signal(str)
    saved = Signal(str)
    deleted = Signal(str)

    def __init__(self, names: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layouts")
        self.setWindowTitle("Layouts")
        self.setMinimumWidth(360)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Saved layouts")
        self.list.addItems(list(names))
        self.list.setCurrentRow(0)
        self.name = QLineEdit(self)
        self.name.setAccessibleName("Name to save the present layout under")
        self.name.setPlaceholderText("Save the present layout as…")
        self.use = QPushButton("Use", self)
        self.use.setDefault(True)
        self.delete = QPushButton("Delete", self)
        self.save = QPushButton("Save", self)
        close = QPushButton("Close", self)
        self.empty = QLabel("No layout is saved yet.", self)
        self.empty.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.use.clicked.connect(self._on_use)
        self.list.itemActivated.connect(self._on_use)
        self.delete.clicked.connect(self._on_delete)
        self.save.clicked.connect(self._on_save)
        self.name.textChanged.connect(self._refresh)
        close.clicked.connect(self.reject)
        naming, buttons = QHBoxLayout(), QHBoxLayout()
        naming.addWidget(self.name, 1)
        naming.addWidget(self.save)
        buttons.addWidget(self.delete)
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.empty)
        column.addWidget(self.list)
        column.addLayout(naming)
        column.addSpacing(GRID)
        column.addLayout(buttons)
        self._refresh()

    def _refresh(self) -> None:
        some = bool(self.list.count())
        self.empty.setHidden(some)
        self.list.setVisible(some)
        self.use.setEnabled(some)
        self.delete.setEnabled(some)
        self.save.setEnabled(bool(self.name.text().strip()))

    @property
    def _chosen(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else item.text()

    def _on_use(self) -> None:
        self.accept()
        self.used.emit(self._chosen)

    def _on_delete(self) -> None:
        name = self._chosen
        self.list.takeItem(self.list.currentRow())
        self._refresh()
        self.deleted.emit(name)

    def _on_save(self) -> None:
        name = self.name.text().strip()
        self.accept()
        self.saved.emit(name)
