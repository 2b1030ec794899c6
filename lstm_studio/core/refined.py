"""Overviews of streams that are not stored: lowest and highest values, in memory."""

from typing import Final

import numpy as np
from jaxtyping import Float

from lstm_studio.core.rows import Array, MemoryRows
from lstm_studio.core.spans import Span, Spans, common, without
from lstm_studio.core.track import FACTOR, LEVELS, Table

Bounds = tuple[Float[Array, "row unit"], Float[Array, "row unit"]]

STEPS: Final = LEVELS[1]
"""Steps of a row of the lowest level: all levels take a 24th of the stream."""


class Refined:
    """The overview of one stream of one sample, level by level."""

    def __init__(self, width: int, dtype: np.dtype[np.generic]) -> None:
        self._levels = tuple(
            Table(MemoryRows(1, 2 * width, dtype), 2 * width, dtype) for _ in LEVELS[1:]
        )

    @property
    def rows(self) -> Spans:
        """Rows of the lowest level that are there."""
        return self._levels[0].committed

    @property
    def nbytes(self) -> int:
        """Bytes of all levels."""
        return sum(
            level.end * level.width * level.dtype.itemsize for level in self._levels
        )

    def write(self, start: int, both: Float[Array, "row both"], total: int) -> None:
        """Keep rows of the lowest level, of ``total`` in the end, and what is above."""
        stop = start + len(both)
        self._write(self._levels[0], start, both, total)
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            total //= FACTOR
            touched = (start // FACTOR, -(-stop // FACTOR))
            whole = tuple((-(-a // FACTOR), b // FACTOR) for a, b in below.committed)
            new = without(common(whole, (touched,)), level.committed)
            for first, last in new:
                rows = below.rows.read(first * FACTOR, last * FACTOR, 0)
                self._write(level, first, reduced(rows, FACTOR), total)
            start, stop = touched

    def read(self, span: Span, size: int) -> Bounds:
        """Return lowest and highest of every ``size`` steps, NaN for what is not there.

        ``size`` and both ends are multiples of ``STEPS``.
        """
        at = max(k for k, steps in enumerate(LEVELS[1:]) if size % steps == 0)
        steps = LEVELS[1 + at]
        rows = self._rows(at, (span[0] // steps, span[1] // steps))
        both = reduced(rows, size // steps)
        units = both.shape[1] // 2
        return both[:, :units].copy(), both[:, units:].copy()

    def _rows(self, at: int, span: Span) -> Float[Array, "row both"]:
        level, (first, last) = self._levels[at], span
        there = common(level.committed, (span,))
        result = np.full((last - first, level.width), np.nan, level.dtype)
        for start, stop in there:
            result[start - first : stop - first] = level.rows.read(start, stop, 0)
        for start, stop in without((span,), there) if at else ():
            below = self._rows(at - 1, (start * FACTOR, stop * FACTOR))
            result[start - first : stop - first] = reduced(below, FACTOR)
        return result

    @staticmethod
    def _write(level: Table, start: int, rows: Array, total: int) -> None:
        level.write(start, rows[:, np.newaxis], max(total, start + len(rows)))
        level.publish()


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
