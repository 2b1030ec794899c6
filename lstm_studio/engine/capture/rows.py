"""The rows of a call, packed or not: cutting, and the user's order."""

from itertools import accumulate

import numpy as np
from torch import Tensor

from lstm_studio.engine.capture.backend import ROWS_TOGETHER, fewest_rows
from lstm_studio.engine.capture.naming import order_of_samples
from lstm_studio.engine.capture.operations import FusedCall, to_array


class Rows:
    """Where the steps of a call lie in its input and output.

    Attributes
    ----------
    lengths
        Valid steps of each sample in the order of the user, None if not packed.
    inverse
        Where each sample of the user lies in the sorted batch, None if as given.
    """

    def __init__(self, call: FusedCall) -> None:
        self._samples = call.samples
        self._steps = call.steps
        self._sizes = call.batch_sizes
        self._fewest = fewest_rows(call)
        self.lengths: tuple[int, ...] | None = None
        self.inverse: np.ndarray | None = None
        if self._sizes is None:
            return
        self._offsets = (0, *accumulate(self._sizes))
        sizes = np.asarray(self._sizes)
        lengths = (sizes[None, :] > np.arange(self._samples)[:, None]).sum(axis=1)
        order = order_of_samples(call.x)
        if order is not None:
            self.inverse = np.argsort(order.cpu().numpy())
            lengths = lengths[self.inverse]
        self.lengths = tuple(int(length) for length in lengths)

    def constant(self, low: int, high: int) -> bool:
        """Whether all samples that are in at ``low`` stay to the last step."""
        return self._sizes is None or self._sizes[low] == self._sizes[high - 1]

    def active(self, low: int) -> int:
        """Return the number of samples that reach step ``low``."""
        return self._samples if self._sizes is None else self._sizes[low]

    def border(self, low: int, steps: int) -> int:
        """Return where to cut, ``steps`` or more above ``low``; the end if nowhere."""
        for step in range(low + steps, self._steps):
            if self._whole(low, step) and self._whole(step, self._steps):
                return step
        return self._steps

    def border_below(self, high: int, steps: int) -> int:
        """Return where to cut, ``steps`` or more below ``high``; 0 if nowhere."""
        for step in range(high - steps, 0, -1):
            if self._whole(step, high) and self._whole(0, step):
                return step
        return 0

    def _whole(self, low: int, high: int) -> bool:
        """Whether the rows of these steps get the bits that they get in the call."""
        first, last = self._row(low), self._row(high)
        at_border = low == 0 or first % ROWS_TOGETHER == 0
        return at_border and last - first >= self._fewest

    def _row(self, step: int) -> int:
        return step * self._samples if self._sizes is None else self._offsets[step]

    def cut(self, x: Tensor, low: int, high: int) -> Tensor:
        """Return the rows of steps ``low`` up to ``high``."""
        if self._sizes is None:
            return x[low:high]
        return x[self._row(low) : self._row(high)]

    def sizes(self, low: int, high: int) -> tuple[int, ...]:
        """Return the batch sizes of the steps ``low`` up to ``high``."""
        return () if self._sizes is None else self._sizes[low:high]

    def place(self, rows: Tensor, low: int, high: int) -> np.ndarray:
        """Return ``(step, sample, unit)`` as the user gave the samples; NaN pads."""
        values = to_array(rows)
        if self._sizes is None:
            return values
        placed = np.full(
            (high - low, self._samples, values.shape[-1]), np.nan, values.dtype
        )
        valid = np.arange(self._samples) < np.asarray(self._sizes[low:high])[:, None]
        placed[valid] = values
        return placed if self.inverse is None else placed[:, self.inverse]

    def as_given(self, states: np.ndarray) -> np.ndarray:
        """Return ``(sample, unit)`` with the samples as the user gave them."""
        return states if self.inverse is None else states[self.inverse]
