"""One layer of a recording: its declaration, weights, calls and rows."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from lstm_studio.core.calls import Calls
from lstm_studio.core.files import FileRows
from lstm_studio.core.halves import bounds_dtype
from lstm_studio.core.layers import Layer
from lstm_studio.core.rows import Array, Rows
from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.core.spans import NONE, Spans, common, contains, joined

Chunk = tuple[int, int, int]
"""Rows that were written since the last commit, and their CRC32."""

FACTOR: Final = 4
LEVELS: Final = tuple(16 * FACTOR**level for level in range(8))
"""Steps that a row of an overview stands for."""

LARGEST_CHUNK: Final = 1 << 22

Inputs = tuple[tuple[str, str], ...]


class Table:
    """Rows of one stored stream, and which of them may be read."""

    def __init__(self, rows: Rows, width: int, dtype: np.dtype[Any]) -> None:
        self.rows = rows
        self.width = width
        self.dtype = dtype
        self.committed: Spans = NONE
        self.pending: Spans = NONE
        self.chunks: list[Chunk] = []

    @property
    def end(self) -> int:
        """The row after the last that was written, committed or not."""
        return max((s[-1][1] for s in (self.committed, self.pending) if s), default=0)

    def write(
        self, start: int, values: Float[Array, "row sample unit"], expected: int
    ) -> None:
        """Write rows that nobody sees before `publish`."""
        self.rows.write(start, values, expected)
        stop = start + len(values)
        if isinstance(self.rows, FileRows):
            self._checksum(start, stop, values)
        self.add(start, stop)

    def add(self, start: int, stop: int) -> None:
        """Count rows as written."""
        self.pending = joined(self.pending, ((start, stop),))

    def _checksum(
        self, start: int, stop: int, values: Float[Array, "row sample unit"]
    ) -> None:
        data = np.ascontiguousarray(values, self.dtype)
        first, last, before = self.chunks[-1] if self.chunks else (0, -1, 0)
        # One chunk where the writes of a commit follow each other, unless it is so
        # large that a damaged one takes much with it.
        if last == start and (stop - first) * data[:1].nbytes <= LARGEST_CHUNK:
            self.chunks.pop()
            self.chunks.append((first, stop, zlib.crc32(data.data, before)))
        else:
            self.chunks.append((start, stop, zlib.crc32(data.data)))

    def publish(self) -> None:
        """Let readers see what was written."""
        self.chunks = []
        self.committed, self.pending = joined(self.committed, self.pending), NONE

    def gather(
        self, steps: Int64[Array, " step"], sample: int
    ) -> Float[Array, "step unit"]:
        """Return rows of one sample at ascending steps, NaN where not committed.

        It may be a view of what is stored: not to be written to.
        """
        if not len(steps):
            return np.empty((0, self.width), self.dtype)
        first, stop = int(steps[0]), int(steps[-1]) + 1
        inside = common(self.committed, ((max(first, 0), stop),))
        if stop - first == len(steps) and inside == ((first, stop),):
            return self.rows.read(first, stop, sample)
        result = np.full((len(steps), self.width), np.nan, self.dtype)
        if stop - first == len(steps):
            for start, end in inside:
                result[start - first : end - first] = self.rows.read(start, end, sample)
        elif inside:
            there = contains(inside, steps)
            result[there] = self.rows.take(steps[there], sample)
        return result


@dataclass(slots=True, eq=False)
class Track:
    """What is recorded of one layer.

    Attributes
    ----------
    number
        Place among the layers, which names its files.
    tables
        The stored streams, by stream name.
    initial
        The initial states that were given, by ``"h"`` and ``"c"``, one row each.
    checkpoint
        ``c`` at ``checkpoint_steps``, one row each; None for layers without ``c``.
    load_weights
        Gives the weights; reads a file where the recording was opened from one.
    bounds
        Overviews of the stored streams, level by level; empty where none are kept.
    row_bytes
        What a step takes, all stored streams together.
    journalled_calls
        How many calls the journal of the folder tells of.
    damage
        Steps that were recorded and cannot be read any more.
    """

    layer: Layer
    number: int
    samples: int
    dtype: np.dtype[Any]
    inputs: Inputs
    load_weights: Callable[[], Mapping[str, Array]]
    calls: Calls
    tables: dict[str, Table] = field(default_factory=dict)
    initial: dict[str, Table] = field(default_factory=dict)
    checkpoint: Table | None = None
    checkpoint_steps: list[int] = field(default_factory=list)
    bounds: dict[str, tuple[Table, ...]] = field(default_factory=dict)
    journalled_calls: int = 0
    row_bytes: int = 0
    damage: Spans = NONE

    @property
    def main_name(self) -> str:
        return "output" if self.layer.kind == "module" else "h"

    @property
    def main(self) -> Table:
        """The stream that every recording stores."""
        return self.tables[self.main_name]

    @property
    def committed(self) -> Spans:
        """Steps of which every stored stream may be read."""
        spans = self.main.committed
        for table in self.tables.values():
            if table.committed is not spans:
                spans = common(spans, table.committed)
        return spans

    @property
    def length(self) -> int:
        """Number of steps begun so far."""
        spans = self.main.committed
        return max(self.calls.length, spans[-1][1] if spans else 0)

    def all_tables(self) -> dict[str, Table]:
        """Return every table by the name of its file."""
        tables = dict(self.tables)
        tables |= {f"initial_{name}": table for name, table in self.initial.items()}
        if self.checkpoint is not None:
            tables["checkpoint_c"] = self.checkpoint
        for stream, levels in self.bounds.items():
            for steps, table in zip(LEVELS, levels, strict=True):
                tables[f"{stream}_bounds_{steps}"] = table
        return tables

    def read_checkpoints(self) -> tuple[Int64[Array, " row"], Int64[Array, " row"]]:
        """Return the rows of the checkpoints that may be read, and their steps."""
        if self.checkpoint is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        rows = np.concatenate(
            [np.arange(*span) for span in self.checkpoint.committed]
            or [np.empty(0, np.int64)]
        ).astype(np.int64)
        return rows, np.array(self.checkpoint_steps, np.int64)[rows]

    def readable(
        self, steps: Int64[Array, " step"], sample: int
    ) -> Bool[Array, " step"]:
        """Return at which steps this sample has values: committed and no padding."""
        there = contains(self.committed, steps)
        layout = self.calls.layout(sample)
        known = there & layout.known(steps)
        there[known] &= ~layout.padding(steps[known])
        return there


RowsFactory = Callable[[Track, str, int, np.dtype[Any]], Rows]
"""Makes the rows of a table: track, name of the table, width, dtype."""


def make_tables(
    track: Track,
    streams: tuple[str, ...],
    rows: RowsFactory,
    *,
    overviews: bool,
    halves: bool = True,
) -> None:
    """Give ``track`` its tables: ``streams``, and those of initial ``h`` and ``c``.

    ``halves`` keeps overviews in half precision where that will do.
    """
    layer = track.layer

    def table(name: str, width: int, dtype: np.dtype[Any] = track.dtype) -> Table:
        return Table(rows(track, name, width, dtype), width, dtype)

    for stream in streams:
        track.tables[stream] = table(stream, layer.width(stream))
        row = track.samples * layer.width(stream) * track.dtype.itemsize
        track.row_bytes += row
        if overviews:
            dtype = track.dtype
            if halves:
                dtype = bounds_dtype(layer, stream, dtype)
            track.bounds[stream] = tuple(
                table(f"{stream}_bounds_{steps}", 2 * layer.width(stream), dtype)
                for steps in LEVELS
            )
    if layer.kind == "module":
        return
    track.initial["h"] = table("initial_h", layer.sizes.state)
    if layer.kind == "lstm":
        track.initial["c"] = table("initial_c", layer.sizes.hidden)
        track.checkpoint = table("checkpoint_c", layer.sizes.hidden)
