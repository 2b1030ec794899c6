"""The matrix products that gates are made of, for any steps and units."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from lstm_studio.core.calls import GIVEN, ZERO, Layout
from lstm_studio.core.cells.cell import Cell, Products
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.track import Table, Track

Steps = Int64[Array, " step"]
Window = Float[Array, "step unit"]

TILE_BYTES: Final = 1 << 20
"""Bytes of rows that one matrix product takes at a time: bounds what is copied."""

NARROW: Final = 64
"""Units below which rows that do not lie together cost more than a copy."""


class Multiplier:
    """Multiplies ``x`` and ``h`` before each step with the wanted rows of the weights.

    Parameters
    ----------
    sources
        The stored streams whose rows side by side are ``x``.
    """

    def __init__(
        self,
        track: Track,
        cell: Cell,
        sources: Sequence[Table],
        weights: Mapping[str, Array],
        units: Int64[Array, " unit"],
        sample: int,
        layout: Layout,
    ) -> None:
        self._track = track
        self._cell = cell
        self._sources = sources
        self._weights = weights
        self._units = units
        self._sample = sample
        self._layout = layout

    def products(self, wanted: Sequence[str], steps: Steps) -> Products:
        """Return what gates and pre-activations take at ascending ``steps``."""
        needs = [self._cell.needs(name) for name in wanted]
        inputs = [g for g in self._cell.gates if any(g in n.input for n in needs)]
        recurrents = [
            g for g in self._cell.gates if any(g in n.recurrent for n in needs)
        ]
        result = Products()
        for gate in self._cell.gates:
            result.bias_input[gate] = self._bias("bias_ih", gate)
            result.bias_recurrent[gate] = self._bias("bias_hh", gate)
        if inputs:
            result.input = self._deal(inputs, self._with_input(inputs, steps))
        if recurrents:
            result.recurrent = self._deal(
                recurrents, self._with_previous(recurrents, steps)
            )
        return result

    def previous_h(self, steps: Steps) -> Window:
        """Return ``h`` that each step starts from, all units; not to be written to."""
        main = self._track.main
        beside = steps + (1 if self._layout.reverse else -1)
        before = self._layout.previous(steps)
        rows = main.gather(beside, self._sample)
        other = np.flatnonzero(before != beside)
        if not len(other):
            return rows
        if not rows.flags.owndata:
            rows = rows.copy()
        codes = before[other]
        rows[other] = np.nan
        rows[other[codes == ZERO]] = 0
        for chosen, table, numbers in (
            (codes >= 0, main, codes),
            (codes <= GIVEN, self._track.initial["h"], GIVEN - codes),
        ):
            if chosen.any():
                different, back = np.unique(numbers[chosen], return_inverse=True)
                rows[other[chosen]] = table.gather(different, self._sample)[back]
        return rows

    def _bias(self, name: str, gate: str) -> Float[Array, " unit"]:
        bias = self._weights.get(name)
        if bias is None:
            return np.zeros(len(self._units), self._track.dtype)
        return np.asarray(bias[self._weight_rows([gate])])

    def _weight_rows(self, gates: Sequence[str]) -> Int64[Array, " row"]:
        hidden = self._track.layer.sizes.hidden
        return np.concatenate(
            [self._cell.gates.index(gate) * hidden + self._units for gate in gates]
        )

    def _with_input(
        self, gates: Sequence[str], steps: Steps
    ) -> Float[Array, "step row"]:
        weight = self._weights["weight_ih"][self._weight_rows(gates)]
        product = np.empty((len(steps), len(weight)), self._track.dtype)
        for tile in self._tiles(steps, weight.shape[1]):
            column = 0
            for source in self._sources:
                rows = source.gather(steps[tile], self._sample)
                part = weight[:, column : column + source.width]
                if column:
                    product[tile] += rows @ part.T
                else:
                    np.matmul(rows, part.T, out=product[tile])
                column += source.width
        return product

    def _with_previous(
        self, gates: Sequence[str], steps: Steps
    ) -> Float[Array, "step row"]:
        weight = self._weights["weight_hh"][self._weight_rows(gates)]
        product = np.empty((len(steps), len(weight)), self._track.dtype)
        for tile in self._tiles(steps, weight.shape[1]):
            np.matmul(self.previous_h(steps[tile]), weight.T, out=product[tile])
        return product

    def _tiles(self, steps: Steps, width: int) -> Iterator[slice]:
        size = max(TILE_BYTES // max(width * self._track.dtype.itemsize, 1), 1)
        for start in range(0, len(steps), size):
            yield slice(start, start + size)

    def _deal(
        self, gates: Sequence[str], product: Float[Array, "step row"]
    ) -> dict[str, Window]:
        units = len(self._units)
        parts = {
            gate: product[:, at * units : (at + 1) * units]
            for at, gate in enumerate(gates)
        }
        if units >= NARROW:
            return parts
        return {gate: np.ascontiguousarray(part) for gate, part in parts.items()}
