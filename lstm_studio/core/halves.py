"""Lowest and highest values in half precision, rounded outwards: they stay bounds."""

from typing import Any, Final

import numpy as np

from lstm_studio.core.layers import GATES, Layer
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float

HALF: Final = np.dtype(np.float16)


def bounds_dtype(layer: Layer, stream: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of the overviews of a stream: half where it is within ±1.

    That is to a thousandth of its range, an eighth of what a colour shows. Others
    might be too large for half precision.
    """
    gate = stream in GATES.get(layer.kind, ())
    if layer.kind == "rnn_relu" or layer.kind == "module":
        return dtype
    # A GRU may start from any h, and so may be anywhere.
    h = stream == "h" and layer.kind != "gru" and not layer.sizes.projection
    return HALF if gate or h else dtype


def outward(
    both: Float[Array, "*rows both"], dtype: np.dtype[Any]
) -> Float[Array, "*rows both"]:
    """Return the lowest values, then the highest, in a type that may be smaller."""
    if both.dtype.itemsize <= dtype.itemsize:
        return both
    units = both.shape[-1] // 2
    result = both.astype(dtype)
    for part, wrong, end in (
        (slice(units), np.greater, -np.inf),
        (slice(units, None), np.less, np.inf),
    ):
        at = wrong(result[..., part], both[..., part])
        found = result[..., part]
        found[at] = np.nextafter(found[at], dtype.type(end))
    return result
