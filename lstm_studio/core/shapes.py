"""Types of arrays with their shapes, as jaxtyping writes them.

People, mypy and the tests read shapes; a program that runs does not, and importing
jaxtyping takes a tenth of the time to the first window (docs/adr/0028).
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import (
        Bool,
        Float,
        Float32,
        Float64,
        Int64,
        Num,
        Shaped,
        UInt8,
        UInt32,
    )
else:

    class Shaped:
        """``Shaped[np.ndarray, "step unit"]`` is ``np.ndarray``."""

        def __class_getitem__(cls, item: tuple[type, str]) -> type:
            return item[0]

    Bool = Float = Float32 = Float64 = Int64 = Num = UInt8 = UInt32 = Shaped

__all__ = [
    "Bool",
    "Float",
    "Float32",
    "Float64",
    "Int64",
    "Num",
    "Shaped",
    "UInt8",
    "UInt32",
]
