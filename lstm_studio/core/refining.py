"""Makes overviews of derived streams in slices, when there is time for it.

What a picture of a long derived stream takes is a matrix product for every step. It
is done once, its lowest and highest values are kept in memory, and any later picture
of the same steps costs as much as that of a stored stream.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from lstm_studio.core import keeping
from lstm_studio.core.drawn import pieces
from lstm_studio.core.halves import bounds_dtype
from lstm_studio.core.reading import width
from lstm_studio.core.refined import COARSE, Refined, levels_for, rows_of
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import Span, Spans, common, without
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

Key = tuple[str, str, int, int]

TILE_VALUES: Final = 1 << 21
"""Values of a stream whose bounds are made in a slice: some 0.1 to 0.3 s."""

KEPT_BYTES: Final = 1 << 29
"""Bytes of overviews in memory; the oldest go first."""


def refined_of(
    store: Store, track: Track, stream: str, sample: int, size: int
) -> Refined | None:
    """Return what pictures of ``size`` steps a column come from; None: from nothing."""
    levels = levels_for(size)
    if levels is None:
        return None
    key = track.layer.name, stream, sample, levels[0]
    found = store.refined.get(key)
    if found is None:
        kept = bounds_dtype(track.layer, stream, track.dtype)
        found = Refined(width(track, stream), levels, track.dtype, kept)
        make = partial(_bounds, store, track, stream, each=levels[0], sample=sample)
        if store.state != "running" and sample < track.samples:
            keeping.take(store, track, stream, sample, found, make)
        # Another thread may have been quicker.
        found = store.refined.setdefault(key, found)
    return found


def missing(track: Track, refined: Refined, span: Span) -> Spans:
    """Return the rows of the lowest level inside ``span`` that are still to be made."""
    inside = common(track.committed, (span,))
    return without(rows_of(inside, refined.steps), refined.rows)


def refine(
    store: Store, track: Track, stream: str, refined: Refined, span: Span, sample: int
) -> Iterator[None]:
    """Make the overview of ``span``, a slice at each call of ``next``."""
    steps = refined.steps
    tile = max(TILE_VALUES // width(track, stream) // steps, 1)
    for start, stop in missing(track, refined, span):
        for first in range(start, stop, tile):
            last = min(first + tile, stop)
            within = first * steps, min(last * steps, track.length)
            made = _bounds(store, track, stream, within, steps, sample)
            refined.write(first, made)
            _forget(store, (track.layer.name, stream, sample, steps))
            if steps == COARSE[0] and not missing(track, refined, (0, track.length)):
                keeping.keep(store, track, stream, sample, refined)
            yield


def _bounds(
    store: Store, track: Track, stream: str, span: Span, each: int, sample: int
) -> Float[Array, "row both"]:
    """Return the lowest and highest of every ``each`` steps."""
    units = width(track, stream)
    rows = -(-(span[1] - span[0]) // each)
    result = np.full((rows, 2 * units), np.nan, track.dtype)
    steps = np.arange(*span)
    steps = steps[track.readable(steps, sample)]
    for piece, values in pieces(store, track, stream, steps, sample):
        columns = (steps[piece] - span[0]) // each
        if (np.diff(columns) < 0).any():
            # A reverse layer is derived as it went, call by call.
            order = np.argsort(columns, kind="stable")
            columns, values = columns[order], values[order]
        first = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
        at = columns[first]
        for part, ufunc in ((slice(units), np.fmin), (slice(units, None), np.fmax)):
            found = ufunc.reduceat(values, first, axis=0)
            result[at, part] = ufunc(result[at, part], found)
    return result


def _forget(store: Store, newest: Key) -> None:
    """Let go of the overviews that were made first, where all take too much."""
    store.refined[newest] = store.refined.pop(newest)
    while (
        len(store.refined) > 1
        and sum(refined.nbytes for refined in store.refined.values()) > KEPT_BYTES
    ):
        store.refined.pop(next(iter(store.refined)))
