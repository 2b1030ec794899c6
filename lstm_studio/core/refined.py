"""Overviews of streams that are not stored: lowest and highest values, in memory."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from lstm_studio.core.halves import outward
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import NONE, Span, Spans, common, joined, without
from lstm_studio.core.track import FACTOR, LEVELS

Bounds = tuple[Float[Array, "row unit"], Float[Array, "row unit"]]

FINE: Final = ((2,), (4, 16))
"""Steps of a row of each level, for windows that are looked at from near."""
COARSE: Final = LEVELS[1:]
"""The same for all others: together they take a 24th of the stream, or half of it."""

BLOCK_BYTES: Final = 1 << 18


def levels_for(size: int) -> tuple[int, ...] | None:
    """Return the levels that pictures of ``size`` steps a column come from."""
    for levels in (COARSE, *reversed(FINE)):
        if size % levels[0] == 0:
            return levels
    return None


def rows_of(spans: Spans, steps: int) -> Spans:
    """Return the rows of ``steps`` steps each that have any step of ``spans``."""
    return joined((), ((start // steps, -(-stop // steps)) for start, stop in spans))


class Refined:
    """The overview of one stream of one sample, level by level.

    Parameters
    ----------
    dtype, kept
        Of the stream, and of what is kept of it.
    """

    def __init__(
        self,
        width: int,
        steps: tuple[int, ...],
        dtype: np.dtype[Any],
        kept: np.dtype[Any],
    ) -> None:
        self.steps = steps[0]
        self.units = width
        self._steps = steps
        self._dtype = dtype
        self._levels = tuple(_Level(2 * width, kept) for _ in steps)

    @property
    def rows(self) -> Spans:
        """Rows of the lowest level that are there."""
        return self._levels[0].rows

    @property
    def nbytes(self) -> int:
        """Bytes of all levels."""
        return sum(level.nbytes for level in self._levels)

    def lowest(self, start: int, stop: int) -> Float[Array, "row both"]:
        """Return rows of the lowest level, as they are kept."""
        return self._levels[0].read(start, stop)

    def write(self, start: int, both: Float[Array, "row both"]) -> None:
        """Keep rows of the lowest level, and of those above what is whole by that."""
        stop = start + len(both)
        self._levels[0].write(start, both)
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            touched = (start // FACTOR, -(-stop // FACTOR))
            whole = tuple((-(-a // FACTOR), b // FACTOR) for a, b in below.rows)
            for first, last in without(common(whole, (touched,)), level.rows):
                rows = below.read(first * FACTOR, last * FACTOR)
                rows = rows.astype(self._dtype, copy=False)
                level.write(first, reduced(rows, FACTOR))
            start, stop = touched

    def read(self, span: Span, size: int) -> Bounds:
        """Return lowest and highest of every ``size`` steps, NaN for what is not there.

        ``size`` and both ends are multiples of ``steps``.
        """
        at = max(k for k, steps in enumerate(self._steps) if size % steps == 0)
        steps = self._steps[at]
        rows = self._rows(at, (span[0] // steps, span[1] // steps))
        both = reduced(rows, size // steps)
        units = both.shape[1] // 2
        return both[:, :units].copy(), both[:, units:].copy()

    def _rows(self, at: int, span: Span) -> Float[Array, "row both"]:
        level, (first, last) = self._levels[at], span
        there = common(level.rows, (span,))
        result = np.full((last - first, level.width), np.nan, self._dtype)
        for start, stop in there:
            result[start - first : stop - first] = level.read(start, stop)
        for start, stop in without((span,), there) if at else ():
            below = self._rows(at - 1, (start * FACTOR, stop * FACTOR))
            result[start - first : stop - first] = reduced(below, FACTOR)
        return result


class _Level:
    """Rows of one level, in blocks: memory is taken for what there is."""

    def __init__(self, width: int, dtype: np.dtype[Any]) -> None:
        self.width = width
        self.rows: Spans = NONE
        self._dtype = dtype
        self._size = max(BLOCK_BYTES // max(width * dtype.itemsize, 1), 1)
        self._blocks: dict[int, Array] = {}

    @property
    def nbytes(self) -> int:
        return len(self._blocks) * self._size * self.width * self._dtype.itemsize

    def write(self, start: int, rows: Float[Array, "row both"]) -> None:
        kept, stop = outward(rows, self._dtype), start + len(rows)
        for number, here, there in self._parts(start, stop):
            if number not in self._blocks:
                shape = self._size, self.width
                self._blocks[number] = np.empty(shape, self._dtype)
            self._blocks[number][here] = kept[there]
        # Last, so that nobody reads what is being written.
        self.rows = joined(self.rows, ((start, stop),))

    def read(self, start: int, stop: int) -> Float[Array, "row both"]:
        result = np.empty((stop - start, self.width), self._dtype)
        for number, here, there in self._parts(start, stop):
            result[there] = self._blocks[number][here]
        return result

    def _parts(self, start: int, stop: int) -> Iterator[tuple[int, slice, slice]]:
        """Yield the number of a block, where in it, and where among what is asked."""
        for number in range(start // self._size, -(-stop // self._size)):
            offset = number * self._size
            first, last = max(start, offset), min(stop, offset + self._size)
            yield (
                number,
                slice(first - offset, last - offset),
                slice(first - start, last - start),
            )


def reduced(both: Float[Array, "row both"], group: int) -> Float[Array, "group both"]:
    """Return the lowest and highest of every ``group`` rows of lowest and highest."""
    if group == 1:
        return both
    units = both.shape[1] // 2
    grouped = both.reshape(len(both) // group, group, 2 * units)
    with np.errstate(invalid="ignore"):
        return np.concatenate(
            (
                np.fmin.reduce(grouped[..., :units], axis=1),
                np.fmax.reduce(grouped[..., units:], axis=1),
            ),
            axis=1,
        )
