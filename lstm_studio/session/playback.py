"""Playback: the cursor moves over what is recorded, at a chosen speed."""

import math
from typing import Final

from PySide6.QtCore import QElapsedTimer

EVERY_FRAME: Final = math.inf
"""The rate at which every step is drawn, as fast as frames can be."""


class Playback:
    """Says at which step the cursor is now; ``rate`` 0 means that it stands still."""

    def __init__(self) -> None:
        self.rate = 0.0
        self._start = 0
        self._clock = QElapsedTimer()

    def begin(self, step: int, rate: float) -> None:
        """Move from ``step`` at ``rate`` steps a second; below 0 moves backwards."""
        self.rate = rate
        self._start = step
        self._clock.start()

    def step(self) -> int:
        """Return the step that is due now; it may lie outside of the recording."""
        if math.isinf(self.rate):
            self._start += 1 if self.rate > 0 else -1
            return self._start
        return self._start + int(self.rate * self._clock.elapsed() / 1000)
