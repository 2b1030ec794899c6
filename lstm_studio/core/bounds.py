"""Overviews: lowest and highest value of every 16, 64, 256, ... steps, as a run goes.

Together they take a sixth of what the stream takes, or half of that (`halves`). A row
of level ``k`` holds the lowest values of all units and then the highest, and is written
when all its steps were; what is not yet covered is read from the level below, in the
end from the steps.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from lstm_studio.core.halves import outward
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import Span, common, joined, without
from lstm_studio.core.track import FACTOR, LEVELS, Track

Bounds = tuple[Float[Array, "row unit"], Float[Array, "row unit"]]

TILE_ROWS: Final = 1 << 12


def extend(track: Track) -> None:
    """Write the rows that became whole since the last time; `publish` shows them."""
    for stream, levels in track.bounds.items():
        source, steps = track.tables[stream], LEVELS[0]
        for table in levels:
            there = joined(source.committed, source.pending)
            whole = tuple(
                (-(-start // steps), stop // steps)
                for start, stop in there
                if -(-start // steps) < stop // steps
            )
            new = without(whole, joined(table.committed, table.pending))
            if not new:
                break
            for start, stop in new:
                for first in range(start, stop, TILE_ROWS):
                    last = min(first + TILE_ROWS, stop)
                    rows = source.rows.block(first * steps, last * steps)
                    # Half precision is slow to reckon with.
                    rows = rows.astype(track.dtype, copy=False)
                    if source is track.tables[stream]:
                        rows = _without_padding(track, rows, first * steps)
                        rows = np.concatenate((rows, rows), axis=2)
                    reduced = outward(_reduced(rows, steps), table.dtype)
                    table.write(first, reduced, last)
            source, steps = table, FACTOR


def read_bounds(
    track: Track,
    stream: str,
    span: Span,
    size: int,
    sample: int,
    read_steps: Callable[[Span], Float[Array, "step unit"]],
) -> Bounds | None:
    """Return lowest and highest of every ``size`` steps, None where that cannot be.

    Parameters
    ----------
    span
        Of steps, from a multiple of ``size``.
    read_steps
        Gives the steps themselves, NaN where there are none.
    """
    levels = [steps for steps in LEVELS if steps <= size and size % steps == 0]
    if stream not in track.bounds or not levels or span[0] % levels[-1]:
        return None
    at = len(levels) - 1
    steps = LEVELS[at]
    rows = _rows(
        track, stream, at, (span[0] // steps, -(-span[1] // steps)), sample, read_steps
    )
    units = rows.shape[1] // 2
    starts = np.arange(0, len(rows), size // steps)
    with np.errstate(invalid="ignore"):
        return (
            np.fmin.reduceat(rows[:, :units], starts, axis=0),
            np.fmax.reduceat(rows[:, units:], starts, axis=0),
        )


def _rows(
    track: Track,
    stream: str,
    at: int,
    span: Span,
    sample: int,
    read_steps: Callable[[Span], Float[Array, "step unit"]],
) -> Float[Array, "row both"]:
    """Return rows of a level, those that are not written from the level below."""
    table, steps = track.bounds[stream][at], LEVELS[at]
    first, last = span
    result = np.full((last - first, table.width), np.nan, track.dtype)
    written = common(table.committed, (span,))
    for start, stop in written:
        result[start - first : stop - first] = table.rows.read(start, stop, sample)
    for start, stop in without((span,), written):
        in_steps = start * steps, min(stop * steps, track.length)
        if not common(track.tables[stream].committed, (in_steps,)):
            continue
        if at:
            below = (
                start * FACTOR,
                min(stop * FACTOR, -(-in_steps[1] // LEVELS[at - 1])),
            )
            rows = _rows(track, stream, at - 1, below, sample, read_steps)
            group = FACTOR
        else:
            rows = read_steps(in_steps)
            rows = np.concatenate((rows, rows), axis=1)
            group = steps
        missing = (stop - start) * group - len(rows)
        rows = np.pad(rows, ((0, missing), (0, 0)), constant_values=np.nan)
        reduced = _reduced(rows[:, np.newaxis], group)[:, 0]
        result[start - first : stop - first] = reduced
    return result


def _reduced(
    rows: Float[Array, "row sample both"], group: int
) -> Float[Array, "group sample both"]:
    count, samples, width = rows.shape
    grouped = rows.reshape(count // group, group, samples, width)
    half = width // 2
    result = np.empty((count // group, samples, width), rows.dtype)
    with np.errstate(invalid="ignore"):
        np.fmin.reduce(grouped[..., :half], axis=1, out=result[..., :half])
        np.fmax.reduce(grouped[..., half:], axis=1, out=result[..., half:])
    return result


def _without_padding(
    track: Track, rows: Float[Array, "step sample unit"], start: int
) -> Float[Array, "step sample unit"]:
    if all(run.lengths is None for run in track.calls.runs):
        return rows
    steps = np.arange(start, start + len(rows))
    rows = rows.copy()
    for sample in range(track.samples):
        rows[track.calls.layout(sample).padding(steps), sample] = np.nan
    return rows


def side_by_side(parts: Sequence[Bounds]) -> Bounds:
    """Return bounds of streams whose units stand side by side."""
    lows, highs = zip(*parts, strict=True)
    return np.concatenate(lows, axis=1), np.concatenate(highs, axis=1)
