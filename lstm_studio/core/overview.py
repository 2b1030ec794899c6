"""A window of any length as lowest and highest per column, at the cost of its pixels.

Stored streams come from their overviews where those were written (`bounds`). Where
they were not, and for derived streams, a window that is longer than can be read at
once is looked at in samples, and the block says that it is not exact.
"""

from typing import Final

import numpy as np
from jaxtyping import Float, Int64

from lstm_studio.core.blocks import StepBlock, column_size, thin
from lstm_studio.core.bounds import read_bounds, side_by_side
from lstm_studio.core.derive import offered
from lstm_studio.core.reading import read, width
from lstm_studio.core.rows import Array
from lstm_studio.core.spans import Span
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

STORED_VALUES: Final = 1 << 23
"""Values of a stored stream that are read for a picture without being asked twice."""

DERIVED_VALUES: Final = 1 << 20
"""The same of a derived stream: a matrix product each."""

SAMPLED_VALUES: Final = 1 << 19
"""Values of a stream that are looked at where all are too many."""


def overview(
    store: Store,
    layer: str,
    stream: str,
    span: Span,
    columns: int,
    sample: int,
    *,
    exact: bool,
) -> StepBlock:
    """Return ``span`` of a stream in columns, as `Recording.overview` says."""
    track = store.track(layer)
    start, stop = max(span[0], 0), min(span[1], track.length)
    size = column_size(stop - start, columns)
    if stop <= start or stream not in offered(track):
        empty = read(store, layer, (stream,), slice(0, 0), slice(None), sample)[stream]
        return StepBlock(start, start, 1, empty, empty)
    bounds = _from_bounds(store, track, stream, (start, stop), size, sample)
    if bounds is not None:
        return StepBlock(start, stop, size, *bounds)
    stored = stream == "x" or stream in track.tables
    most = STORED_VALUES if stored else DERIVED_VALUES
    if not exact and (stop - start) * width(track, stream) > most:
        return _sampled(store, track, stream, (start, stop), size, sample)
    return _whole(store, track, stream, (start, stop), size, sample)


def _from_bounds(
    store: Store, track: Track, stream: str, span: Span, size: int, sample: int
) -> tuple[Array, Array] | None:
    parts = [(track, stream)] if stream in track.tables else []
    if stream == "x" and not parts:
        parts = store.origins(track)
    if not parts or sample >= track.samples:
        return None
    found = []
    for source, name in parts:

        def read_steps(steps: Span, source: Track = source, name: str = name) -> Array:
            picked = slice(*steps)
            of = source.layer.name
            return read(store, of, (name,), picked, slice(None), sample)[name]

        bounds = read_bounds(source, name, span, size, sample, read_steps)
        if bounds is None:
            return None
        found.append(bounds)
    return side_by_side(found)


def _whole(
    store: Store, track: Track, stream: str, span: Span, size: int, sample: int
) -> StepBlock:
    """Read all steps, so many at a time as fit in memory with ease."""
    start, stop = span
    tile = max(STORED_VALUES // width(track, stream) // size, 1) * size
    parts = [
        thin(rows, size)
        for first in range(start, stop, tile)
        for rows in read(
            store,
            track.layer.name,
            (stream,),
            slice(first, min(first + tile, stop)),
            slice(None),
            sample,
        ).values()
    ]
    return StepBlock(start, stop, size, *side_by_end(parts))


def _sampled(
    store: Store,
    track: Track,
    stream: str,
    span: Span,
    size: int,
    sample: int,
) -> StepBlock:
    start, stop = span
    columns = -(-(stop - start) // size)
    checkpoints = track.read_checkpoints()[1]
    if stream == "c" and stream not in track.tables and len(checkpoints):
        low = high = _at_checkpoints(track, span, size, columns, sample)
        return StepBlock(start, stop, size, low, high, exact=False)
    each = min(max(SAMPLED_VALUES // (columns * width(track, stream)), 1), size)
    inside = (np.arange(each) * size + size // 2) // each
    steps = (start + np.arange(columns)[:, np.newaxis] * size + inside).reshape(-1)
    rows = read(
        store,
        track.layer.name,
        (stream,),
        np.minimum(steps, stop - 1),
        slice(None),
        sample,
    )[stream]
    return StepBlock(start, stop, size, *thin(rows, each), exact=False)


def _at_checkpoints(
    track: Track, span: Span, size: int, columns: int, sample: int
) -> Float[Array, "column unit"]:
    """Return ``c`` where the kernel's own was kept nearest to each column.

    Any other ``c`` follows only from a scan of all the steps between.
    """
    assert track.checkpoint is not None
    rows, steps = track.read_checkpoints()
    by_step = np.argsort(steps, kind="stable")
    rows, steps = rows[by_step], steps[by_step]
    middles = span[0] + np.arange(columns) * size + size // 2
    after = np.clip(np.searchsorted(steps, middles), 0, len(steps) - 1)
    before = np.maximum(after - 1, 0)
    nearer = middles - steps[before] < steps[after] - middles
    chosen: Int64[Array, " column"] = rows[np.where(nearer, before, after)]
    different, back = np.unique(chosen, return_inverse=True)
    values = track.checkpoint.gather(different, sample)[back]
    values[~track.readable(np.minimum(middles, span[1] - 1), sample)] = np.nan
    return values


def side_by_end(
    parts: list[tuple[Array, Array]],
) -> tuple[Float[Array, "column unit"], Float[Array, "column unit"]]:
    """Return columns of tiles one after the other."""
    lows, highs = zip(*parts, strict=True)
    return np.concatenate(lows), np.concatenate(highs)
