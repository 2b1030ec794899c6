"""What exporting pictures and films shares: a composer while it is asked, a path."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow

from lstm_studio.session.session import Session
from lstm_studio.shell.composer import Composer
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.theme import Theme

STAYS_MS: Final = 6000


class Exporting(QObject):
    """Composes panels of a window, asks where to, and says what was saved."""

    def __init__(
        self,
        session: Session,
        window: QMainWindow,
        studio: Studio,
        theme: Theme,
        preferences: Preferences,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._studio = studio
        self._theme = theme
        self._preferences = preferences
        self._report = report
        self._composer: Composer | None = None
        self._path = Path()

    def _compose(self) -> Composer:
        self._composer = Composer(
            self._session, self._window, self._studio, self._theme
        )
        return self._composer

    def _drop_composer(self) -> None:
        composer, self._composer = self._composer, None
        if composer is not None:
            composer.close()
            composer.deleteLater()

    def _ask_where(self, what: str, form: str) -> QFileDialog:
        dialog = QFileDialog(self._window, f"Export {what}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{form.upper()} (*.{form})")
        dialog.setDefaultSuffix(form)
        dialog.selectFile(f"lstm-studio.{form}")
        dialog.fileSelected.connect(self._on_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _on_path(self, path: str) -> None:
        raise NotImplementedError

    def _tell(self, text: str) -> None:
        self._window.statusBar().showMessage(text, STAYS_MS)
