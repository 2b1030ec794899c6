"""Colour maps: two that start from the panel's own background, and known ones.

Our own are built in OKLab (Ottosson 2020), where equal distances look equally far
apart; the others come with pyqtgraph.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pyqtgraph as pg

from lstm_studio.core.shapes import Float, UInt8, UInt32

MISSING: Final = 0
"""Index of what is not there: nothing is drawn, the hatching below shows."""
BAD: Final = 1
"""Index of NaN and Inf that the model computed."""
FIRST: Final = 2
NEUTRAL: Final = 128
LAST: Final = 254
"""An odd number of values, so that the middle of a diverging map is one of them."""

_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

OWN: Final = ""
AROUND_ZERO: Final[Mapping[str, str]] = {
    OWN: "Blue, background, orange",
    "CET-D1A": "Blue, white, red",
    "CET-CBD1": "Blue, white, yellow",
    "CET-D6": "Blue, black, yellow",
}
"""Maps for values on both sides of 0, by the names of Kovesi (2015)."""
OF_GATES: Final[Mapping[str, str]] = {
    OWN: "Background to green",
    "viridis": "Viridis",
    "cividis": "Cividis",
    "CET-CBL2": "Black, blue, yellow",
    "CET-L2": "Grey",
}
"""Maps for values from 0 to 1; of both kinds only those that the colour-blind read."""

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Maps:
    """Names of the two maps of all heat maps."""

    around_zero: str = OWN
    of_gates: str = OWN

    def colours(
        self, background: Rgb, *, diverging: bool
    ) -> UInt8[np.ndarray, "253 3"]:
        """Return the colours from the lowest to the highest value."""
        name = self.around_zero if diverging else self.of_gates
        if name != OWN:
            return _known(name)
        return own_diverging(background) if diverging else own_sequential(background)


@lru_cache(maxsize=8)
def _known(name: str) -> UInt8[np.ndarray, "253 3"]:
    count = LAST - FIRST + 1
    table = pg.colormap.get(name).getLookupTable(nPts=count, alpha=False)
    return np.asarray(table, np.uint8)


def to_oklab(rgb: Rgb) -> Float[np.ndarray, "3"]:
    """Return lightness, green-red and blue-yellow of an sRGB colour."""
    srgb = np.asarray(rgb, float) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab: np.ndarray = _LAB @ np.cbrt(_LMS @ linear)
    return lab


def to_srgb(lab: Float[np.ndarray, "n 3"]) -> UInt8[np.ndarray, "n 3"]:
    """Return sRGB colours, clipped to what a screen can show."""
    linear = (lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T
    linear = np.clip(linear, 0, 1)
    srgb = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    words: np.ndarray = np.rint(srgb * 255).astype(np.uint8)
    return words


def _arm(
    background: Rgb, lightness: float, chroma: float, hues: tuple[float, float], n: int
) -> Float[np.ndarray, "n 3"]:
    """Return ``n`` colours from just beside the background to the end of an arm.

    Lightness runs evenly; the hue turns from the first to the second of ``hues``
    (degrees), and the chroma rises fast, so that small values already have a hue.
    """
    start = to_oklab(background)
    t = np.arange(1, n + 1) / n
    hue = np.radians(hues[0] + (hues[1] - hues[0]) * t)
    # Full chroma at two thirds, a little less at the end, where sRGB is narrow.
    strength = chroma * np.sin(np.pi * np.minimum(t, 1) ** 0.75 * 0.62) / 1.0
    return np.stack(
        [
            start[0] + (lightness - start[0]) * t,
            start[1] * (1 - t) + strength * np.cos(hue),
            start[2] * (1 - t) + strength * np.sin(hue),
        ],
        axis=1,
    )


@lru_cache(maxsize=8)
def own_diverging(background: Rgb) -> UInt8[np.ndarray, "253 3"]:
    """Return blue for values below 0, the background for 0, orange-red above."""
    dark = to_oklab(background)[0] < 0.5
    end = 0.88 if dark else 0.36
    negative = _arm(background, end, 0.17, (262, 232 if dark else 262), 126)
    positive = _arm(background, end, 0.17, (42, 68 if dark else 28), 126)
    colours = np.vstack([to_srgb(negative)[::-1], [background], to_srgb(positive)])
    return colours.astype(np.uint8)


@lru_cache(maxsize=8)
def own_sequential(background: Rgb) -> UInt8[np.ndarray, "253 3"]:
    """Return the background for 0, and green to the strongest colour for 1."""
    dark = to_oklab(background)[0] < 0.5
    arm = _arm(
        background,
        0.93 if dark else 0.30,
        0.13,
        (190, 110) if dark else (150, 205),
        252,
    )
    return np.vstack([[background], to_srgb(arm)]).astype(np.uint8)


def table(colours: UInt8[np.ndarray, "253 3"], bad: Rgb) -> UInt32[np.ndarray, "256"]:
    """Return ARGB words by index, ready for ``QImage.Format_ARGB32_Premultiplied``."""
    rgb = np.zeros((256, 3), np.uint32)
    rgb[FIRST : LAST + 1] = colours
    rgb[LAST + 1] = colours[-1]
    rgb[BAD] = bad
    words = (np.uint32(255) << 24) | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2]
    words[MISSING] = 0
    return words.astype(np.uint32)
