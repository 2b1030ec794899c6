"""Films of stepping through a recording, made while the window is used."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QProgressDialog

from lstm_studio.core.errors import StudioError
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.film import FilmDialog
from lstm_studio.shell.exporting import Exporting
from lstm_studio.shell.figure import Figure
from lstm_studio.shell.filming import Filming
from lstm_studio.shell.filmwish import FilmWish, film_wish_of
from lstm_studio.shell.twin import twin_of

KEPT: Final = "film"


class Films(Exporting):
    """Asks what to film and where to, and films it."""

    _dialog: FilmDialog | None = None
    _wish = FilmWish()
    _twin: Session | None = None
    _figure: Figure | None = None
    _filming: Filming | None = None
    _shown: QProgressDialog | None = None

    @property
    def busy(self) -> bool:
        """Whether a film is being made."""
        return self._filming is not None

    def export_film(self) -> None:
        """Ask for panels, steps, speed and form, and film it."""
        if self.busy or self._session.recording is None:
            return
        self._drop_composer()
        composer = self._compose()
        kept = film_wish_of(self._preferences.choices(KEPT))
        wish = replace(kept, steps=self._session.view.span)
        steps = self._session.extent.steps
        dialog = FilmDialog(composer.panels, wish, steps, self._window)
        self._dialog = dialog
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
        self._dialog = None
        super()._drop_composer()

    def _on_save(self, wish: FilmWish) -> None:
        self._wish = wish
        self._preferences.remember_choices(KEPT, wish.kept)
        self._ask_where("film", wish.form)

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
            self._tell(f"Saved {self._path}")

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
