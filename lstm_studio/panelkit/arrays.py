"""Thins arrays that are at hand whole: what went into the model and what came out."""

from typing import Final

import numpy as np
from jaxtyping import Float

from lstm_studio.core.blocks import StepBlock, column_size, thin

MOST_VALUES: Final = 2_000_000
"""Values looked at for a frame; of more, only some steps of each column."""

Values = Float[np.ndarray, "step channel"]


class ArrayReader:
    """Thins an array for the span on screen, and keeps the result while it holds."""

    def __init__(self) -> None:
        self._values: Values | None = None
        self._asked: tuple[tuple[int, int], int] | None = None
        self._block: StepBlock | None = None

    def read(self, values: Values, span: tuple[int, int], columns: int) -> StepBlock:
        """Return lowest and highest values of columns that cover a span and more."""
        asked = (tiles(span), column_size(span[1] - span[0], columns))
        if self._block is None or values is not self._values or asked != self._asked:
            self._values, self._asked = values, asked
            self._block = block_of(values, *asked)
        return self._block


def tiles(span: tuple[int, int]) -> tuple[int, int]:
    """Return a wider window on whole tiles, so that a small pan reads nothing new."""
    tile = 1
    while tile < span[1] - span[0]:
        tile *= 2
    tile = max(tile // 2, 1)
    return span[0] // tile * tile, -(-span[1] // tile) * tile


def block_of(values: Values, span: tuple[int, int], size: int) -> StepBlock:
    """Return lowest and highest values of columns of ``size`` steps of a span."""
    start = max(span[0], 0) // size * size
    stop = min(-(-span[1] // size) * size, len(values))
    window = values[start:stop]
    # A stride that divides the column, so that columns keep their places.
    stride = 1
    while stride < size and window.size > MOST_VALUES * stride:
        stride *= 2
    low, high = thin(np.asarray(window[::stride], np.float32), size // stride)
    return StepBlock(start, stop, size, low, high, exact=stride == 1)
