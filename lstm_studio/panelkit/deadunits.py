"""Units whose state never changes."""

from typing import Final

import numpy as np

from lstm_studio.core.blocks import StepBlock

LEAST_STEPS: Final = 8
"""Steps below which nothing can be said of a unit."""
STILL: Final = 1e-6
"""Difference between two states that rounding may make."""


def dead_units(block: StepBlock) -> tuple[int, ...]:
    """Return the units that have the same value in all columns, NaN left aside."""
    if block.stop - block.start < LEAST_STEPS:
        return ()
    low = np.fmin.reduce(block.low, axis=0)
    high = np.fmax.reduce(block.high, axis=0)
    known = np.isfinite(low) & np.isfinite(high)
    ranges = np.subtract(high, low, where=known, out=np.full_like(high, np.inf))
    still = ranges <= STILL * np.maximum(np.abs(high), 1)
    return tuple(np.flatnonzero(still & known).tolist())
