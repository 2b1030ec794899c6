"""Pictures of the window and its panels: to a file and to the clipboard."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from lstm_studio.session.session import Session
from lstm_studio.shell.studio import Studio


class Pictures(QObject):
    """Takes pictures of what is on screen, with their origin."""

    def __init__(
        self,
        session: Session,
        window: QMainWindow,
        studio: Studio,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._studio = studio
        self._report = report

    def export_picture(self) -> None:
        """Ask for scope, size and form, and save."""

    def copy_picture(self) -> None:
        """Copy a picture of the window to the clipboard."""
        QGuiApplication.clipboard().setPixmap(self._window.grab())

    def save_window(self, path: Path) -> None:
        """Save a picture of the window."""
        self._window.grab().save(str(path))
