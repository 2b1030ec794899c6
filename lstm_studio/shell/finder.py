"""The command palette: a few letters, and the action that they belong to."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.shell.actions import Actions
from lstm_studio.shell.theme import GRID

_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


NAME_FIRST = 10
"""A hit in the name of an action comes before all hits in its description."""


def rank(wanted: str, text: str, *, loose: bool = False) -> int | None:
    """Return how well ``text`` fits what was typed, 0 the best; None if not at all.

    Every word typed must begin a word of the text, or stand somewhere in it; with
    ``loose`` it is enough that its letters come in that order.
    """
    text = text.lower()
    score = 0
    for word in wanted.lower().split():
        if any(part.startswith(word) for part in text.split()):
            continue
        if word in text:
            score += 1
        elif loose and _in_order(word, text):
            score += 3
        else:
            return None
    return score


def _after(score: int | None) -> int | None:
    return None if score is None else score + NAME_FIRST


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


class Finder(QDialog):
    """Lists every action that can be done now; Return does the chosen one."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("Find an action")
        self._actions = actions
        self._window = parent
        self.line = QLineEdit(self)
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("Letters of an action")
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._do)
        self.line.installEventFilter(self)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Actions")
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemActivated.connect(self._do)
        self.list.itemClicked.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self._fill("")

    def ask(self) -> None:
        """Show it in the upper middle of the window."""
        window = self._window
        width = min(560, window.width() - 8 * GRID)
        self.resize(width, min(420, window.height() - 80))
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - width) // 2, corner.y() + 64)
        self.show()
        self.line.setFocus()

    def _fill(self, wanted: str) -> None:
        ranked = []
        for number, (action, made) in enumerate(self._actions):
            by_name = rank(wanted, action.text, loose=True)
            by_words = rank(wanted, f"{action.text} {action.menu} {action.tip}")
            hits = [score for score in (by_name, _after(by_words)) if score is not None]
            if hits and made.isEnabled():
                ranked.append((min(hits), number, made))
        self.list.clear()
        for _, _, made in sorted(ranked, key=lambda entry: entry[:2]):
            self.list.addTopLevelItem(self._item(made))
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)

    def _item(self, made: QAction) -> QTreeWidgetItem:
        text = made.text().replace("&&", "&")
        key = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        item = QTreeWidgetItem([text, key])
        item.setIcon(0, made.icon())
        item.setToolTip(0, made.statusTip())
        item.setForeground(1, self.palette().brush(QPalette.ColorRole.PlaceholderText))
        item.setData(0, Qt.ItemDataRole.UserRole, made.objectName())
        return item

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        name = item.data(0, Qt.ItemDataRole.UserRole)
        # Closed first: the action may open a dialog of its own.
        self.accept()
        self._actions[name].trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The keys that move in the list act while the letters are typed.
        if (
            watched is self.line
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _MOVES
        ):
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
