"""The rows of a call, packed or not: cutting, turning round, and the user's order."""

from collections.abc import Iterator
from itertools import accumulate, groupby

import numpy as np
from torch import Tensor

from lstm_studio.engine.capture.backend import fewest_rows
from lstm_studio.engine.capture.naming import order_of_samples
from lstm_studio.engine.capture.operations import FusedCall, to_array


class Rows:
    """Where the steps of a call lie in its input and output.

    Attributes
    ----------
    fewest
        Rows that a chunk must have.
    lengths
        Valid steps of each sample in the order of the user, None if not packed.
    inverse
        Where each sample of the user lies in the sorted batch, None if as given.
    """

    def __init__(self, call: FusedCall) -> None:
        self._samples = call.samples
        self._steps = call.steps
        self._sizes = call.batch_sizes
        self.fewest = fewest_rows(call)
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

    def spans(self, *, reverse: bool) -> Iterator[tuple[int, int]]:
        """Yield the spans that chunks may not cross, in the order of the work.

        Upwards a kernel takes samples that end on the way. Downwards it takes only
        samples that all start together (or costs twice, see ``Kernel.downwards``),
        so there the spans end where long stretches of equal samples do.
        """
        if self._sizes is None or not reverse:
            yield 0, self._steps
            return
        high = low = self._steps
        rows = 0
        for size, run in groupby(reversed(self._sizes)):
            steps = sum(1 for _ in run)
            # A span of fewer rows would not give the bits of the whole call.
            if min(rows, steps * size) >= self.fewest:
                yield low, high
                high, rows = low, 0
            low -= steps
            rows += steps * size
        yield low, high

    def cut(self, x: Tensor, low: int, high: int) -> Tensor:
        """Return the rows of steps ``low`` up to ``high``."""
        if self._sizes is None:
            return x[low:high]
        return x[self._offsets[low] : self._offsets[high]]

    def sizes(self, low: int, high: int) -> tuple[int, ...]:
        """Return the batch sizes of the steps ``low`` up to ``high``."""
        return () if self._sizes is None else self._sizes[low:high]

    def turned(self, rows: Tensor, low: int, high: int) -> Tensor:
        """Return rows of constant batch size with their steps in reverse."""
        if self._sizes is None:
            return rows.flip(0)
        steps = rows.reshape(high - low, self._sizes[low], -1)
        return steps.flip(0).reshape(rows.shape)

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
