"""From three coordinates to the two of a screen: turned, scaled and moved."""

import math
from dataclasses import dataclass

import numpy as np

from lstm_studio.core.shapes import Float

Points = Float[np.ndarray, "point 3"]

AZIMUTH, ELEVATION = 0.6, 0.45
"""How the picture is turned where nothing is known: no axis hides behind another."""
AZIMUTHS, ELEVATIONS = (0.25, 0.6, 0.95, 1.3), (0.3, 0.45, 0.6)
LOOKED_AT = 150
"""Points that are compared to find the clearest view."""
MOST_ELEVATION = math.pi / 2
MOST_ZOOM, LEAST_ZOOM = 200.0, 0.3


@dataclass(frozen=True, slots=True)
class Turning:
    """How points are looked at, without perspective: lengths can be compared.

    Attributes
    ----------
    deep
        Whether the third coordinate is seen; else the first two are the picture.
    zoom, shift
        How much larger than the whole, and by how many pixels it is moved.
    """

    deep: bool = False
    azimuth: float = AZIMUTH
    elevation: float = ELEVATION
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    def turned(self, azimuth: float, elevation: float) -> "Turning":
        """Return the picture turned further, by radians."""
        top = MOST_ELEVATION
        return Turning(
            self.deep,
            self.azimuth + azimuth,
            min(max(self.elevation + elevation, -top), top),
            self.zoom,
            self.shift,
        )

    def moved(self, x: float, y: float) -> "Turning":
        """Return the picture moved further, by pixels."""
        shift = self.shift[0] + x, self.shift[1] + y
        return Turning(self.deep, self.azimuth, self.elevation, self.zoom, shift)

    def zoomed(self, factor: float, x: float, y: float) -> "Turning":
        """Return the picture zoomed about a place, in pixels from the middle."""
        zoom = min(max(self.zoom * factor, LEAST_ZOOM), MOST_ZOOM)
        real = zoom / self.zoom
        shift = (
            x + (self.shift[0] - x) * real,
            y + (self.shift[1] - y) * real,
        )
        return Turning(self.deep, self.azimuth, self.elevation, zoom, shift)

    def project(self, points: Points, pixels: float) -> Float[np.ndarray, "point 2"]:
        """Return pixels from the middle, y down; ``pixels`` are those of length 1."""
        if self.deep:
            flat = points @ self._directions()
        else:
            flat = points[:, :2] * np.array([1.0, -1.0])
        placed: np.ndarray = flat * (pixels * self.zoom) + np.array(self.shift)
        return placed

    def _directions(self) -> Float[np.ndarray, "3 2"]:
        """Return where each axis goes on the screen: the third one is upright."""
        a, e = self.azimuth, self.elevation
        return np.array(
            [
                [math.cos(a), math.sin(a) * math.sin(e)],
                [-math.sin(a), math.cos(a) * math.sin(e)],
                [0.0, -math.cos(e)],
            ]
        )


def clearest(points: Points) -> Turning:
    """Return the way of looking where different points hide each other least.

    ``points`` have a length of 1 at most.
    """
    some = points[:: max(len(points) // LOOKED_AT, 1)]
    first, second = np.triu_indices(len(some), 1)
    apart = np.linalg.norm(some[first] - some[second], axis=1) > 0.3
    first, second = first[apart], second[apart]
    best, found = -math.inf, Turning()
    for azimuth in AZIMUTHS:
        for elevation in ELEVATIONS:
            look = Turning(deep=True, azimuth=azimuth, elevation=elevation)
            flat = look.project(some, 1.0)
            far = np.linalg.norm(flat[first] - flat[second], axis=1)
            clear = float(np.log(far + 0.02).mean()) if len(far) else 0.0
            if clear > best:
                best, found = clear, look
    return found
