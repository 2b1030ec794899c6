"""Which steps and units a reader wants, as numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Int64

Picked = slice | int | np.integer[Any] | Sequence[int] | Int64[Array, " _"]
"""Steps or units that are wanted: a slice, a number, or numbers in any order."""


def picked(picked: Picked, count: int, missing: str) -> Int64[Array, " picked"]:
    """Return which of ``count`` are wanted, as numbers from 0.

    Raises
    ------
    IndexError
        A number is outside; ``missing`` begins the sentence.
    """
    if isinstance(picked, slice):
        return np.arange(*picked.indices(count), dtype=np.int64)
    numbers = np.atleast_1d(np.asarray(picked))
    if not len(numbers):
        return np.empty(0, np.int64)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise TypeError(f"A slice, a number or numbers were expected, not {picked!r}.")
    numbers = numbers.astype(np.int64)
    outside = (numbers < -count) | (numbers >= count)
    if outside.any():
        raise IndexError(f"{missing} {numbers[outside][0]}; it has {count}.")
    return np.where(numbers < 0, numbers + count, numbers)
