"""The points of a trajectory, and which of its steps are in a rectangle."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF

from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.core.spans import NONE, Spans


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """Points in the order of steps; a break begins a new line."""

    steps: Int64[np.ndarray, " point"]
    points: Float[np.ndarray, "point 3"]
    breaks: Bool[np.ndarray, " point"]

    def __len__(self) -> int:
        return len(self.steps)


EMPTY: Final = Trail(np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros(0, bool))


def steps_in(trail: Trail, pixels: Float[np.ndarray, "point 2"], box: QRectF) -> Spans:
    """Return the steps whose points are in a rectangle.

    Where not every step has its point, those up to the next one go along.
    """
    x, y = pixels.T
    inside = (x >= box.left()) & (x <= box.right())
    inside &= (y >= box.top()) & (y <= box.bottom())
    if not inside.any():
        return NONE
    apart = np.diff(trail.steps)
    # More apart than the others are only those around steps that have no values.
    every = int(apart.min()) if len(apart) else 1
    stops = trail.steps + np.append(np.minimum(apart, every), 1)
    start, stop = trail.steps[inside], stops[inside]
    new = np.append(True, start[1:] != stop[:-1])
    ends = np.append(new[1:], True)
    return tuple(zip(start[new].tolist(), stop[ends].tolist(), strict=True))
