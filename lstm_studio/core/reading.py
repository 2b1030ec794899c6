"""Reads streams of a store: where nothing is there, NaN."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from lstm_studio.core.derive import PIECE_VALUES, Deriver, Piece, offered
from lstm_studio.core.picking import Picked, picked
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

Units = Int64[Array, " unit"]
Derive = Callable[[Int64[Array, " step"]], dict[str, Array]]


def read(
    store: Store,
    layer: str,
    streams: Sequence[str],
    steps: Picked,
    units: Picked,
    sample: int,
) -> dict[str, Float[Array, "step unit"]]:
    """Return streams of a layer; what they have in common is computed once."""
    track = store.track(layer)
    known = offered(track)
    by_width: dict[int, list[str]] = {}
    for stream in streams:
        if stream not in known:
            raise ValueError(
                f"{layer} has no stream {stream!r}; it has: {', '.join(known)}."
            )
        by_width.setdefault(width(track, stream), []).append(stream)
    result: dict[str, Array] = {}
    for units_there, names in by_width.items():
        chosen = picked(units, units_there, f"{layer} has no unit")
        if track.layer.kind == "module":
            derive: Derive = partial(_stored, track, names, chosen, sample)
        else:
            derive = partial(
                deriver_of(store, track, chosen, sample).values, wanted=names
            )
        result |= _filled(store, track, steps, len(chosen), sample, derive)
    return {stream: result[stream] for stream in streams}


def recompute(
    store: Store, layer: str, steps: Picked, units: Picked, sample: int
) -> Float[Array, "step unit"]:
    """Return ``h`` computed by the cell's formula from the other streams."""
    track = store.track(layer)
    if track.layer.kind == "module":
        raise ValueError(f"{layer} is not recurrent: it has no h to compute anew.")
    chosen = picked(units, track.layer.sizes.state, f"{layer} has no unit")
    derive = deriver_of(store, track, chosen, sample).hidden
    return _filled(store, track, steps, len(chosen), sample, derive)["h"]


def pieces(
    store: Store, track: Track, stream: str, steps: Int64[Array, " step"], sample: int
) -> Iterator[tuple[Piece, Float[Array, "piece unit"]]]:
    """Yield a stream of all units piece by piece: which of ``steps``, and its values.

    Steps are ascending, and this sample has values at all of them.
    """
    units = np.arange(width(track, stream))
    if track.layer.kind != "module":
        deriver = deriver_of(store, track, units, sample)
        for piece, values in deriver.pieces(steps, (stream,)):
            yield piece, values[stream]
        return
    most = max(PIECE_VALUES // max(len(units), 1), 1)
    for start in range(0, len(steps), most):
        here = slice(start, start + most)
        yield here, track.tables[stream].gather(steps[here], sample)


def width(track: Track, stream: str) -> int:
    """Return the number of units of anything that can be read."""
    return track.layer.width("h" if stream == "h_prev" else stream)


def deriver_of(store: Store, track: Track, units: Units, sample: int) -> Deriver:
    """Return what derives streams of some units of a layer."""
    weights = track.load_weights()
    # Layers may differ in samples: where there are fewer, nothing will be asked.
    sample = min(sample, track.samples - 1)
    return Deriver(track, store.sources(track), weights, units, sample)


def _stored(
    track: Track,
    names: Sequence[str],
    units: Units,
    sample: int,
    steps: Int64[Array, " step"],
) -> dict[str, Array]:
    return {name: track.tables[name].gather(steps, sample)[:, units] for name in names}


def _filled(
    store: Store, track: Track, steps: Picked, units: int, sample: int, derive: Derive
) -> dict[str, Array]:
    """Return what ``derive`` gives at the steps that have values, NaN elsewhere."""
    wanted = picked(steps, track.length, f"{track.layer.name} has no step")
    samples = store.samples
    if not 0 <= sample < samples:
        raise IndexError(f"Sample {sample} of {samples}.")
    ascending, back = wanted, None
    if len(wanted) > 1 and not (np.diff(wanted) > 0).all():
        ascending, back = np.unique(wanted, return_inverse=True)
    if sample < track.samples:
        there = track.readable(ascending, sample)
    else:
        there = np.zeros(len(ascending), bool)
    everything = bool(there.all())
    values = derive(ascending if everything else ascending[there])
    if not everything:
        for stream, rows in values.items():
            full = np.full((len(ascending), units), np.nan, track.dtype)
            full[there] = rows
            values[stream] = full
    if back is not None:
        values = {stream: rows[back] for stream, rows in values.items()}
    return values
