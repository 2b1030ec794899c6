"""What one recording has more than another, step by step and unit by unit."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.blocks import StepBlock, thin
from lstm_studio.core.recording import Recording

MOST_VALUES: Final = 1 << 24
"""Values of each recording that are read at most; a derived one costs a product."""
PIECE: Final = 1024
"""Rows that are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """The second less the first, and where it is largest.

    Attributes
    ----------
    step, unit
        Where the largest difference of those that were looked at is.
    first, second
        The values there.
    """

    block: StepBlock
    step: int
    unit: int
    first: float
    second: float

    @property
    def largest(self) -> float:
        """The largest difference, with its sign; 0.0 where all is equal."""
        return self.second - self.first


def difference(
    first: Recording,
    second: Recording,
    layer: str,
    stream: str,
    span: tuple[int, int],
    size: int,
    sample: int = 0,
) -> Difference:
    """Return columns of ``size`` steps of ``second - first``, where both have steps.

    Of very many values only some steps of each column are looked at; the block says
    so. The streams must have as many units in both.
    """
    width = first.layers[layer].width(stream)
    steps = min(first.length(layer), second.length(layer))
    start = max(span[0], 0) // size * size
    stop = max(min(-(-span[1] // size) * size, steps), start)
    stride = 1
    while stride < size and (stop - start) * width > MOST_VALUES * stride:
        stride *= 2
    per_column = size // stride
    rows = max(PIECE // per_column, 1) * per_column
    empty = np.empty((0, width), np.float32)
    lows, highs = [empty], [empty]
    found = Difference(StepBlock(start, stop, size, empty, empty), start, 0, 0.0, 0.0)
    for at in range(start, stop, rows * stride):
        steps_of = slice(at, min(at + rows * stride, stop), stride)
        one = first.read(layer, stream, steps_of, sample=sample)
        other = second.read(layer, stream, steps_of, sample=sample)
        apart = np.asarray(other - one, np.float32)
        low, high = thin(apart, per_column)
        lows.append(low)
        highs.append(high)
        size_of = np.where(np.isfinite(apart), np.abs(apart), -1.0)
        row, unit = np.unravel_index(int(np.argmax(size_of)), apart.shape)
        if size_of[row, unit] > abs(found.largest):
            place = at + int(row) * stride, int(unit)
            values = float(one[row, unit]), float(other[row, unit])
            found = Difference(found.block, *place, *values)
    low, high = np.concatenate(lows), np.concatenate(highs)
    block = StepBlock(start, stop, size, low, high, exact=stride == 1)
    return Difference(block, found.step, found.unit, found.first, found.second)
