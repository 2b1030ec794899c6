"""Which colours the values of one layer get, stream by stream, while it is open."""

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.levels import (
    Levels,
    levels,
    next_bound,
    peak_in,
    usual_of,
)


class HeatLevels:
    """Levels that only grow with what was seen, or those that were chosen."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._usual: dict[str, float] = {}
        self._peaks: dict[str, float] = {}
        self._chosen: dict[str, float] = {}

    def measure(self, stream: str, block: StepBlock) -> None:
        """Take note of how large values are."""
        # Only ever more, so that a pan changes no colour back and forth.
        usual = usual_of(block.low, block.high)
        self._peaks[stream] = max(self.peak(stream), peak_in(block))
        self._usual[stream] = max(self._usual.get(stream, 0.0), usual)

    def copy(self) -> "HeatLevels":
        """Return the same levels, which then go their own way."""
        copied = HeatLevels(self._layer)
        copied._usual, copied._peaks = dict(self._usual), dict(self._peaks)
        copied._chosen = dict(self._chosen)
        return copied

    def of(self, stream: str) -> Levels:
        """Return the levels of a stream."""
        chosen = self._chosen.get(stream)
        if chosen is not None:
            return Levels(-chosen, chosen, diverging=True)
        return levels(self._layer, stream, self._usual.get(stream, 0.0))

    def peak(self, stream: str) -> float:
        """Return the largest magnitude that was seen."""
        return self._peaks.get(stream, 0.0)

    def turn(self, stream: str, steps: int) -> None:
        """Choose a range that is rounder bounds further up or down."""
        now = self.of(stream)
        if now.diverging:
            self._chosen[stream] = next_bound(now.high, steps)

    def reset(self, stream: str) -> None:
        """Return to the first range."""
        self._chosen.pop(stream, None)
