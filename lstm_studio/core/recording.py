"""A recording, as its readers see it: what is stored and what is derived, alike."""

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.certificate import Certificate, Origin
from lstm_studio.core.derive import offered
from lstm_studio.core.layers import Call, InitialState, Layer
from lstm_studio.core.opening import FolderReader
from lstm_studio.core.overview import overview, refine
from lstm_studio.core.picking import Picked
from lstm_studio.core.reading import read, recompute
from lstm_studio.core.rows import Array
from lstm_studio.core.saving import save
from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.core.sofar import CallsSoFar
from lstm_studio.core.spans import Spans
from lstm_studio.core.store import Sequence as RecordedSequence
from lstm_studio.core.store import State, Store
from lstm_studio.core.walk import Walked, walk


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
        return self._store.samples

    def samples_of(self, layer: str) -> int:
        """Return the number of samples of one layer; above it `read` gives NaN."""
        return self._store.track(layer).samples

    @property
    def path(self) -> Path | None:
        """The folder, None for a recording in memory."""
        return self._store.path

    @property
    def state(self) -> State:
        """``partial``: the run ended early, and what there is can be read.

        ``live``: it is whole so far, and goes on step by step as long as it is open.
        """
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

    def unproved(self) -> "Recording":
        """Return the same rows without a certificate, for one that refers to them."""
        bare = dataclasses.replace(self._store, load_certificate=Certificate)
        return Recording(bare, self._reader)

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

    def calls_so_far(self, layer: str) -> CallsSoFar:
        """Return what `calls` does at no cost for each: for a run that goes on."""
        return self._store.track(layer).calls.so_far()

    def calls_beginning(
        self, layer: str, span: tuple[int, int], crowded: int
    ) -> list[tuple[int, InitialState, int]]:
        """Return first step, source and number of the calls that begin in ``span``.

        Where they are more than ``crowded``, carried ones are left out.
        """
        return self._store.track(layer).calls.beginning(span, crowded)

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
        return read(self._store, layer, streams, steps, units, sample)

    def overview(
        self,
        layer: str,
        stream: str,
        span: tuple[int, int],
        columns: int,
        sample: int = 0,
        *,
        exact: bool = False,
    ) -> StepBlock:
        """Return a window in at most ``columns`` columns, lowest and highest of each.

        Columns are a power of two of steps. From a multiple of that on, stored
        streams of a recording with overviews cost about as much as there are
        columns, at any length.

        Parameters
        ----------
        exact
            Whether to look at every step however long that takes. If not, a long
            window of a derived stream is looked at in samples (``c`` at checkpoints),
            and the block says that it is not exact.
        """
        return overview(self._store, layer, stream, span, columns, sample, exact=exact)

    def refine(
        self,
        layer: str,
        stream: str,
        span: tuple[int, int],
        columns: int,
        sample: int = 0,
        *,
        seconds: float,
    ) -> StepBlock:
        """Return an overview that is made more exact for about ``seconds``.

        What was looked at is kept in memory: asked again it goes on where it was, and
        an overview of the same steps at any coarser zoom is exact at once.
        """
        return refine(self._store, layer, stream, span, columns, sample, seconds)

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
        return recompute(self._store, layer, steps, units, sample)

    def walk(self, layer: str, sample: int = 0) -> Iterator[Walked]:
        """Yield all committed steps of a layer with ``h`` and ``c`` computed anew.

        Each step is derived once, so this is the quick way to prove the whole layer.
        """
        return walk(self._store, layer, sample)
