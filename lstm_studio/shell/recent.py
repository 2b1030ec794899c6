"""What was opened before: the submenu of File, and what its entries do."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from lstm_studio.core.errors import CannotOpen
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.preferences import Preferences

MENU: Final = "File/Open recent"
FOLDER: Final = 320
"""Pixels of a folder's name beside that of a file."""


class Recent(QObject):
    """Opens, lists and forgets the files of before."""

    cleared = Signal()

    def __init__(
        self,
        preferences: Preferences,
        open_paths: Callable[[Sequence[str]], None],
        report: Callable[[BaseException], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._preferences = preferences
        self._open_paths = open_paths
        self._report = report

    def fill(self, menus: Mapping[str, QMenu], actions: Actions) -> None:
        """Let the submenu list the files whenever the menu is opened."""
        self._menu, self._clear = menus[MENU], actions["clear_recent"]
        self._menu.triggered.connect(self._on_chosen)
        menus["File"].aboutToShow.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the files as they are now; without any there is nothing to open."""
        paths = self._preferences.recent
        self._menu.clear()
        for path in paths:
            self._menu.addAction(self._entry(path))
        self._menu.addSeparator()
        self._menu.addAction(self._clear)
        self.enable()

    def enable(self) -> None:
        """Let nothing be opened or cleared where there is nothing."""
        some = bool(self._preferences.recent)
        self._menu.menuAction().setEnabled(some)
        self._clear.setEnabled(some)

    def _entry(self, path: str) -> QAction:
        # Of a long path the end tells more; an ampersand is a letter here.
        folder = self._menu.fontMetrics().elidedText(
            name_text(str(Path(path).parent)), Qt.TextElideMode.ElideLeft, FOLDER
        )
        text = f"{name_text(Path(path).name)}    {folder}"
        entry = QAction(text.replace("&", "&&"), self._menu)
        entry.setStatusTip(f"Open {name_text(path)}")
        entry.setData(path)
        return entry

    def _on_chosen(self, action: QAction) -> None:
        if action is not self._clear:
            self.open(action.data())

    def open(self, path: str) -> None:
        """Open a file again, or say that it is gone."""
        if Path(path).exists():
            self._open_paths([path])
            return
        self._report(
            CannotOpen(
                f"There is no {name_text(path)} any more.",
                "It was moved, renamed or deleted, or its drive is away.",
            )
        )

    def clear_recent(self) -> None:
        """Forget which files were opened; the files stay as they are."""
        self._preferences.forget_recent()
        self.cleared.emit()
