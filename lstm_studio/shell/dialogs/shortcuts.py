"""Every action with its key, by menu."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.actions import Actions
from lstm_studio.shell.catalogue import MENUS
from lstm_studio.shell.finder import rank
from lstm_studio.shell.theme import GRID


class ShortcutsDialog(QDialog):
    """The page of shortcuts; typing narrows it."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(880, 680)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter the shortcuts")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Shortcuts")
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setItemsExpandable(False)
        self.list.setIndentation(0)
        self.list.setFrameShape(QTreeWidget.Shape.NoFrame)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        faint = self.palette().brush(QPalette.ColorRole.PlaceholderText)
        for menu in MENUS:
            group = QTreeWidgetItem([menu])
            group.setFont(0, bold)
            self.list.addTopLevelItem(group)
            for action, made in actions:
                if action.menu.partition("/")[0] != menu:
                    continue
                key = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                name = action.text.removesuffix("…").replace("&&", "&")
                row = QTreeWidgetItem([f"   {name}", key, f"   {action.tip}"])
                row.setForeground(2, faint)
                group.addChild(row)
        self.list.expandAll()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addWidget(buttons)

    def _on_filter(self, wanted: str) -> None:
        role = Qt.ItemDataRole.DisplayRole
        for number in range(self.list.topLevelItemCount()):
            group = self.list.topLevelItem(number)
            if group is None:
                continue
            left = 0
            for index in range(group.childCount()):
                row = group.child(index)
                if row is None:
                    continue
                text = " ".join(str(row.data(part, role)) for part in range(3))
                hidden = rank(wanted, text) is None
                row.setHidden(hidden)
                left += not hidden
            group.setHidden(not left)
