"""Thins arrays that are at hand whole: what went into the model and what came out."""

from typing import Final

import numpy as np

from lstm_studio.core.blocks import StepBlock, block_of, column_size
from lstm_studio.core.shapes import Float
from lstm_studio.session.questions import Held, HeldPicture
from lstm_studio.session.session import Session

AT_ONCE: Final = 1 << 15
"""Values that are looked at within a frame; more are left to the reader's thread."""

Values = Float[np.ndarray, "step channel"]


class ArrayReader:
    """Thins an array for the span on screen, and keeps the result while it holds."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: Held | None = None
        self._asked: tuple[tuple[int, int], int] | None = None
        self._block: StepBlock | None = None

    def read(
        self, values: Values, span: tuple[int, int], columns: int
    ) -> StepBlock | None:
        """Return lowest and highest values of columns that cover a span and more.

        While they are being read it is the last block that is returned, or None.
        """
        if self._held is None or values is not self._held.values:
            self._held, self._block, self._asked = Held(values), None, None
        window, size = tiles(span), column_size(span[1] - span[0], columns)
        if self._asked == (window, size):
            return self._block
        start, stop = max(window[0], 0), min(window[1], len(values))
        channels = values.size // max(len(values), 1)
        if (stop - start) * channels <= AT_ONCE:
            block: StepBlock | None = block_of(values, window, size, AT_ONCE)
        else:
            block = self._session.ask(HeldPicture(self._held, start, stop, size))
        if block is not None:
            self._block, self._asked = block, (window, size)
        return self._block


def tiles(span: tuple[int, int]) -> tuple[int, int]:
    """Return a wider window on whole tiles, so that a small pan reads nothing new."""
    tile = 1
    while tile < span[1] - span[0]:
        tile *= 2
    tile = max(tile // 2, 1)
    return span[0] // tile * tile, -(-span[1] // tile) * tile
