"""Rows thinned to the pixels of a plot, with nothing hidden: lowest and highest."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True)
class StepBlock:
    """Lowest and highest value of each unit in columns of ``steps_per_column`` steps.

    ``exact`` is False where only some steps of each column were looked at, as in a
    first, coarse picture of a stream that must be derived.
    """

    start: int
    stop: int
    steps_per_column: int
    low: Float[np.ndarray, "column unit"]
    high: Float[np.ndarray, "column unit"]
    exact: bool = True


def column_size(steps: int, columns: int) -> int:
    """Return the smallest power of two of steps that fits ``steps`` in ``columns``."""
    size = 1
    while size * max(columns, 1) < steps:
        size *= 2
    return size


def thin(
    rows: Float[np.ndarray, "step unit"], size: int
) -> tuple[Float[np.ndarray, "column unit"], Float[np.ndarray, "column unit"]]:
    """Return the lowest and the highest value of every ``size`` rows.

    NaN marks rows that are not there; a column of nothing else is NaN.
    """
    if size == 1:
        return rows, rows
    starts = np.arange(0, len(rows), size)
    return (
        np.fmin.reduceat(rows, starts, axis=0),
        np.fmax.reduceat(rows, starts, axis=0),
    )
