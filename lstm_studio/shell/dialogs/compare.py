"""Which recording to compare with: a run before, or one that was saved."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.theme import GRID

PATH: Final = Qt.ItemDataRole.UserRole


class CompareDialog(QDialog):
    """A list of recordings, and a button for any other.

    Parameters
    ----------
    recordings
        What to say of each, by its folder.
    """

    chosen = Signal(str)
    folder_asked = Signal()

    def __init__(
        self, recordings: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle("Compare with another recording")
        self.setMinimumWidth(520)
        about = QLabel(
            "It opens in a second window. The cursor of both is one: step, layer, "
            "unit, stream and span; a button in either bar parts them.",
            self,
        )
        about.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Recordings to compare with")
        for path, said in recordings.items():
            item = QListWidgetItem(said)
            item.setData(PATH, path)
            item.setToolTip(path)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self._on_compare)
        folder = QPushButton("Saved recording…", self)
        folder.setToolTip("Choose the folder of a recording that was saved")
        folder.setAutoDefault(False)
        folder.clicked.connect(self._on_folder)
        cancel = QPushButton("Cancel", self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.compare = QPushButton("Compare", self)
        self.compare.setDefault(True)
        self.compare.clicked.connect(self._on_compare)
        buttons = QHBoxLayout()
        buttons.addWidget(folder)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.compare)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(about)
        column.addWidget(self.list)
        column.addSpacing(GRID)
        column.addLayout(buttons)

    def _on_compare(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.accept()
            self.chosen.emit(item.data(PATH))

    def _on_folder(self) -> None:
        self.accept()
        self.folder_asked.emit()
