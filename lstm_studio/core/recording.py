"""A recording, as its readers see it: what is stored and what is derived, alike."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64

from lstm_studio.core.certificate import Certificate, Origin
from lstm_studio.core.derive import Deriver, offered
from lstm_studio.core.layers import Call, Layer
from lstm_studio.core.opening import FolderReader
from lstm_studio.core.rows import Array
from lstm_studio.core.saving import save
from lstm_studio.core.spans import Spans
from lstm_studio.core.store import Sequence as RecordedSequence
from lstm_studio.core.store import State, Store
from lstm_studio.core.track import Track

Picked = slice | int | np.integer[Any] | Sequence[int] | Int64[Array, " _"]
"""Steps or units that are wanted: a slice, a number, or numbers in any order."""


class Recording:
    """All that one run captured.

    Made by `Recorder`, `lstm_studio.record` or `Recording.open`. Any number of
    threads may read while one writes.
    """

    def __init__(self, store: Store, reader: FolderReader | None = None) -> None:
        self._store = store
        self._reader = reader

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Recording":
        """Open the folder of a recording, also one that is still being written.

        Raises
        ------
        CannotOpen
            It is no recording, or of a newer version, or too damaged to be read.
        """
        reader = FolderReader(Path(path))
        return cls(reader.store, reader)

    def refresh(self) -> None:
        """Take in what another process has committed since."""
        if self._reader is not None:
            self._reader.refresh()

    def verify(self) -> tuple[str, ...]:
        """Read every row of a saved recording, and return all that is damaged.

        Small recordings are verified as they are opened.
        """
        if self._reader is not None:
            self._reader.verify()
        return self.problems

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a folder; one that is there already gives way.

        Raises
        ------
        CannotSave
            There is something else, or the disk takes no more; all is as it was.
        """
        save(self._store, Path(path))

    def close(self) -> None:
        """Remove the temporary folder of a recording that outgrew the memory."""
        if self._store.temporary is not None:
            self._store.temporary()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._store.path is None:
            raise TypeError("A recording in memory is pickled only once it is saved.")
        return Recording.open, (self._store.path,)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layers by name, in the order in which they first ran."""
        return MappingProxyType(
            {name: track.layer for name, track in self._store.tracks.copy().items()}
        )

    @property
    def samples(self) -> int:
        """Number of samples in the batch; the largest, where layers differ."""
        return max((t.samples for t in self._store.tracks.copy().values()), default=0)

    def samples_of(self, layer: str) -> int:
        """Return the number of samples of one layer; above it `read` gives NaN."""
        return self._store.track(layer).samples

    @property
    def path(self) -> Path | None:
        """The folder, None for a recording in memory."""
        return self._store.path

    @property
    def state(self) -> State:
        """``partial``: the run ended early, and what there is can be read."""
        return self._store.state

    @property
    def sequence(self) -> RecordedSequence | None:
        """The sequence that was run."""
        return self._store.sequence

    @property
    def output(self) -> Any:
        """What the model returned, its tensors as arrays."""
        load = self._store.load_output
        return None if load is None else load()

    @property
    def certificate(self) -> Certificate:
        """The measured proof that this is what the model computed."""
        return self._store.certificate

    @property
    def origin(self) -> Origin:
        """Where the recording comes from."""
        return self._store.origin

    @property
    def problems(self) -> tuple[str, ...]:
        """What of the files was found damaged, in sentences."""
        return self._store.problems

    @property
    def spilled(self) -> bool:
        """Whether it outgrew the memory and lies in a temporary folder."""
        return self._store.temporary is not None

    def damage(self, layer: str) -> Spans:
        """Return the spans of steps that were recorded and cannot be read."""
        return self._store.track(layer).damage

    def length(self, layer: str) -> int:
        """Return the number of steps begun so far; not all need be committed."""
        return self._store.track(layer).length

    def committed(self, layer: str) -> Spans:
        """Return the spans of steps that are there, ascending."""
        return self._store.track(layer).committed

    def streams(self, layer: str) -> tuple[str, ...]:
        """Return everything that `read` takes for this layer."""
        return offered(self._store.track(layer))

    def calls(self, layer: str) -> tuple[Call, ...]:
        """Return the calls that filled the layer."""
        return self._store.track(layer).calls.expanded()

    def padding(self, layer: str, sample: int = 0) -> Bool[Array, " step"]:
        """Return which steps are padding of a packed call for this sample."""
        track = self._store.track(layer)
        layout = track.calls.layout(sample)
        steps = np.arange(track.length)
        result = np.zeros(len(steps), bool)
        known = layout.known(steps)
        result[known] = layout.padding(steps[known])
        return result

    def weights(self, layer: str) -> Mapping[str, Array]:
        """Return the weights by PyTorch's names without suffix (``weight_ih``)."""
        return MappingProxyType(dict(self._store.track(layer).load_weights()))

    def initial(
        self, layer: str, call: int
    ) -> Mapping[str, Float[Array, "sample unit"]]:
        """Return the initial state that was given to a call; empty if none was."""
        track = self._store.track(layer)
        row = track.calls.given_row(call)
        if row < 0:
            return {}
        return {
            name: table.rows.block(row, row + 1)[0]
            for name, table in track.initial.items()
            if table.committed and row < table.committed[-1][1]
        }

    def checkpoints(
        self, layer: str
    ) -> tuple[Int64[Array, " row"], Float[Array, "row sample unit"]]:
        """Return the steps after which the kernel's own ``c`` was kept, and it."""
        track = self._store.track(layer)
        rows, steps = track.read_checkpoints()
        if track.checkpoint is None or not len(rows):
            empty = np.empty((0, track.samples, track.layer.sizes.hidden), track.dtype)
            return steps, empty
        stop = int(rows[-1]) + 1
        return steps, track.checkpoint.rows.block(0, stop)[rows]

    def read(
        self,
        layer: str,
        stream: str,
        steps: Picked = slice(None),
        units: Picked = slice(None),
        sample: int = 0,
    ) -> Float[Array, "step unit"]:
        """Return a stream, stored or derived: nobody need know which.

        Parameters
        ----------
        layer
            One of `layers`.
        stream
            One of `streams`: ``h``, ``c``, a gate; ``x``, the layer's input;
            ``i_pre``, what the gate is before its squashing, and its parts
            ``i_pre_input``, ``i_pre_recurrent`` and ``i_pre_bias``; ``h_prev`` and
            ``c_prev``, the state that each step starts from.
        steps, units
            A slice, a number, or numbers in any order.
        sample
            Index in the batch.

        Returns
        -------
        array
            NaN where nothing is committed, and in the padding of packed calls.
        """
        return self.read_streams(layer, (stream,), steps, units, sample)[stream]

    def read_streams(
        self,
        layer: str,
        streams: Sequence[str],
        steps: Picked = slice(None),
        units: Picked = slice(None),
        sample: int = 0,
    ) -> dict[str, Float[Array, "step unit"]]:
        """Return several streams; what they have in common is computed once."""
        track = self._store.track(layer)
        known = offered(track)
        by_width: dict[int, list[str]] = {}
        for stream in streams:
            if stream not in known:
                raise ValueError(
                    f"{layer} has no stream {stream!r}; it has: {', '.join(known)}."
                )
            by_width.setdefault(_width(track, stream), []).append(stream)
        result: dict[str, Array] = {}
        for width, names in by_width.items():
            chosen = picked(units, width, f"{layer} has no unit")
            result |= self._filled(
                track, steps, chosen, sample, partial(Deriver.values, wanted=names)
            )
        return {stream: result[stream] for stream in streams}

    def recomputed(
        self,
        layer: str,
        steps: Picked = slice(None),
        units: Picked = slice(None),
        sample: int = 0,
    ) -> Float[Array, "step unit"]:
        """Return ``h`` computed anew by the cell's formula from the other streams.

        Its difference from ``read(layer, "h")`` is the layer's residual.
        """
        track = self._store.track(layer)
        if track.layer.kind == "module":
            raise ValueError(f"{layer} is not recurrent: it has no h to compute anew.")
        chosen = picked(units, track.layer.sizes.state, f"{layer} has no unit")
        return self._filled(track, steps, chosen, sample, Deriver.hidden)["h"]

    def _filled(
        self,
        track: Track,
        steps: Picked,
        units: Int64[Array, " unit"],
        sample: int,
        derive: Callable[[Deriver, Int64[Array, " step"]], dict[str, Array]],
    ) -> dict[str, Array]:
        """Return what ``derive`` gives at the steps that have values, NaN elsewhere."""
        name = track.layer.name
        wanted = picked(steps, track.length, f"{name} has no step")
        if not 0 <= sample < self.samples:
            raise IndexError(f"Sample {sample} of {self.samples}.")
        ascending, back = wanted, None
        if len(wanted) > 1 and not (np.diff(wanted) > 0).all():
            ascending, back = np.unique(wanted, return_inverse=True)
        there = (
            track.readable(ascending, sample)
            if sample < track.samples
            else np.zeros(len(ascending), bool)
        )
        everything = bool(there.all())
        deriver = Deriver(
            track,
            self._store.sources(track) if track.layer.kind != "module" else (),
            track.load_weights(),
            units,
            min(sample, track.samples - 1),
        )
        values = derive(deriver, ascending if everything else ascending[there])
        if not everything:
            for stream, rows in values.items():
                full = np.full((len(ascending), len(units)), np.nan, track.dtype)
                full[there] = rows
                values[stream] = full
        if back is not None:
            values = {stream: rows[back] for stream, rows in values.items()}
        return values


def picked(picked: Picked, count: int, missing: str) -> Int64[Array, " picked"]:
    """Return which of ``count`` are wanted, as numbers from 0.

    Raises
    ------
    IndexError
        A number is outside; ``missing`` begins the sentence.
    """
    if isinstance(picked, slice):
        return np.arange(*picked.indices(count), dtype=np.int64)
    numbers = np.atleast_1d(np.asarray(picked))
    if not len(numbers):
        return np.empty(0, np.int64)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise TypeError(f"A slice, a number or numbers were expected, not {picked!r}.")
    numbers = numbers.astype(np.int64)
    outside = (numbers < -count) | (numbers >= count)
    if outside.any():
        raise IndexError(f"{missing} {numbers[outside][0]}; it has {count}.")
    return np.where(numbers < 0, numbers + count, numbers)


def _width(track: Track, stream: str) -> int:
    return track.layer.width("h" if stream == "h_prev" else stream)
