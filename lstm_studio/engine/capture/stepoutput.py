"""What a model returned step by step, put together as what it returns of a sequence."""

from typing import Any

import numpy as np
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

Array = np.ndarray[Any, np.dtype[Any]]


class Outputs:
    """The outputs of steps, array by array.

    Arrays with an axis of steps are put one after the other. Of those without, as of
    ``h_n``, the last one stands for the sequence.

    Attributes
    ----------
    reason
        Why these outputs are not those of single steps, ``""`` if they are.
    """

    def __init__(self, whole: Any, steps: int) -> None:
        self._whole, self._spec = _arrays(whole)
        self._steps = steps
        self._axes: list[int | None] = []
        self._kept: list[bool] = []
        self._rows: list[list[Array]] = []
        self.reason = ""

    def add(self, output: Any) -> None:
        """Take what the model returned for one more step."""
        arrays, spec = _arrays(output)
        if not self._rows:
            self._begin(arrays, spec)
        if self.reason:
            return
        for number, array in enumerate(arrays):
            rows = self._rows[number]
            if self._axes[number] is None:
                rows.clear()
            rows.append(array)

    def last(self) -> Array | None:
        """Return the step that came last of the first array with an axis of steps."""
        for axis, rows in zip(self._axes, self._rows, strict=True):
            if axis is not None and rows:
                return rows[-1]
        return None

    def joined(self) -> Any:
        """Return what the model would have returned of all these steps at once."""
        joined = [self._join(number) for number in range(len(self._rows))]
        return tree_unflatten(joined, self._spec)

    def compare(self, whole: Any, tolerance: float) -> tuple[int | None, float]:
        """Return the first step that differs, None if none does, and by how much."""
        largest, first = 0.0, None
        for number, expected in enumerate(_arrays(whole)[0]):
            if expected.dtype.kind not in "biuf":
                continue
            axis, array = self._axes[number], self._join(number)
            apart = distance(expected, array)
            if axis is None:
                by_step = np.array([apart.max(initial=0.0)])
            else:
                by_step = np.moveaxis(apart, axis, 0).reshape(
                    len(self._rows[number]), -1
                )
                by_step = by_step.max(axis=1, initial=0.0)
            far = np.flatnonzero(~(by_step <= tolerance * scale(expected)))
            if len(far):
                step = self._steps - 1 if axis is None else int(far[0])
                if first is None or step < first[0]:
                    first = step, float(by_step[far[0]])
            largest = max(largest, float(by_step.max(initial=0.0)))
        return (None, largest) if first is None else first

    def _begin(self, arrays: list[Array], spec: TreeSpec) -> None:
        self._rows = [[] for _ in arrays]
        if spec != self._spec:
            self.reason = (
                "The model returns something else for one step than for a sequence."
            )
            return
        for whole, part in zip(self._whole, arrays, strict=True):
            axis, kept = _axis(whole.shape, part.shape, self._steps)
            self._axes.append(axis)
            self._kept.append(kept)
            if axis is None and whole.shape != part.shape:
                self.reason = (
                    f"The model returns an array of shape {whole.shape} for the "
                    f"sequence and of {part.shape} for one step: which axis is that "
                    f"of the steps cannot be told."
                )
        if not self.reason and all(axis is None for axis in self._axes):
            self.reason = (
                f"The model returns one output for all {self._steps} steps and none "
                f"for each, so its output cannot be had step by step."
            )
        # Only its shapes were of use.
        self._whole = []

    def _join(self, number: int) -> Array:
        axis, rows = self._axes[number], self._rows[number]
        if axis is None:
            return rows[-1]
        if self._kept[number]:
            return np.concatenate(rows, axis)
        return np.stack(rows, axis)


def _axis(
    whole: tuple[int, ...], part: tuple[int, ...], steps: int
) -> tuple[int | None, bool]:
    """Return the axis of the steps, and whether one step still has it."""
    for axis, length in enumerate(whole):
        if length == steps:
            others = whole[:axis] + whole[axis + 1 :]
            if part == (*whole[:axis], 1, *whole[axis + 1 :]):
                return axis, True
            if part == others:
                return axis, False
    return None, False


def _arrays(output: Any) -> tuple[list[Array], TreeSpec]:
    leaves, spec = tree_flatten(output)
    return [np.asarray(leaf) for leaf in leaves], spec


def distance(left: Array, right: Array) -> Array:
    """Return how far values are apart; NaN from NaN not at all, from others ever."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.subtract(left, right, dtype=np.float64))
    apart[(left == right) | (np.isnan(left) & np.isnan(right))] = 0.0
    return np.nan_to_num(apart, nan=np.inf, posinf=np.inf)


def scale(values: Array) -> float:
    """Return by how much values are larger than 1: those have fewer digits."""
    finite = np.abs(values[np.isfinite(values)])
    return max(1.0, float(finite.max(initial=0.0)))
