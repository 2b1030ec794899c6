"""The principal components of a layer: its trajectory in two or three directions."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Bool, Float, Int64
from lstm_studio.core.spread import spread

AXES: Final = 3

Points = Float[np.ndarray, "point 3"]


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Directions of the largest variance, and where the steps are along them.

    Attributes
    ----------
    centre, axes
        Mean of the units, and the directions as columns.
    shares
        Share of the variance along each direction.
    steps, points
        Steps that were looked at, ``every`` so far apart, and their coordinates.
    breaks
        Points that do not follow from the one before: a state was reset or given.
    """

    layer: str
    stream: str
    sample: int
    centre: Float[np.ndarray, " unit"]
    axes: Float[np.ndarray, "unit 3"]
    shares: tuple[float, ...]
    steps: Int64[np.ndarray, " point"]
    points: Points
    breaks: Bool[np.ndarray, " point"]
    every: int

    def place(self, rows: Float[Array, "step unit"]) -> Float[np.ndarray, "step 3"]:
        """Return the coordinates of rows of the stream."""
        moved = rows.astype(np.float64) - self.centre
        placed: Points = (moved @ self.axes).astype(np.float32)
        return placed


def plane(recording: Recording, layer: str, stream: str, sample: int) -> Plane:
    """Return the principal components of a stream over the whole recording."""
    steps, rows, every = spread(recording, layer, stream, sample)
    units = recording.layers[layer].width(stream)
    values = rows.astype(np.float64)
    centre = values.mean(axis=0) if len(values) else np.zeros(units)
    axes, variances = _components(values - centre)
    total = variances.sum()
    shares = tuple((variances[:AXES] / (total or 1)).tolist())
    return Plane(
        layer,
        stream,
        sample,
        centre,
        axes,
        shares,
        steps,
        ((values - centre) @ axes).astype(np.float32),
        _breaks(recording, layer, steps),
        every,
    )


def _components(
    values: Float[np.ndarray, "step unit"],
) -> tuple[Float[np.ndarray, "unit 3"], Float[np.ndarray, " component"]]:
    """Return the first directions and the variance along every one."""
    steps, units = values.shape
    if steps > units:
        # Of the covariance: the values themselves would take twenty times as long.
        variances, vectors = np.linalg.eigh(values.T @ values)
        variances, vectors = np.maximum(variances[::-1], 0), vectors[:, ::-1]
    else:
        _, sizes, rows = np.linalg.svd(values, full_matrices=False)
        variances, vectors = sizes**2, rows.T
    axes = np.zeros((units, AXES))
    count = min(AXES, vectors.shape[1])
    axes[:, :count] = vectors[:, :count]
    # The sign of a direction is free: the same picture for the same recording.
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(AXES)]
    axes *= np.where(largest < 0, -1.0, 1.0)
    variances = np.pad(variances, (0, max(AXES - len(variances), 0)))
    return axes, variances


def _breaks(
    recording: Recording, layer: str, steps: Int64[np.ndarray, " point"]
) -> Bool[np.ndarray, " point"]:
    begun = [
        (call.start, call.stop)
        for call in recording.calls(layer)
        if call.initial_state != "carried"
    ]
    breaks = np.zeros(len(steps) + 1, bool)
    starts, stops = np.array(begun or [(0, 0)]).T
    breaks[np.searchsorted(steps, starts)] = True
    if recording.layers[layer].direction == "reverse":
        # Its state is new at the last step of a call: what follows is another one.
        breaks[np.searchsorted(steps, stops)] = True
    return breaks[:-1]
