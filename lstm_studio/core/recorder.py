"""The one writer of a recording."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from lstm_studio.core.calls import Calls
from lstm_studio.core.certificate import Certificate, Origin
from lstm_studio.core.layers import InitialState, Layer
from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array, MemoryRows
from lstm_studio.core.spans import Spans, count, joined
from lstm_studio.core.store import Sequence as RecordedSequence
from lstm_studio.core.store import Store, prepared
from lstm_studio.core.track import Inputs, Table, Track, make_tables


class Recorder:
    """Writes a recording: declare, begin a call, write its rows, commit.

    Nothing that was written is seen by a reader before `commit`.

    Parameters
    ----------
    streams
        ``derive`` stores what the others follow from; ``all`` stores every stream.
    """

    def __init__(self, *, streams: Literal["derive", "all"] = "derive") -> None:
        self._store = Store()
        self._streams = streams
        self.recording = Recording(self._store)

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
        make_tables(track, stored, self._rows)
        self._store.tracks[layer.name] = track

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
        row = -1
        if source == "given":
            row = self._keep(track, {n: v[None] for n, v in initial.items()})
        return track.calls.begin(
            steps, source, None if lengths is None else tuple(map(int, lengths)), row
        )

    def begin_calls(
        self,
        layer: str,
        sources: Sequence[InitialState],
        initial: Mapping[str, Float[Array, "given sample unit"]],
    ) -> int:
        """Reserve one call of one step for each of ``sources``; return the first.

        ``initial`` holds the states of those that are ``given``, one row each.
        """
        track = self._store.tracks[layer]
        row = self._keep(track, initial) if "given" in sources else -1
        start = track.calls.length
        for source in sources:
            if source == "given":
                track.calls.begin(1, source, None, row)
                row += 1
            else:
                track.calls.begin(1, source)
        return start

    def write(
        self,
        layer: str,
        start: int,
        rows: Mapping[str, Float[Array, "step sample unit"]],
    ) -> None:
        """Copy rows of stored streams, in input time, to ``start`` and after."""
        track = self._store.tracks[layer]
        for stream, values in rows.items():
            self._write(track.tables[stream], start, values, track.calls.length)

    def checkpoint(self, layer: str, step: int, c: Float[Array, "sample unit"]) -> None:
        """Keep ``c`` after ``step``: a sample that is in its padding holds its own."""
        track = self._store.tracks[layer]
        if track.checkpoint is None:
            raise ValueError(f"{layer} has no c.")
        at = len(track.checkpoint_steps)
        self._write(track.checkpoint, at, c[None], at + 1)
        track.checkpoint_steps.append(step)

    def commit(self) -> dict[str, int]:
        """Let readers see what was written; return the number of steps per layer."""
        for track in self._store.tracks.values():
            for table in track.all_tables().values():
                if table.pending:
                    table.publish()
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
        kept = values.copy()
        self._store.sequence = RecordedSequence(lambda: kept, labels, name, rate)

    def set_output(self, output: Any) -> None:
        """Keep what the model returned: arrays in tuples, lists and dicts."""
        self._store.output = output

    def set_certificate(self, certificate: Certificate) -> None:
        """Keep the figures of the run."""
        self._store.certificate = certificate

    def set_origin(self, origin: Origin) -> None:
        """Keep where the recording comes from."""
        self._store.origin = origin

    def finish(self, state: Literal["complete", "partial"]) -> None:
        """Say that no more rows come."""
        self.commit()
        self._store.state = state

    def close(self) -> None:
        """Let go of what is open; without `finish` the recording is partial."""
        if self._store.state == "running":
            self.finish("partial")

    def _rows(
        self, track: Track, _name: str, width: int, dtype: np.dtype[Any]
    ) -> MemoryRows:
        return MemoryRows(track.samples, width, dtype)

    def _keep(
        self, track: Track, initial: Mapping[str, Float[Array, "row sample unit"]]
    ) -> int:
        """Append rows to the initial states and return the first."""
        first = 0
        for name, table in track.initial.items():
            spans: Spans = joined(table.committed, table.pending)
            first = spans[-1][1] if spans else 0
            values = initial[name]
            self._write(table, first, values, first + len(values))
        return first

    def _write(
        self,
        table: Table,
        start: int,
        values: Float[Array, "row sample unit"],
        expected: int,
    ) -> None:
        table.rows.write(start, values, expected)
        table.pending = joined(table.pending, ((start, start + len(values)),))
