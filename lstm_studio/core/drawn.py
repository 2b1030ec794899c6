"""Streams as pictures take them: ``c`` of an LSTM without a scan, where that is sure.

``h = o * tanh(c)`` gives ``c`` at the price of one gate, at any step and with no step
before it: a third of what the formula of ``c`` takes. Where ``tanh`` is so near its
end that float32 does not tell its values apart, ``c`` of that unit is scanned after
all. What is read, shown as a number or exported always comes from the formula.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from lstm_studio.core import reading
from lstm_studio.core.cells.lstm import cell_of
from lstm_studio.core.derive import Piece
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.core.spans import Span
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

Steps = Int64[Array, " step"]


RESIDUAL: Final = 1e-6
"""How far ``o * tanh(c)`` may be from ``h``: more comes of TF32 or half precision."""


def needs_no_scan(store: Store, track: Track, stream: str) -> bool:
    """Return whether a stream is ``c`` that follows from ``h`` and ``o``."""
    layer = track.layer
    if stream != "c" or stream in track.tables or layer.sizes.projection:
        return False
    proof = store.certificate.layers.get(layer.name)
    return proof is not None and proof.residual <= RESIDUAL


def every(
    store: Store, track: Track, stream: str, span: Span, sample: int
) -> Float[Array, "step unit"]:
    """Return every step of a span, NaN where there is none."""
    if not needs_no_scan(store, track, stream) or sample >= track.samples:
        name, within = track.layer.name, slice(*span)
        return reading.read(store, name, (stream,), within, slice(None), sample)[stream]
    steps = np.arange(*span)
    there = np.flatnonzero(track.readable(steps, sample))
    ((_, values),) = pieces(store, track, stream, steps[there], sample)
    if len(there) == len(steps):
        return values
    rows = np.full((len(steps), values.shape[1]), np.nan, track.dtype)
    rows[there] = values
    return rows


def pieces(
    store: Store, track: Track, stream: str, steps: Steps, sample: int
) -> Iterator[tuple[Piece, Float[Array, "piece unit"]]]:
    """Yield a stream of all units piece by piece, as `reading.pieces` does."""
    if not needs_no_scan(store, track, stream):
        yield from reading.pieces(store, track, stream, steps, sample)
        return
    c, sure = without_scan(store, track, steps, sample)
    if not sure.all():
        units = np.flatnonzero(~sure)
        deriver = reading.deriver_of(store, track, units, sample)
        c[:, units] = deriver.values(steps, ("c",))["c"]
    yield slice(None), c


def without_scan(
    store: Store, track: Track, steps: Steps, sample: int
) -> tuple[Float[Array, "step unit"], Bool[Array, " unit"]]:
    """Return ``c`` at ``steps``, and of which units it is sure at all of them."""
    units = np.arange(track.layer.sizes.hidden)
    c = np.empty((len(steps), len(units)), track.dtype)
    sure = np.ones(len(units), bool)
    deriver = reading.deriver_of(store, track, units, sample)
    for piece, values in deriver.pieces(steps, ("o", "h")):
        c[piece], here = cell_of(values["h"], values["o"])
        sure &= here.all(axis=0)
    return c, sure
