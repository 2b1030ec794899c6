"""Pictures of the window and its panels, to a file and to the clipboard."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from lstm_studio.core.errors import StudioError
from lstm_studio.export.caption import caption_of
from lstm_studio.export.picture import copy_picture, save_picture
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.export import ExportDialog
from lstm_studio.shell.studio import Studio


class Pictures(QObject):
    """Takes pictures of what is on screen, each with its origin."""

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
        self._scope: QWidget = window
        self._scale = 1

    @property
    def scopes(self) -> Mapping[str, QWidget]:
        """What there can be a picture of: the window, and each panel in sight."""
        panels = {
            dock.panel.title: dock.panel
            for dock in self._studio.docks
            if dock.panel.isVisible() and dock.in_front
        }
        return {"The window": self._window, **panels}

    def export_picture(self) -> None:
        """Ask for what, how large and in which form, and save it."""
        dialog = ExportDialog(self.scopes, caption_of(self._session), self._window)
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_chosen(self, scope: QWidget, scale: int, ending: str) -> None:
        self._scope, self._scale = scope, scale
        dialog = QFileDialog(self._window, "Export picture")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{ending.upper()} (*.{ending})")
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(f"lstm-studio.{ending}")
        dialog.fileSelected.connect(self._on_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_path(self, path: str) -> None:
        try:
            self.save(self._scope, Path(path), self._scale)
        except StudioError as error:
            self._report(error)

    def save(self, scope: QWidget, path: Path, scale: int = 1) -> None:
        """Save a picture; the ending of ``path`` names the format.

        Raises
        ------
        CannotSave
            With the cause; what stood at ``path`` is as it was.
        """
        save_picture(scope, path, scale, caption_of(self._session))

    def save_window(self, path: Path) -> None:
        """Save a picture of the window."""
        self.save(self._window, path)

    def copy_picture(self) -> None:
        """Put a picture of the window on the clipboard."""
        try:
            copy_picture(self._window, 1, caption_of(self._session))
        except StudioError as error:
            self._report(error)
