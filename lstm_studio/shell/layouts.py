"""Arrangements of the panels: the one before, and those that have a name."""

from typing import Final

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QWidget

from lstm_studio.shell.dialogs.layouts import LayoutsDialog
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.studio import Studio

SIZE: Final = (1440, 900)
"""Of the first window that there ever is."""


class Layouts(QObject):
    """Saves how the panels are arranged, and arranges them so again."""

    def __init__(
        self, studio: Studio, preferences: Preferences, window: QWidget
    ) -> None:
        super().__init__(window)
        self._studio = studio
        self._preferences = preferences
        self._window = window
        self._keeps = False

    def restore(self) -> None:
        """Take size and arrangement of the window before; `keep` keeps them then."""
        self._keeps = True
        preferences = self._preferences
        if not self._window.restoreGeometry(preferences.state("geometry")):
            self._window.resize(*SIZE)
        arrangement = preferences.state("arrangement")
        self._studio.restore(arrangement, preferences.columns)

    def keep(self) -> None:
        """Keep size and arrangement for the next window, if it is to be so."""
        if self._keeps:
            preferences = self._preferences
            preferences.keep_state("geometry", self._window.saveGeometry())
            preferences.keep_state("arrangement", self._studio.arrangement())
            preferences.columns = self._studio.columns

    def full_screen(self) -> None:
        """Use the whole screen, or the window again."""
        window = self._window
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def reset_arrangement(self) -> None:
        """Put every panel back in its place."""
        self._preferences.forget_state("arrangement")
        self._studio.reset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that there are."""
        return tuple(sorted(self._preferences.layouts))

    def show_layouts(self) -> None:
        """Ask which arrangement to take, save or delete."""
        dialog = LayoutsDialog(self.names, self._window)
        dialog.saved.connect(self.save)
        dialog.used.connect(self.use)
        dialog.deleted.connect(self.delete)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, name: str) -> None:
        """Keep the present arrangement; one of the same name gives way."""
        kept = bytes(self._studio.arrangement().toHex().data()).decode()
        left, right = self._studio.columns
        layouts = dict(self._preferences.layouts)
        self._preferences.layouts = layouts | {name: f"{left} {right} {kept}"}

    def use(self, name: str) -> None:
        """Arrange the panels so; what cannot be read changes nothing."""
        parts = self._preferences.layouts.get(name, "").split(" ")
        if len(parts) == 3 and parts[0].isdecimal() and parts[1].isdecimal():
            arrangement = QByteArray.fromHex(parts[2].encode())
            self._studio.restore(arrangement, (int(parts[0]), int(parts[1])))

    def delete(self, name: str) -> None:
        """Forget an arrangement."""
        layouts = dict(self._preferences.layouts)
        layouts.pop(name, None)
        self._preferences.layouts = layouts
