"""Session files: saved, opened, kept every minute, and offered after a crash."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from lstm_studio.core.commands import OpenExample, OpenSequence
from lstm_studio.core.errors import StudioError
from lstm_studio.core.examples import examples
from lstm_studio.core.messages import Failed
from lstm_studio.core.recording import Recording
from lstm_studio.core.sessionfile import (
    SavedSession,
    hash_of,
    read_session,
    write_session,
)
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.core.view import View
from lstm_studio.session.claim import Claim
from lstm_studio.session.session import Session
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.errands import Errands
from lstm_studio.shell.preferences import Preferences

ENDING: Final = ".session.json"
FILTER: Final = f"Sessions (*{ENDING})"
KEPT: Final = "session.json"
"""Beside the recordings of a session, until it ends well."""
KEEP_MS: Final = 60_000


class Sessions(QObject):
    """Writes down what is open, and opens it again.

    A session file belongs to the window that has it open; in others it is read only.
    """

    changed = Signal()
    held = Signal(object)
    """A ``Failed``: what was opened belongs to another window."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        window: QWidget,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._preferences = preferences
        self._window = window
        self._report = report
        self._errands: Errands | None = None
        self._kept: SavedSession | None = None
        self._opened: tuple[SequenceSummary | None, Recording | None] = (None, None)
        self._claim = Claim(session.folder.parent)
        self._elsewhere = ""
        self._timer = QTimer(self)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self.keep)
        self._timer.start()
        session.opened.connect(self._on_opened)

    def stop(self) -> None:
        """Keep nothing any more, and leave the session file to others."""
        self._timer.stop()
        self._claim.release()

    @property
    def read_only(self) -> bool:
        """Whether the open session file belongs to another window."""
        return bool(self._elsewhere)

    def enable(self, actions: Actions) -> None:
        """Let the action of saving say under which name it can be done."""
        name = "floppy-disk-back"
        if self.read_only:
            tip = f"{self._elsewhere} is open in another window: choose another name"
            actions.say("save_session", "Save session as…", name, tip)
        else:
            actions.say("save_session", "Save session…", name)

    # To a file

    @property
    def present(self) -> SavedSession:
        """What is open now."""
        session = self._session
        model, asked = session.model, session.asked
        saved = SavedSession(
            recording=session.saved,
            ran=session.recording is not None,
            view=session.view,
        )
        if model is None:
            return saved
        if isinstance(asked, OpenExample) and session.sequence is not None:
            return replace(saved, example=asked.name)
        saved = replace(
            saved,
            model=model.path,
            sha256=model.sha256,
            answers=dict(model.answers),
        )
        if isinstance(asked, OpenSequence) and session.sequence is not None:
            saved = replace(
                saved,
                source=asked.source,
                choices=dict(asked.choices),
                source_sha256=hash_of(asked.source),
            )
        return saved

    def save_session(self) -> None:
        """Ask for a file and write what is open."""
        dialog = QFileDialog(self._window, "Save session", self._preferences.folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(FILTER)
        model = self._session.model
        name = Path(model.name).stem if model is not None else "studio"
        dialog.selectFile(f"{name}{ENDING}")
        dialog.fileSelected.connect(self.save_session_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_session_to(self, path: str) -> None:
        """Write what is open to a file."""
        if not self._claim.take(Path(path)):
            self._say_held(Path(path).name, "Nothing was written.")
            return
        try:
            write_session(self.present, Path(path))
        except StudioError as error:
            self._report(error)
            return
        self._elsewhere = ""
        self._preferences.remember_recent(path)
        self.changed.emit()

    def _take(self, path: Path) -> None:
        self._elsewhere = "" if self._claim.take(path) else path.name
        if self.read_only:
            self._claim.release()
        self.changed.emit()

    def _say_held(self, name: str, so: str) -> None:
        self.held.emit(
            Failed(
                "ReadOnly",
                f"{name} is open in another window. {so}",
                "Save it under another name to keep what you change here.",
            )
        )

    def _on_opened(self) -> None:
        # Before a run begins: a recording that is found has its session.
        opened = self._session.sequence, self._session.recording
        if any(now is not then for now, then in zip(opened, self._opened, strict=True)):
            self._opened = opened
            self.keep()

    def keep(self) -> None:
        """Write down what is open beside its recordings, where it changed."""
        present = self.present
        if present == self._kept or not (present.ran or self._session.sequence):
            return
        # It is kept for a crash: a full disk is told of by what is wanted now.
        with contextlib.suppress(StudioError, OSError):
            write_session(present, self._session.folder / KEPT)
            self._kept = present

    # From a file

    def open_session(self) -> None:
        """Ask for a session file and open what it says."""
        dialog = QFileDialog(self._window, "Open session", self._preferences.folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{FILTER};;All files (*)")
        dialog.fileSelected.connect(self.open_session_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_session_file(self, path: str) -> None:
        """Open what a session file says."""
        try:
            saved = read_session(Path(path))
        except StudioError as error:
            self._report(error)
            return
        self._preferences.remember_recent(path)
        self._take(Path(path))
        self._open(saved, None)

    def reopen(self, recording: Path) -> None:
        """Open what a session that died had open, with its recording."""
        try:
            saved = read_session(recording.parent / KEPT)
        except StudioError:
            # It could not be kept, as on a full disk: the recording is all there is.
            self._recover(recording, None)
            return
        self._open(saved, recording)

    def _open(self, saved: SavedSession, recovered: Path | None) -> None:
        session = self._session
        wishes: list[Callable[[], None]] = []
        last = partial(self._show, saved, recovered)
        if saved.example in {each.name for each in examples()}:
            # The example runs by itself when it is open.
            wishes = [partial(session.open_example, saved.example), _nothing, last]
        elif saved.model:
            opening = partial(
                session.open_model, saved.model, answers=dict(saved.answers)
            )
            wishes.append(opening)
            if saved.source:
                wishes.append(partial(self._open_sequence, saved))
                if saved.ran and not saved.recording and recovered is None:
                    wishes.append(session.run)
            wishes.append(last)
        else:
            last()
        self._errands = Errands(session, wishes)
        self._errands.begin()

    def _open_sequence(self, saved: SavedSession) -> None:
        model = self._session.model
        if model is not None and saved.sha256 != model.sha256:
            self._changed(saved.model)
        self._session.open_sequence(saved.source, saved.choices)

    def _show(self, saved: SavedSession, recovered: Path | None) -> None:
        if saved.source_sha256 and hash_of(saved.source) != saved.source_sha256:
            self._changed(saved.source)
        if recovered is not None:
            self._recover(recovered, saved.view)
            return
        if saved.recording:
            try:
                self._session.open_recording(saved.recording)
            except StudioError as error:
                self._report(error)
        self._look(saved.view)
        if self.read_only:
            self._say_held(self._elsewhere, "Here it is open to read only.")

    def _recover(self, recording: Path, view: View | None) -> None:
        try:
            self._session.recover(recording)
        except StudioError as error:
            self._report(error)
            return
        if view is not None:
            self._look(view)

    def _look(self, view: View) -> None:
        self._session.look(
            layer=view.layer,
            unit=view.unit,
            step=view.step,
            sample=view.sample,
            span=view.span,
            streams=view.streams,
            pins=view.pins,
        )

    def _changed(self, path: str) -> None:
        self._report(
            StudioError(
                f"{Path(path).name} is not what it was when the session was saved.",
                "It was opened all the same; what it shows may differ.",
            )
        )


def _nothing() -> None:
    """Wait for the run that an example begins."""
