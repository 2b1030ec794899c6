"""Saves streams as numbers, in a thread of its own, with progress and cancel."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QMainWindow, QProgressDialog

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled, StudioError
from lstm_studio.core.recording import Recording
from lstm_studio.core.view import Part
from lstm_studio.export.arrays import export_arrays
from lstm_studio.export.selection import Selection
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.export_data import ExportDataDialog

LOOK_MS: Final = 50
SOON_MS: Final = 400
"""An export that ends sooner shows no progress."""
STAYS_MS: Final = 6000
THOUSANDTHS: Final = 1000


@dataclass(frozen=True, slots=True)
class _Done:
    """An export came to its end: with an error, or with none."""

    error: StudioError | None = None


class DataExport(QObject):
    """Asks what to save and where, and saves it."""

    def __init__(
        self,
        session: Session,
        window: QMainWindow,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._report = report
        self._selections: list[Selection] = []
        self._ending = ""
        self._path = Path()
        self._thread: threading.Thread | None = None
        self._control = RunControl()
        self._said: queue.SimpleQueue[float | _Done] = queue.SimpleQueue()
        self._shown: QProgressDialog | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether something is being saved."""
        return self._thread is not None

    def export_data(self) -> None:
        """Ask for layers, streams, steps, units and form."""
        recording = self._session.recording
        if recording is None or self.busy:
            return
        dialog = ExportDataDialog(recording, self._session.view, self._window)
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_part(self, part: Part) -> None:
        """Ask how to save a part that was marked."""
        recording = self._session.recording
        if recording is None or self.busy:
            return
        dialog = ExportDataDialog(recording, self._session.view, self._window)
        dialog.take(part)
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_chosen(self, selections: list[Selection], ending: str) -> None:
        self._selections, self._ending = selections, ending
        dialog = QFileDialog(self._window, "Export data")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f".{ending} (*.{ending})")
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(f"states.{ending}")
        dialog.fileSelected.connect(self._on_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_path(self, path: str) -> None:
        self.save(Path(path), self._selections)

    def save(self, path: Path, selections: list[Selection]) -> None:
        """Begin to save; the window says when it is done, or why it is not."""
        recording = self._session.recording
        if recording is None or self.busy:
            return
        self._control, self._path = RunControl(), path
        self._said = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=_work,
            args=(recording, path, selections, self._control, self._said),
            name="lstm-studio export",
        )
        self._thread.start()
        self._shown = QProgressDialog(
            f"Writing {path.name}", "Cancel", 0, THOUSANDTHS, self._window
        )
        self._shown.setWindowTitle("Export data")
        self._shown.setMinimumDuration(SOON_MS)
        self._shown.setAutoReset(False)
        self._shown.canceled.connect(self._control.cancel)
        self._timer.start()

    def _look(self) -> None:
        while not self._said.empty():
            said = self._said.get()
            if isinstance(said, _Done):
                self._end(said.error)
                return
            if self._shown is not None:
                self._shown.setValue(round(said * THOUSANDTHS))

    def _end(self, error: StudioError | None) -> None:
        cancelled = self._shown is not None and self._shown.wasCanceled()
        self.close()
        if error is not None:
            self._report(error)
        elif not cancelled:
            self._window.statusBar().showMessage(f"Saved {self._path}", STAYS_MS)

    def close(self) -> None:
        """End what is being saved; a file that is not whole is not left."""
        self._timer.stop()
        if self._thread is not None:
            self._control.cancel()
            self._thread.join()
            self._thread = None
        if self._shown is not None:
            self._shown.close()
            self._shown.deleteLater()
            self._shown = None


def _work(
    recording: Recording,
    path: Path,
    selections: list[Selection],
    control: RunControl,
    said: "queue.SimpleQueue[float | _Done]",
) -> None:
    try:
        export_arrays(
            recording, path, selections, control, lambda n, of: said.put(n / max(of, 1))
        )
    except JobCancelled:
        said.put(_Done())
    except StudioError as error:
        said.put(_Done(error))
    else:
        said.put(_Done())
