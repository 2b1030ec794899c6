"""Pictures of the window and its panels, to a file and to the clipboard."""

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QMessageBox

from lstm_studio.core.errors import StudioError
from lstm_studio.export.caption import caption_of
from lstm_studio.export.picture import copy_picture, save_picture
from lstm_studio.shell.dialogs.export import ExportDialog
from lstm_studio.shell.exporting import Exporting
from lstm_studio.shell.wish import Wish, wish_of

KEPT: Final = "picture"


class Pictures(Exporting):
    """Takes pictures, each with its origin."""

    _dialog: ExportDialog | None = None

    def export_picture(self) -> None:
        """Ask for what, how large and in which form, and save it."""
        self.close()
        composer = self._compose()
        dialog = ExportDialog(
            composer.panels,
            wish_of(self._preferences.choices(KEPT)),
            len(self._session.extent.layers),
            self._window,
        )
        self._dialog = dialog
        composer.composed.connect(self._on_composed)
        composer.finished.connect(self._on_finished)
        dialog.changed.connect(self._on_changed)
        dialog.copy_asked.connect(self._on_copy)
        dialog.save_asked.connect(self._on_save)
        dialog.rejected.connect(self.close)
        dialog.finished.connect(dialog.deleteLater)
        dialog.begin()

    def _on_changed(self, wish: Wish) -> None:
        if self._composer is None:
            return
        try:
            self._composer.compose(wish)
        except StudioError as error:
            self._fail(error)

    def _on_composed(self) -> None:
        composer, dialog = self._composer, self._dialog
        if composer is None or dialog is None:
            return
        try:
            image = composer.preview()
        except StudioError as error:
            self._fail(error)
        else:
            dialog.show_picture(image, composer.size_mm, composer.pixels)

    def _on_copy(self) -> None:
        if self._composer is None:
            return
        self._remember()
        try:
            self._composer.copy()
        except StudioError as error:
            self._fail(error)
        else:
            self._tell("Copied the picture")

    def _on_save(self) -> None:
        if self._composer is None:
            return
        self._dialog = None
        self._remember()
        dialog = self._ask_where("picture", self._composer.wish.form)
        dialog.rejected.connect(self.close)

    def _on_path(self, path: str) -> None:
        if self._composer is None:
            return
        self._path = Path(path)
        if self._composer.wish.each_layer:
            there = [
                file.name
                for file in self._composer.files(self._path).values()
                if file.exists()
            ]
            if there:
                self._ask_about(there)
                return
        self._composer.save(self._path)

    def _ask_about(self, there: list[str]) -> None:
        """Ask before files give way that were not named one by one."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Export picture")
        box.setText(f"Replace {', '.join(there)}?")
        box.setStandardButtons(
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel
        )
        box.accepted.connect(self._on_replace)
        box.rejected.connect(self.close)
        box.finished.connect(box.deleteLater)
        box.open()

    def _on_replace(self) -> None:
        if self._composer is not None:
            self._composer.save(self._path)

    def _on_finished(self, error: StudioError | None) -> None:
        if self._composer is None:
            return
        files = [self._path]
        if self._composer.wish.each_layer:
            files = list(self._composer.files(self._path).values())
        self.close()
        if error is not None:
            self._report(error)
        elif len(files) > 1:
            self._tell(f"Saved {len(files)} files beside {files[0]}")
        else:
            self._tell(f"Saved {files[0]}")

    def _remember(self) -> None:
        if self._composer is not None:
            self._preferences.remember_choices(KEPT, self._composer.wish.kept)

    def _fail(self, error: StudioError) -> None:
        if self._dialog is not None:
            self._dialog.preview.say(str(error))
        else:
            self._report(error)

    def close(self) -> None:
        """Let go of what was being composed."""
        self._dialog = None
        self._drop_composer()

    # Without a dialog

    def save_window(self, path: Path) -> None:
        """Save a picture of the window.

        Raises
        ------
        CannotSave
            With the cause; what stood at ``path`` is as it was.
        """
        save_picture(self._window, path, 1, caption_of(self._session))

    def copy_picture(self) -> None:
        """Put a picture of the window on the clipboard."""
        try:
            copy_picture(self._window, 1, caption_of(self._session))
        except StudioError as error:
            self._report(error)
