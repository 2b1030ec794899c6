"""Where rows live: ``(row, sample, unit)``, in memory here, in a file in `files`."""

from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from lstm_studio.core.shapes import Float, Int64

Array = np.ndarray[Any, np.dtype[Any]]

SMALLEST_BLOCK: Final = 1 << 20
"""Bytes of a block of rows: calls of one step each share one."""


@runtime_checkable
class Rows(Protocol):
    """Rows that one writer appends and many readers read, with no lock.

    A reader asks only for rows that were committed, so what it reads is not being
    written.
    """

    def write(
        self, start: int, values: Float[Array, "row sample unit"], expected: int
    ) -> None:
        """Write rows; ``expected`` is how many there will be, as far as is known."""
        ...

    def read(self, start: int, stop: int, sample: int) -> Float[Array, "row unit"]:
        """Return rows of one sample, a view where that costs nothing."""
        ...

    def block(self, start: int, stop: int) -> Float[Array, "row sample unit"]:
        """Return rows of all samples."""
        ...

    def take(self, rows: Int64[Array, " row"], sample: int) -> Float[Array, "row unit"]:
        """Return the rows of one sample at any places."""
        ...


class MemoryRows:
    """Rows in blocks that never move: no doubling, no copy, no peak."""

    def __init__(self, samples: int, width: int, dtype: np.dtype[Any]) -> None:
        self._shape = (samples, width)
        self._dtype = dtype
        self._row_bytes = max(samples * width * dtype.itemsize, 1)
        self._blocks: list[Array] = []
        self._stops: list[int] = []

    def write(
        self, start: int, values: Float[Array, "row sample unit"], expected: int
    ) -> None:
        stop = start + len(values)
        self._make(stop, expected)
        for block, offset, first, last in self._parts(start, stop):
            rows, new = block[first - offset : last - offset], values[first - start :]
            # Those of `room` and `adopt` are where they belong.
            if not np.may_share_memory(rows, new):
                rows[:] = new[: last - first]

    def room(
        self, start: int, stop: int, expected: int
    ) -> Float[Array, "row sample unit"] | None:
        """Return where these rows will lie, to be filled in and then written.

        None where they lie in several places.
        """
        self._make(stop, expected)
        parts = self._parts(start, stop)
        if len(parts) > 1:
            return None
        block, offset, *_ = parts[0]
        return block[start - offset : stop - offset]

    def adopt(
        self, start: int, rows: Float[Array, "row sample unit"], expected: int
    ) -> None:
        """Let ``rows`` be the memory of a whole call, if they can: see `write`."""
        have = self._stops[-1] if self._stops else 0
        whole = start == have and start + len(rows) == expected
        if whole and (not self._blocks or rows.nbytes >= SMALLEST_BLOCK):
            self._blocks.append(rows)
            self._stops.append(expected)

    def _make(self, stop: int, expected: int) -> None:
        have = self._stops[-1] if self._stops else 0
        if stop > have:
            rows = max(
                stop - have, expected - have, SMALLEST_BLOCK // self._row_bytes, 1
            )
            self._blocks.append(np.empty((rows, *self._shape), self._dtype))
            # Last, so that a reader never sees a stop without its block.
            self._stops.append(have + rows)

    def read(self, start: int, stop: int, sample: int) -> Float[Array, "row unit"]:
        parts = [
            block[first - offset : last - offset, sample]
            for block, offset, first, last in self._parts(start, stop)
        ]
        return parts[0] if len(parts) == 1 else self._joined(parts, self._shape[1:])

    def block(self, start: int, stop: int) -> Float[Array, "row sample unit"]:
        parts = [
            block[first - offset : last - offset]
            for block, offset, first, last in self._parts(start, stop)
        ]
        return parts[0] if len(parts) == 1 else self._joined(parts, self._shape)

    def take(self, rows: Int64[Array, " row"], sample: int) -> Float[Array, "row unit"]:
        result = np.empty((len(rows), self._shape[1]), self._dtype)
        at = np.searchsorted(np.array(self._stops), rows, side="right")
        for number in np.unique(at):
            here = at == number
            offset = self._stops[number] - len(self._blocks[number])
            result[here] = self._blocks[number][rows[here] - offset, sample]
        return result

    def _joined(self, parts: list[Array], shape: tuple[int, ...]) -> Array:
        return np.concatenate(parts) if parts else np.empty((0, *shape), self._dtype)

    def _parts(self, start: int, stop: int) -> list[tuple[Array, int, int, int]]:
        """Return block, its first row, and the rows asked for, block by block."""
        parts = []
        for last, block in zip(self._stops, self._blocks, strict=False):
            if last <= start:
                continue
            offset = last - len(block)
            if offset >= stop:
                break
            parts.append((block, offset, max(start, offset), min(stop, last)))
        return parts
