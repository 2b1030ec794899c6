"""NaN and Inf that a model computed: found in every step, which no overview shows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Bool, Int64

PIECE_VALUES: Final = 1 << 20
MOST_VALUES: Final = 1 << 30
"""Values beyond which a recording is not searched."""
MOST_STEPS: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class BadSteps:
    """Steps with values that are not finite, ascending; of many the first.

    ``unit`` and ``kind`` are those of the first.
    """

    steps: Int64[np.ndarray, " step"]
    unit: int = 0
    kind: str = "NaN"


NONE: Final = BadSteps(np.zeros(0, np.int64))


def bad_steps(recording: Recording, layer: str, stream: str, sample: int) -> BadSteps:
    """Return where a stream is not finite although it was recorded."""
    length, width = recording.length(layer), recording.layers[layer].width(stream)
    if length * width > MOST_VALUES:
        return NONE
    there = _recorded(recording, layer, sample)
    size = max(PIECE_VALUES // max(width, 1), 1)
    found: list[Int64[np.ndarray, " step"]] = []
    unit, kind = 0, "NaN"
    for start in range(0, length, size):
        steps = slice(start, min(start + size, length))
        rows = recording.read(layer, stream, steps, sample=sample)[there[steps]]
        # One sum is much quicker than a look at each value.
        with np.errstate(invalid="ignore", over="ignore"):
            total = rows.sum()
        if np.isfinite(total):
            continue
        bad = ~np.isfinite(rows)
        inside = np.flatnonzero(bad.any(axis=1))
        if not len(inside):
            continue
        if not found:
            unit = int(bad[inside[0]].argmax())
            kind = "NaN" if np.isnan(rows[inside[0], unit]) else "Inf"
        found.append(start + np.flatnonzero(there[steps])[inside])
        if sum(map(len, found)) > MOST_STEPS:
            break
    if not found:
        return NONE
    return BadSteps(np.concatenate(found)[:MOST_STEPS], unit, kind)


def _recorded(recording: Recording, layer: str, sample: int) -> Bool[Array, " step"]:
    there = np.zeros(recording.length(layer), bool)
    for start, stop in recording.committed(layer):
        there[start:stop] = True
    if sample >= recording.samples_of(layer):
        there[:] = False
    return there & ~recording.padding(layer, sample)
