"""The one writer of a recording."""

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from lstm_studio.core.bounds import extend
from lstm_studio.core.calls import Calls
from lstm_studio.core.certificate import Certificate, MeasuredWhenAsked, Origin
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.folder import FolderWriter, saving
from lstm_studio.core.layers import InitialState, Layer
from lstm_studio.core.memory import machine_memory
from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array, MemoryRows, Rows
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import count
from lstm_studio.core.store import Sequence as RecordedSequence
from lstm_studio.core.store import Store, prepared
from lstm_studio.core.track import Inputs, Track, make_tables

T = TypeVar("T")


class Recorder:
    """Writes a recording: declare, begin a call, write its rows, commit.

    Nothing that was written is seen by a reader before `commit`, and a row is
    written once. `CannotSave` says that the disk took no more: what was committed is
    kept, and the same call may be tried again.

    Parameters
    ----------
    store
        Folder of the recording, new or empty; in memory if not given.
    streams
        ``derive`` stores what the others follow from; ``all`` stores every stream.
    memory_budget
        Bytes of rows that are kept in memory, a quarter of the machine's if not
        given; a recording that grows beyond goes on in a temporary folder, and its
        ``spilled`` is True.
    overviews
        Whether to keep lowest and highest values as the run goes, so that pictures
        of long recordings are quick (`Recording.overview`).
    when_stuck
        Called where the disk takes no more. When it returns the same is tried again,
        so it may wait until there is room; if not given, or if it raises, the run
        ends with that error.
    """

    def __init__(
        self,
        store: Path | None = None,
        *,
        streams: Literal["derive", "all"] = "derive",
        memory_budget: int | None = None,
        overviews: bool = False,
        when_stuck: Callable[[CannotSave], None] | None = None,
    ) -> None:
        self._when_stuck = when_stuck
        self._writer = None if store is None else FolderWriter(store)
        self._store = Store(path=store)
        self._streams = streams
        self._overviews = overviews
        self._budget = machine_memory() // 4 if memory_budget is None else memory_budget
        self._reserved = 0
        self.recording = Recording(self._store)

    @property
    def streams(self) -> Literal["derive", "all"]:
        """Whether every stream is stored, or only what the others follow from."""
        return self._streams

    def declare(
        self,
        layer: Layer,
        weights: Mapping[str, Array],
        samples: int,
        dtype: np.dtype[Any],
        inputs: Inputs = (),
    ) -> None:
        """Add a layer, before its first call.

        Parameters
        ----------
        weights
            PyTorch's names without suffix: ``weight_ih``, ``weight_hh``,
            ``bias_ih``, ``bias_hh``, ``weight_hr``. Copied.
        dtype
            Of the run; rows of half precision are stored as float32.
        inputs
            Where ``x`` is if it need not be stored: ``(layer, stream)`` side by side.
        """
        dtype = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        kept = prepared(weights, dtype)
        track = Track(
            layer,
            len(self._store.tracks),
            samples,
            dtype,
            inputs,
            lambda: kept,
            Calls(layer.direction),
        )
        stored = layer.streams if self._streams == "all" else layer.streams[:1]
        if layer.kind != "module" and not inputs:
            stored = (*stored, "x")
        make_tables(track, stored, self._rows, overviews=self._overviews)
        self._store.tracks[layer.name] = track
        self._changed()

    def begin_call(
        self,
        layer: str,
        steps: int,
        initial: Mapping[str, Float[Array, "sample unit"]],
        source: InitialState,
        lengths: Sequence[int] | None = None,
    ) -> int:
        """Reserve the rows of a call and return its first step.

        Parameters
        ----------
        initial
            ``h``, and ``c`` of an LSTM; kept only where ``source`` is ``given``.
        lengths
            Valid steps of each sample, where the input is packed.
        """
        track = self._store.tracks[layer]
        self._reserve(track, steps)
        row = -1
        if source == "given":
            row = self._keep(track, {name: h[None] for name, h in initial.items()})
        valid = None if lengths is None else tuple(int(n) for n in lengths)
        return track.calls.begin(steps, source, valid, row)

    def write(
        self,
        layer: str,
        start: int,
        rows: Mapping[str, Float[Array, "step sample unit"]],
    ) -> None:
        """Copy rows of stored streams, in input time, to ``start`` and after."""
        track = self._store.tracks[layer]
        expected = track.calls.length
        for stream, values in rows.items():
            self._persist(partial(track.tables[stream].write, start, values, expected))

    def room(
        self, layer: str, stream: str, start: int, steps: int
    ) -> Float[Array, "step sample unit"]:
        """Return an array for rows of a stored stream, which `write` may not copy.

        It is filled in before it is written, and not changed after.
        """
        track = self._store.tracks[layer]
        table, stop = track.tables[stream], start + steps
        room = None
        if isinstance(table.rows, MemoryRows):
            room = table.rows.room(start, stop, track.calls.length)
        if room is None:
            room = np.empty((steps, track.samples, table.width), table.dtype)
        return room

    def adopt(
        self,
        layer: str,
        stream: str,
        start: int,
        rows: Float[Array, "step sample unit"],
    ) -> None:
        """Take over rows that nobody else changes, so that `write` need not copy."""
        track = self._store.tracks[layer]
        table = track.tables[stream]
        if isinstance(table.rows, MemoryRows) and rows.dtype == table.dtype:
            table.rows.adopt(start, rows, track.calls.length)

    def checkpoint(self, layer: str, step: int, c: Float[Array, "sample unit"]) -> None:
        """Keep ``c`` after ``step``; a sample that is in its padding holds its own."""
        track = self._store.tracks[layer]
        if track.checkpoint is None:
            raise ValueError(f"{layer} is no LSTM: it has no c.")
        at = len(track.checkpoint_steps)
        self._persist(partial(track.checkpoint.write, at, c[None], at + 1))
        track.checkpoint_steps.append(step)

    def commit(self) -> dict[str, int]:
        """Let readers see what was written; return the number of steps per layer."""
        self._persist(self._commit)
        return {
            name: count(track.committed) for name, track in self._store.tracks.items()
        }

    def set_sequence(
        self,
        values: Array,
        labels: tuple[str, ...] = (),
        name: str = "",
        rate: float | None = None,
    ) -> None:
        """Keep the sequence: ``(step, sample, feature)``, tokens ``(step, sample)``."""
        if self._writer is None:
            kept = values.copy()
            read = lambda: kept  # noqa: E731
        else:
            read = self._persist(partial(self._writer.keep_sequence, values))
        self._store.sequence = RecordedSequence(read, labels, name, rate)

    def set_output(self, output: Any) -> None:
        """Keep what the model returned: arrays in tuples, lists and dicts."""
        if self._writer is None:
            self._store.load_output = lambda: output
        else:
            keep = partial(self._writer.keep_output, output)
            self._store.load_output = self._persist(keep)

    def set_certificate(self, certificate: Certificate) -> None:
        """Keep the figures of the run."""
        self._store.certificate = certificate
        self._changed()

    def measure_when_asked(self, certificate: Callable[[], Certificate]) -> None:
        """Keep what measures the figures; a folder asks for them when it is done."""
        self._store.load_certificate = MeasuredWhenAsked(certificate)
        self._changed()

    def set_origin(self, origin: Origin) -> None:
        """Keep where the recording comes from."""
        self._store.origin = origin
        self._changed()

    def finish(self, state: Literal["live", "complete", "partial"]) -> None:
        """Say that no more rows come; ``live``: that they come when someone asks."""
        self.commit()
        self._store.state = state
        self._changed()

    def close(self) -> None:
        """Let go of the folder; without `finish` the recording is partial.

        It never waits for room on the disk.
        """
        self._when_stuck = None
        if self._store.state == "running":
            # Where the disk takes no more, a folder that nobody writes is partial.
            with contextlib.suppress(CannotSave):
                self.finish("partial")
            self._store.state = "partial"
        if self._store.state == "live":
            with contextlib.suppress(CannotSave):
                self.finish("complete")
            self._store.state = "complete"
        if self._writer is not None:
            with contextlib.suppress(CannotSave):
                self.commit()
            self._writer.close()

    def _commit(self) -> None:
        if self._overviews:
            for track in self._store.tracks.values():
                extend(track)
        if self._writer is not None:
            self._writer.commit(self._store)
            return
        for track in self._store.tracks.values():
            for table in track.all_tables().values():
                if table.pending:
                    table.publish()

    def _persist(self, attempt: Callable[[], T]) -> T:
        """Do what may find the disk full, again and again if someone waits for room."""
        while True:
            try:
                with self._saving():
                    return attempt()
            except CannotSave as error:
                if self._when_stuck is None:
                    raise
                self._when_stuck(error)

    def _rows(self, track: Track, table: str, width: int, dtype: np.dtype[Any]) -> Rows:
        if self._writer is not None:
            return self._writer.rows(track, table, width, dtype)
        return MemoryRows(track.samples, width, dtype)

    def _keep(
        self, track: Track, initial: Mapping[str, Float[Array, "row sample unit"]]
    ) -> int:
        """Append rows to the initial states and return the first."""
        first = track.initial["h"].end
        for name, table in track.initial.items():
            rows = initial[name]
            self._persist(partial(table.write, first, rows, first + len(rows)))
        return first

    def _reserve(self, track: Track, steps: int) -> None:
        if steps < 1:
            raise ValueError(f"A call of {steps} steps.")
        if self._writer is not None:
            return
        reserved = self._reserved + steps * track.row_bytes
        if reserved > self._budget:
            self._persist(self._spill)
        self._reserved = reserved

    def _spill(self) -> None:
        self.commit()
        with saving(Path(tempfile.gettempdir())):
            folder = Path(tempfile.mkdtemp(prefix="lstm-studio-"))
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            writer = FolderWriter(folder)
            undo.callback(writer.close)
            taken = writer.take(self._store)
            undo.pop_all()
        # Readers at work hold the tracks that they began with.
        self._store.tracks.update(taken.tracks)
        self._store.path = folder
        self._store.temporary = weakref.finalize(
            self._store, shutil.rmtree, folder, ignore_errors=True
        )
        self._writer = writer

    def _changed(self) -> None:
        if self._writer is not None:
            self._writer.changed()
            if self._store.state != "running":
                self._persist(partial(self._writer.commit, self._store))

    def _saving(self) -> contextlib.AbstractContextManager[None]:
        if self._writer is None:
            return contextlib.nullcontext()
        return saving(self._writer.folder)
