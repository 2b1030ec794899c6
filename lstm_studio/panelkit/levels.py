"""Which value gets which colour, fixed so that a colour keeps its meaning."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.core.shapes import Float, UInt8, UInt32
from lstm_studio.panelkit.colours import Colours, rgb
from lstm_studio.panelkit.maps import BAD, FIRST, LAST, table

ROUND: Final = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
"""Round bounds, up to a power of ten: near enough to fill most of a plot."""
GATE_STREAMS: Final = frozenset({"i", "f", "o", "r", "z"})
"""Streams between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Values of the first and the last colour of a map."""

    low: float
    high: float
    diverging: bool

    def table(self, colours: Colours) -> UInt32[np.ndarray, "256"]:
        """Return the ARGB words of the map in a theme, by index."""
        background = rgb(colours.background)
        chosen = colours.maps.colours(background, diverging=self.diverging)
        return table(chosen, rgb(colours.bad))

    def indices(self, values: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
        """Return the index of the colour of each value; NaN and Inf get ``BAD``."""
        scale = (LAST - FIRST) / (self.high - self.low)
        scaled = (values - self.low) * scale + (FIRST + 0.5)
        finite = np.isfinite(scaled)
        np.copyto(scaled, FIRST, where=~finite)
        np.clip(scaled, FIRST, LAST, out=scaled)
        indices = scaled.astype(np.uint8)
        indices[~finite] = BAD
        return indices


GATE: Final = Levels(0.0, 1.0, diverging=False)
UNIT: Final = Levels(-1.0, 1.0, diverging=True)


def levels(layer: Layer, stream: str, peak: float) -> Levels:
    """Return the levels of a stream.

    ``peak`` is the magnitude to show: it counts only for streams that have no bound
    of their own.
    """
    if stream in GATE_STREAMS:
        return GATE
    bounded = layer.kind in ("gru", "rnn_tanh") or not layer.sizes.projection
    if stream in ("g", "n") or (
        stream == "h" and bounded and layer.kind not in ("rnn_relu", "module")
    ):
        return UNIT
    bound = nice_bound(peak)
    return Levels(-bound, bound, diverging=True)


def next_bound(bound: float, steps: int) -> float:
    """Return the round bound that is ``steps`` further up or down."""
    power = math.floor(math.log10(bound) + 1e-9)
    place = min(
        range(len(ROUND)), key=lambda k: abs(math.log(ROUND[k] * 10.0**power / bound))
    )
    # The last of ROUND is the first of the next power of ten.
    powers, place = divmod(place + steps, len(ROUND) - 1)
    return _round(ROUND[place] * 10.0 ** (power + powers))


def nice_bound(peak: float) -> float:
    """Return the next round number that is not less."""
    if not (math.isfinite(peak) and peak > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(peak))
    # 1 % more than the bound still counts as within it, or 1.0000001 would be 2.
    factor = next(f for f in ROUND if peak <= f * power * 1.01)
    return _round(factor * power)


def _round(bound: float) -> float:
    # 0.7000000000000001 would be another bound than 0.7.
    return float(f"{bound:.3g}")


def usual_of(low: Float[np.ndarray, "..."], high: Float[np.ndarray, "..."]) -> float:
    """Return the magnitude that 95 % of the values stay within.

    A few units that run away would leave no colour for all the others.
    """
    # A part of them tells: a quantile of all would cost a good part of a frame.
    stride = max(low.size // 20_000, 1)
    some = (part.ravel(order="K")[::stride] for part in (low, high))
    size = np.maximum(*map(np.abs, some))
    size = size[np.isfinite(size)]
    if not size.size:
        return 0.0
    # As a quantile, but for what lies between two values: in a fifth of its time.
    place = round(0.95 * (size.size - 1))
    return float(np.partition(size, place)[place])


def peak_in(block: StepBlock) -> float:
    """Return the largest finite magnitude in a block, 0.0 where there is none."""
    if block.finite:
        least, most = block.ends
        return max(-least, most)
    return peak_of(block.low, block.high)


def peak_of(*values: Float[np.ndarray, "..."]) -> float:
    """Return the largest finite magnitude, 0.0 where there is none."""
    peak = 0.0
    for part in values:
        if not part.size:
            continue
        ends = np.fmin.reduce(part, axis=None), np.fmax.reduce(part, axis=None)
        if not np.isfinite(ends).all():
            finite = part[np.isfinite(part)]
            ends = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        peak = max(peak, -float(ends[0]), float(ends[1]))
    return peak
