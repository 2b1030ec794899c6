"""Which panels a picture shows, and in which order."""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.theme import GRID

SEVERAL: Final = "several"
WINDOW: Final = "window"
ROWS: Final = 6
"""Rows of the list that are seen at once."""


class PanelChoice(QWidget):
    """The window, one panel, or several that are ticked and dragged into order."""

    changed = Signal()

    def __init__(
        self,
        titles: Mapping[str, str],
        chosen: Sequence[str],
        *,
        window: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.what = QComboBox(self)
        self.what.setAccessibleName("What the picture shows")
        if window:
            self.what.addItem("The whole window", WINDOW)
        for name, title in titles.items():
            self.what.addItem(title, name)
        self.what.addItem("Several panels…", SEVERAL)
        self.setFocusProxy(self.what)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Panels of the figure, drag them into order")
        self.list.setToolTip(
            "Tick what to show; drag, or Alt+Up and Alt+Down, to order"
        )
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        known = [name for name in chosen if name in titles]
        for name in [*known, *(name for name in titles if name not in known)]:
            item = QListWidgetItem(titles[name], self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            on = name in known
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.list.setCurrentRow(0)
        edges = 2 * self.list.frameWidth() + 2
        self.list.setFixedHeight(ROWS * self.list.sizeHintForRow(0) + edges)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.what)
        column.addWidget(self.list)
        for keys, move in (("Alt+Up", self._on_up), ("Alt+Down", self._on_down)):
            shortcut = QShortcut(QKeySequence(keys), self.list, move)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._choose(known)
        self._show_list()
        self.what.currentIndexChanged.connect(self._on_what)
        self.list.itemChanged.connect(self._on_list)
        self.list.model().rowsMoved.connect(self._on_list)

    def _choose(self, known: Sequence[str]) -> None:
        if len(known) > 1:
            self.what.setCurrentIndex(self.what.count() - 1)
        elif known:
            self.what.setCurrentIndex(self.what.findData(known[0]))

    @property
    def panels(self) -> tuple[str, ...]:
        """Names of the chosen panels; none for the window, and where none is ticked."""
        match self.what.currentData():
            case "window":
                return ()
            case "several":
                return self._ticked
            case name:
                return (str(name),)

    @property
    def complete(self) -> bool:
        """Whether there is something to show."""
        return self.what.currentData() != SEVERAL or bool(self._ticked)

    @property
    def _ticked(self) -> tuple[str, ...]:
        rows = [self.list.item(row) for row in range(self.list.count())]
        return tuple(
            str(row.data(Qt.ItemDataRole.UserRole))
            for row in rows
            if row.checkState() == Qt.CheckState.Checked
        )

    def shift(self, rows: int) -> None:
        """Move the current row of the list up or down."""
        row = self.list.currentRow()
        to = row + rows
        if row >= 0 and 0 <= to < self.list.count():
            with QSignalBlocker(self.list):
                item = self.list.takeItem(row)
                self.list.insertItem(to, item)
                self.list.setCurrentRow(to)
            self.changed.emit()

    def _on_up(self) -> None:
        self.shift(-1)

    def _on_down(self) -> None:
        self.shift(1)

    def _show_list(self) -> None:
        self.list.setVisible(self.what.currentData() == SEVERAL)

    def _on_what(self) -> None:
        self._show_list()
        self.changed.emit()

    def _on_list(self, *_what: object) -> None:
        self.changed.emit()
