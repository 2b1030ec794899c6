"""Which unit stands in which row of a heat map."""

from collections.abc import Callable

import numpy as np

from lstm_studio.core.shapes import Int64
from lstm_studio.panelkit.ticks import Tick, unit_ticks

Ticks = Callable[[float, float, float], list[Tick]]


class UnitRows:
    """Units from the top down; without an order each in the row of its number.

    Attributes
    ----------
    order
        The unit of each row, None where that is its number.
    ticks
        Names units on the axis.
    """

    def __init__(self, order: Int64[np.ndarray, " row"] | None = None) -> None:
        self.order = order
        self._rows = None if order is None else np.argsort(order)
        self.ticks: Ticks = unit_ticks if order is None else _ticks(order)

    def unit_at(self, y: float) -> int:
        """Return the unit of the row at ``y``."""
        row = int(y)
        return int(self.order[row]) if self.order is not None else row

    def row_of(self, unit: int) -> int:
        """Return the row of a unit."""
        return int(self._rows[unit]) if self._rows is not None else unit

    def units_in(self, rows: tuple[int, int]) -> tuple[int, ...]:
        """Return the units of rows from the first up to, not with, the last."""
        if self.order is None:
            return tuple(range(*rows))
        return tuple(self.order[slice(*rows)].tolist())


def _ticks(order: Int64[np.ndarray, " row"]) -> Ticks:
    def ticks(low: float, high: float, pixels: float) -> list[Tick]:
        return [
            (value, str(order[int(value)]))
            for value, _ in unit_ticks(low, high, pixels)
            if int(value) < len(order)
        ]

    return ticks
