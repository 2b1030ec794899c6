"""Steps spread evenly over a recording of any length: what a whole run is judged by."""

from typing import Final

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64

MOST_STEPS: Final = 20_000
MOST_VALUES: Final = 1 << 24
"""Values that are read at most; a derived one costs a matrix product."""
MOST_SCANNED: Final = 1 << 26
"""Values of ``c`` beyond which only those that the kernel left are taken."""

Steps = Int64[Array, " step"]


def spread_steps(recording: Recording, layer: str, width: int) -> tuple[Steps, int]:
    """Return evenly spaced steps that are there, and how far they are apart.

    ``width`` is the number of values at each step, of all streams that are read.
    """
    length = recording.length(layer)
    most = max(min(MOST_STEPS, MOST_VALUES // max(width, 1)), 1)
    every = max(-(-length // most), 1)
    steps = np.arange(0, length, every, dtype=np.int64)
    there = np.zeros(len(steps), bool)
    for start, stop in recording.committed(layer):
        there |= (steps >= start) & (steps < stop)
    return steps[there], every


def spread(
    recording: Recording, layer: str, stream: str, sample: int
) -> tuple[Steps, Float[Array, "step unit"], int]:
    """Return steps, their rows, and how far they are apart; NaN is left out.

    ``c`` of a long run follows from all the steps between, so there it is taken
    where the kernel's own was kept.
    """
    width = recording.layers[layer].width(stream)
    steps, every = spread_steps(recording, layer, width)
    length = recording.length(layer)
    if stream == "c" and every > 1 and length * width > MOST_SCANNED:
        kept, states = recording.checkpoints(layer)
        if len(kept):
            ascending = np.argsort(kept, kind="stable")
            steps, every = kept[ascending], max(length // len(kept), 1)
            rows = states[ascending, min(sample, states.shape[1] - 1)]
            good = np.isfinite(rows).all(axis=1)
            return steps[good], rows[good], every
    rows = recording.read(layer, stream, steps, sample=sample)
    good = np.isfinite(rows).all(axis=1)
    return steps[good], rows[good], every
