"""Orders of the units of a layer: what belongs together stands together."""

from typing import Literal

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.spread import spread

Order = Literal["index", "mean", "variance", "peak", "similarity"]


def unit_order(
    recording: Recording, layer: str, stream: str, order: Order, sample: int
) -> Int64[np.ndarray, " unit"]:
    """Return the units from the top of a picture down."""
    rows = spread(recording, layer, stream, sample)[1].astype(np.float64)
    units = recording.layers[layer].width(stream)
    if order == "index" or len(rows) < 2:
        return np.arange(units)
    match order:
        case "mean":
            key = -rows.mean(axis=0)
        case "variance":
            key = -rows.var(axis=0)
        case "peak":
            key = np.abs(rows).argmax(axis=0).astype(float)
        case "similarity":
            key = _angles(rows)
    return np.argsort(key, kind="stable")


def _angles(rows: Float[Array, "step unit"]) -> Float[np.ndarray, " unit"]:
    """Return the angle of each unit between the two main directions.

    Units that rise and fall together have the same angle (Friendly 2002,
    "Corrgrams"); the circle is cut where its gap is widest.
    """
    moved = rows - rows.mean(axis=0)
    spreads = np.sqrt((moved**2).mean(axis=0))
    alive = spreads > 1e-12
    angles = np.full(rows.shape[1], np.inf)
    if alive.sum() < 3:
        angles[alive] = np.arange(alive.sum())
        return angles
    unit = moved[:, alive] / spreads[alive]
    _, vectors = np.linalg.eigh(unit.T @ unit)
    found = np.arctan2(vectors[:, -2], vectors[:, -1])
    ordered = np.sort(found)
    gaps = np.diff(ordered, append=ordered[0] + 2 * np.pi)
    cut = ordered[(int(gaps.argmax()) + 1) % len(ordered)]
    angles[alive] = (found - cut) % (2 * np.pi)
    return angles
