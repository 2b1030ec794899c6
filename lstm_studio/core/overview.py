"""A window of any length as lowest and highest per column, at the cost of its pixels.

Stored streams come from their overviews where those were written (`bounds`), others
from overviews that were made when they were looked at before (`refining`). Where
neither is there, a window that is longer than can be read at once is looked at in
samples, and the block says that it is not exact; `refine` makes it so.
"""

import time
from typing import Final

import numpy as np

from lstm_studio.core import refining
from lstm_studio.core.blocks import StepBlock, column_size, thin
from lstm_studio.core.bounds import read_bounds, side_by_side
from lstm_studio.core.derive import offered
from lstm_studio.core.drawn import every, needs_no_scan, without_scan
from lstm_studio.core.reading import read, width
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.spans import NONE, Span, Spans
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

STORED_VALUES: Final = 1 << 23
"""Values of a stored stream that are read for a picture without being asked twice."""

DERIVED_PRODUCTS: Final = 3 << 29
"""Multiplications for a picture of a derived stream: some 20 to 40 ms on one core."""

PER_VALUE: Final = 500
"""What all the rest takes for a value, in multiplications of a matrix product."""

UNTHINNED: Final = 4
"""So much longer may it take where every step is drawn: samples would look wrong."""

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
    span = start, stop
    bounds = _from_bounds(store, track, stream, span, size, sample)
    if bounds is not None:
        return StepBlock(start, stop, size, *bounds)
    rest = _rest(store, track, stream, span, size, sample)
    if rest == NONE:
        return _from_refined(store, track, stream, span, size, sample, rest)
    if exact or _is_quick(store, track, stream, stop - start, size):
        return _whole(store, track, stream, span, size, sample)
    if rest is None:
        return _sampled(store, track, stream, span, size, sample)
    return _from_refined(store, track, stream, span, size, sample, rest)


def refine(
    store: Store,
    layer: str,
    stream: str,
    span: Span,
    columns: int,
    sample: int,
    seconds: float,
) -> StepBlock:
    """Return ``span`` as `overview` does, after so much work on what is not exact."""
    track = store.track(layer)
    start, stop = max(span[0], 0), min(span[1], track.length)
    size = column_size(stop - start, columns)
    if _rest(store, track, stream, (start, stop), size, sample) is None:
        return overview(store, layer, stream, span, columns, sample, exact=True)
    until = time.perf_counter() + seconds
    refined = refining.refined_of(store, track, stream, sample, size)
    assert refined is not None
    for _ in refining.refine(store, track, stream, refined, (start, stop), sample):
        if time.perf_counter() > until:
            break
    return overview(store, layer, stream, span, columns, sample, exact=False)


def _is_quick(store: Store, track: Track, stream: str, steps: int, size: int) -> bool:
    """Return whether all steps of a window can be read for a picture."""
    values = steps * width(track, stream)
    if stream == "x" or stream in track.tables:
        return values <= STORED_VALUES
    products = values * _products(store, track, stream)
    return products <= DERIVED_PRODUCTS * (UNTHINNED if size == 1 else 1)


def _products(store: Store, track: Track, stream: str) -> int:
    """Return how many multiplications a value of a derived stream takes."""
    sizes = track.layer.sizes
    scanned = stream in ("c", "c_prev") and not needs_no_scan(store, track, stream)
    gates = 3 if scanned else 1
    return gates * (sizes.input + sizes.state + PER_VALUE)


def _rest(
    store: Store, track: Track, stream: str, span: Span, size: int, sample: int
) -> Spans | None:
    """Return the rows that no overview in memory has; None: it cannot help at all."""
    if span[0] % size or sample >= track.samples:
        return None
    # While a run goes, a row may have only some of its steps.
    if store.state == "running":
        return None
    refined = refining.refined_of(store, track, stream, sample, size)
    return None if refined is None else refining.missing(track, refined, span)


def _from_refined(
    store: Store,
    track: Track,
    stream: str,
    span: Span,
    size: int,
    sample: int,
    rest: Spans,
) -> StepBlock:
    """Return columns from the overview in memory, and samples of what it has not."""
    start, stop = span
    refined = refining.refined_of(store, track, stream, sample, size)
    if refined is None or (rest and not refined.rows):
        return _sampled(store, track, stream, span, size, sample)
    columns = -(-(stop - start) // size)
    low, high = refined.read((start, start + columns * size), size)
    if not rest:
        return StepBlock(start, stop, size, low, high)
    # Those of which a part is missing are shown as sampled.
    gone, each = np.zeros(columns, bool), refined.steps
    for first, last in rest:
        gone[(first * each - start) // size : -(-(last * each - start) // size)] = True
    block = _sampled(store, track, stream, span, size, sample)
    block.low[~gone], block.high[~gone] = low[~gone], high[~gone]
    return block


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
    tiles = ((first, min(first + tile, stop)) for first in range(start, stop, tile))
    parts = [thin(every(store, track, stream, at, sample), size) for at in tiles]
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
    is_c = stream == "c" and stream not in track.tables
    scanned = is_c and not needs_no_scan(store, track, stream)
    if scanned and len(track.read_checkpoints()[1]):
        low = _at_checkpoints(track, span, size, columns, sample)
        return StepBlock(start, stop, size, low, low.copy(), exact=False)
    each = min(max(SAMPLED_VALUES // (columns * width(track, stream)), 1), size)
    inside = (np.arange(each) * size + size // 2) // each
    steps = (start + np.arange(columns)[:, np.newaxis] * size + inside).reshape(-1)
    steps = np.minimum(steps, stop - 1)
    if not is_c or scanned or sample >= track.samples:
        name, units = track.layer.name, slice(None)
        rows = read(store, name, (stream,), steps, units, sample)[stream]
        return StepBlock(start, stop, size, *thin(rows, each), exact=False)
    steps, back = np.unique(steps, return_inverse=True)
    there = track.readable(steps, sample)
    rows = np.full((len(steps), width(track, stream)), np.nan, track.dtype)
    rows[there], sure = without_scan(store, track, steps[there], sample)
    low, high = thin(rows[back], each)
    if not sure.all() and len(track.read_checkpoints()[1]):
        kept = _at_checkpoints(track, span, size, columns, sample)
        low[:, ~sure] = high[:, ~sure] = kept[:, ~sure]
    return StepBlock(start, stop, size, low, high, exact=False)


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
