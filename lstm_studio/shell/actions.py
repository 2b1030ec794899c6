"""The actions of a window: menus, toolbar and palette are made of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPalette
from PySide6.QtWidgets import QMenu, QMenuBar

from lstm_studio.shell.catalogue import ACCENTED, BEGIN_GROUP, MENUS, Action
from lstm_studio.shell.icons import icon


class Actions(QObject):
    """The actions of one window, each a ``QAction`` with its key in force."""

    def __init__(
        self,
        parent: QObject,
        table: tuple[Action, ...],
        callbacks: Mapping[str, Callable[[], None]],
    ) -> None:
        super().__init__(parent)
        self._palette = QPalette()
        self._made: dict[str, tuple[Action, QAction]] = {}
        for action in table:
            self.add(action, callbacks[action.name])

    def __getitem__(self, name: str) -> QAction:
        return self._made[name][1]

    def __iter__(self) -> Iterator[tuple[Action, QAction]]:
        return iter(self._made.values())

    def add(self, action: Action, callback: Callable[[], None]) -> QAction:
        """Make an action known to menus, palette and the page of shortcuts."""
        made = QAction(action.text, self)
        made.setObjectName(action.name)
        made.setCheckable(action.checkable)
        # The key acts wherever the focus is, but not in other windows.
        made.setShortcut(QKeySequence(action.shortcut))
        made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if action.short:
            made.setIconText(action.short)
        made.setStatusTip(action.tip)
        made.setToolTip(_tool_tip(action, made))
        # Left out: `triggered` brings a flag that no callback wants.
        made.triggered.connect(callback)
        self._made[action.name] = (action, made)
        return made

    def say(self, name: str, text: str, icon_name: str, tip: str = "") -> None:
        """Let an action say and show what it would do now; ``tip`` is why."""
        action, made = self._made[name]
        if made.text() != text:
            made.setText(text)
            made.setToolTip(tip or _tool_tip(action, made))
            self._made[name] = (replace(action, text=text, icon=icon_name), made)
            made.setIcon(self._icon(action.name, icon_name))

    def fill(self, bar: QMenuBar) -> Mapping[str, QMenu]:
        """Put every action in its menu; return the menus by name."""
        menus: dict[str, QMenu] = {}
        for name in MENUS:
            menus[name] = bar.addMenu(name)
        for action, made in self:
            parent, _, inner = action.menu.partition("/")
            if inner and action.menu not in menus:
                menus[action.menu] = QMenu(inner, menus[parent])
                menus[parent].addMenu(menus[action.menu])
            if action.name in BEGIN_GROUP:
                menus[action.menu].addSeparator()
            menus[action.menu].addAction(made)
        # Where one looks for it: below all the others.
        menus["File"].addSeparator()
        menus["File"].addAction(self["quit"])
        return menus

    def paint(self, palette: QPalette) -> None:
        """Draw the icons in the colours of ``palette``."""
        self._palette = palette
        for action, made in self:
            if action.icon:
                made.setIcon(self._icon(action.name, action.icon))

    def _icon(self, name: str, icon_name: str) -> QIcon:
        return icon(icon_name, self._palette, accent=name in ACCENTED)


def _tool_tip(action: Action, made: QAction) -> str:
    key = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{action.tip} ({key})"
