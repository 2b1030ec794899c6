"""Playback: the cursor moves over what is recorded, at a chosen speed."""

from PySide6.QtCore import QElapsedTimer


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
        return self._start + int(self.rate * self._clock.elapsed() / 1000)
