"""What is shown: one recording, what was read of it, and the cursor moving over it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.recording import Recording
from lstm_studio.core.view import Extent, View
from lstm_studio.session.history import History
from lstm_studio.session.looking import Looking
from lstm_studio.session.other import Apart, Other
from lstm_studio.session.playback import Playback
from lstm_studio.session.questions import Question
from lstm_studio.session.reader import Reader
from lstm_studio.session.shelf import Shelf, Units, Value
from lstm_studio.session.workspace import Workspace

FRAME_MS: Final = 16
IDLE_MS: Final = 100
"""While nothing runs: only the end of the runner's process can come unasked."""


class Shown(Looking):
    """Holds one recording and answers what panels ask about it, frame by frame."""

    opened = Signal()
    """The model, the sequence or the recording is another one."""
    advanced = Signal()
    """There is more to draw: rows, derived values, or progress."""

    def __init__(
        self,
        workspace: Workspace,
        reader: Callable[[Recording], Reader],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.recording: Recording | None = None
        self.other: Other | None = None
        """What this one is compared with."""
        self.saved = ""
        self.loop = False
        self._workspace = workspace
        self._make_reader = reader
        self._shelf: Shelf | None = None
        self._playback = Playback()
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._on_frame)
        self._frame.start()

    # What is drawn

    def rows(
        self,
        layer: str,
        stream: str,
        steps: slice | range,
        units: Units = None,
        sample: int | None = None,
    ) -> np.ndarray | None:
        """Return rows (step, unit) of a sample if they are there already.

        None as ``sample`` is the chosen one.

        Else they are asked for, ``advanced`` comes when they are there, and what
        was read of the same window while less was recorded is returned meanwhile.
        """
        if self._shelf is None:
            return None
        of = self.view.sample if sample is None else sample
        value = self._shelf.rows(layer, stream, steps, units, of)
        self._look_out()
        return value

    def picture(
        self,
        layer: str,
        stream: str,
        span: tuple[int, int],
        columns: int,
        sample: int | None = None,
        *,
        finer: bool = True,
    ) -> StepBlock | None:
        """Return a window thinned to about ``columns``; like ``rows`` it never waits.

        The block may cover another window than asked for: what is there already,
        until the right one is read. Place it by its ``start`` and ``stop``. A coarse
        one is made finer, of all units, unless ``finer`` says not to.
        """
        if self._shelf is None:
            return None
        of = self.view.sample if sample is None else sample
        value = self._shelf.picture(layer, stream, span, columns, of, finer=finer)
        self._look_out()
        return value

    def ask(self, question: Question[Value]) -> Value | None:
        """Return the answer if it is there; ``advanced`` comes when it is.

        What holds for less of a run is returned while a fresh answer is on its way.
        """
        if self._shelf is None:
            return None
        value = self._shelf.get(question)
        self._look_out()
        return value

    @property
    def waiting(self) -> bool:
        """Whether an answer to a question of a panel is still to come."""
        return self._shelf is not None and self._shelf.waiting

    @property
    def settled(self) -> bool:
        """Whether nothing runs and all that panels asked for is there."""
        return not (self.busy or self.waiting)

    def _look_out(self) -> None:
        if self.waiting:
            self._wake()

    def _wake(self) -> None:
        if self._frame.interval() != FRAME_MS:
            self._frame.setInterval(FRAME_MS)

    def _on_frame(self) -> None:
        heard = self._listen()
        fresh = self._shelf.collect() if self._shelf is not None else False
        if self.playing:
            self._play_on()
        if heard or fresh:
            self.advanced.emit()
        if self._at_rest:
            self._frame.setInterval(IDLE_MS)

    def _listen(self) -> bool:
        """Take what came from elsewhere; return whether something did."""
        return False

    @property
    def _at_rest(self) -> bool:
        return not (self.busy or self.waiting or self.playing)

    # The recording

    def show_recording(self, recording: Recording) -> None:
        """Take a recording in the place of the one before."""
        self._drop_recording()
        self.recording, self.saved = recording, ""
        self._shelf = Shelf(recording, self._make_reader(recording))
        self._measure()
        pins = self.view.pins
        self._show(
            View(
                layer=self.view.layer,
                unit=self.view.unit,
                streams=self.view.streams,
                span=(0, max(self.extent.steps, 1)),
                pins=pins,
                seconds=self.view.seconds,
            )
        )
        self.opened.emit()

    def open_recording(self, path: str) -> None:
        """Show a recording that was saved before.

        Raises
        ------
        CannotOpen
            If the folder is not a recording; what is open stays open.
        """
        self.show_recording(Recording.open(Path(path)))
        self.saved = path

    def show_other(self, other: Other | None) -> None:
        """Compare with this recording from now on, or with none."""
        if other != self.other:
            self.other = other
            if self._shelf is not None:
                self._shelf.forget(Apart)
            self.opened.emit()

    @property
    def earlier_runs(self) -> tuple[Path, ...]:
        """Runs of this session other than the one that is shown, the newest first."""
        shown = self.recording.path if self.recording is not None else None
        return tuple(path for path in self._workspace.runs() if path != shown)

    def open_run(self, path: Path) -> None:
        """Show a run of another session; it stays when that one ends.

        Raises
        ------
        CannotOpen
            If it is gone or cannot be read; what is open stays open.
        """
        self.show_recording(Recording.open(self._workspace.share(path)))

    def save_recording(self, path: str) -> None:
        """Save what is recorded as a folder.

        Raises
        ------
        CannotSave
            If the folder cannot be written; the recording is as it was.
        """
        if self.recording is not None:
            self.recording.save(Path(path))
            self.saved = path

    def _drop_recording(self) -> None:
        if self._shelf is not None:
            self._shelf.close()
        if self.recording is not None:
            self.recording.close()
        self._shelf = self.recording = None
        self.extent = Extent({}, 0, 0)
        self.history = History()

    def _measure(self) -> None:
        if self.recording is None:
            return
        layers = self.recording.layers
        steps = max((self.recording.length(name) for name in layers), default=0)
        self.extent = Extent(dict(layers), steps, self.recording.samples)

    # What sessions that died have left

    def recoverable(self) -> tuple[Path, ...]:
        """Return recordings that were not saved, the newest first."""
        return self._workspace.recoverable()

    def recover(self, recording: Path) -> None:
        """Show a recording of a session that died; it may be saved like any other.

        Raises
        ------
        CannotOpen
            Where it is gone or cannot be read.
        """
        self.show_recording(Recording.open(self._workspace.recover(recording)))

    @property
    def folder(self) -> Path:
        """Where the recordings are until they are saved; gone with the session."""
        return self._workspace.folder

    def forget_recoverable(self) -> None:
        """Remove what sessions that died have left."""
        self._workspace.forget()

    # Playback

    @property
    def playing(self) -> float:
        """Steps per second of the playback; 0 while the cursor stands still."""
        return self._playback.rate

    def play(self, steps_per_second: float) -> None:
        """Move the cursor over what is recorded; below 0 moves it backwards."""
        self._playback.begin(self.view.step, steps_per_second)
        self._wake()
        self.advanced.emit()

    def stop_playing(self) -> None:
        """Leave the cursor where it is."""
        if self.playing:
            self.play(0.0)

    def loop_span(self, *, on: bool) -> None:
        """Let the playback begin again at the end of what is in sight, or end."""
        self.loop = on
        self.advanced.emit()

    def _play_on(self) -> None:
        step = self._playback.step()
        first, end = self.view.span if self.loop else (0, self.extent.steps)
        if self.loop and not first <= step < end:
            step = first if self.playing > 0 else end - 1
            self._playback.begin(step, self.playing)
        self._show(replace(self.view, step=step))
        if not 0 <= step < self.extent.steps:
            self.stop_playing()

    def close(self) -> None:
        """End the reader and the timers; nothing is left behind."""
        self._frame.stop()
        self._drop_recording()
        self._workspace.close()
