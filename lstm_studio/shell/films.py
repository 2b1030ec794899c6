"""Films of stepping through a recording, made while the window is used."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow, QProgressDialog

from lstm_studio.core.errors import StudioError
from lstm_studio.session.session import Session
from lstm_studio.shell.composer import Composer
from lstm_studio.shell.dialogs.film import FilmDialog
from lstm_studio.shell.figure import Figure
from lstm_studio.shell.filming import Filming
from lstm_studio.shell.filmwish import FilmWish, film_wish_of
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.twin import twin_of

KEPT: Final = "film"
STAYS_MS: Final = 6000


class Films(QObject):
    """Asks what to film and where to, and films it."""

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
        self._dialog: FilmDialog | None = None
        self._wish = FilmWish()
        self._path = Path()
        self._twin: Session | None = None
        self._figure: Figure | None = None
        self._filming: Filming | None = None
        self._shown: QProgressDialog | None = None

    @property
    def busy(self) -> bool:
        """Whether a film is being made."""
        return self._filming is not None

    def export_film(self) -> None:
        """Ask for panels, steps, speed and form, and film it."""
        if self.busy or self._session.recording is None:
            return
        self._drop_composer()
        composer = Composer(self._session, self._window, self._studio, self._theme)
        kept = film_wish_of(self._preferences.choices(KEPT))
        wish = replace(kept, steps=self._session.view.span)
        steps = self._session.extent.steps
        dialog = FilmDialog(composer.panels, wish, steps, self._window)
        self._composer, self._dialog = composer, dialog
        composer.composed.connect(self._on_composed)
        dialog.changed.connect(self._on_changed)
        dialog.save_asked.connect(self._on_save)
        dialog.finished.connect(self._drop_composer)
        dialog.finished.connect(dialog.deleteLater)
        dialog.begin()

    def _on_changed(self, wish: FilmWish) -> None:
        if self._composer is None or self._dialog is None:
            return
        try:
            self._composer.compose(wish.picture)
        except StudioError as error:
            self._dialog.preview.say(str(error))

    def _on_composed(self) -> None:
        if self._composer is None or self._dialog is None:
            return
        try:
            self._dialog.show_frame(self._composer.picture())
        except StudioError as error:
            self._dialog.preview.say(str(error))

    def _drop_composer(self) -> None:
        composer, self._composer, self._dialog = self._composer, None, None
        if composer is not None:
            composer.close()
            composer.deleteLater()

    def _on_save(self, wish: FilmWish) -> None:
        self._wish = wish
        self._preferences.remember_choices(KEPT, wish.kept)
        dialog = QFileDialog(self._window, "Export film")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{wish.form.upper()} (*.{wish.form})")
        dialog.setDefaultSuffix(wish.form)
        dialog.selectFile(f"lstm-studio.{wish.form}")
        dialog.fileSelected.connect(self._on_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_path(self, path: str) -> None:
        try:
            self.save(Path(path), self._wish)
        except StudioError as error:
            self._report(error)

    def save(self, path: Path, wish: FilmWish) -> None:
        """Begin to film; the window says when it is done, or why it is not.

        Raises
        ------
        CannotOpen
            If the folder of the recording is gone.
        """
        if self.busy or self._session.recording is None:
            return
        self._path = path
        self._twin = twin_of(self._session)
        panels = {dock.panel.id: dock.panel for dock in self._studio.docks}
        chosen = [panels[name] for name in wish.panels if name in panels]
        scheme = "light" if wish.light else self._theme.name
        self._figure = Figure(self._twin, map(type, chosen), scheme, chosen)
        self._filming = Filming(self._twin, self._figure, wish, path, self)
        self._filming.finished.connect(self._on_finished)
        self._show_progress(path.name, len(wish.frames))
        self._filming.begin()

    def _show_progress(self, name: str, frames: int) -> None:
        shown = QProgressDialog(f"Filming {name}", "Cancel", 0, frames, self._window)
        shown.setWindowTitle("Export film")
        shown.setAutoReset(False)
        shown.setAutoClose(False)
        shown.canceled.connect(self.close)
        shown.setMinimumDuration(0)
        # Not in the way of the window: nothing is asked.
        shown.setModal(False)
        shown.show()
        self._shown = shown
        if self._filming is not None:
            self._filming.advanced.connect(shown.setValue)

    def _on_finished(self, error: StudioError | None) -> None:
        self.close()
        if error is not None:
            self._report(error)
        else:
            self._window.statusBar().showMessage(f"Saved {self._path}", STAYS_MS)

    def close(self) -> None:
        """End what is being filmed; a file that is not whole is not left."""
        self._drop_composer()
        if self._filming is not None:
            self._filming.close()
            self._filming.deleteLater()
        if self._figure is not None:
            self._figure.end()
        if self._twin is not None:
            self._twin.close()
        if self._shown is not None:
            self._shown.hide()
            self._shown.deleteLater()
        self._filming = self._figure = self._twin = self._shown = None
