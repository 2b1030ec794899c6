"""How long each unit stays at the ends of its range (Karpathy, Johnson, Fei-Fei 2015).

"Visualizing and Understanding Recurrent Networks" draws, for each gate, the share of
steps below 0.1 against that above 0.9. A gate of units at one end is a switch that is
never thrown; streams between -1 and 1 are looked at in the same way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.layers import Layer
from lstm_studio.core.recording import Recording
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float
from lstm_studio.core.spread import spread_steps

GATE_ENDS: Final = (0.1, 0.9)
STATE_ENDS: Final = (-0.9, 0.9)
ZERO_ENDS: Final = (float(np.finfo(np.float32).tiny), 0.9)
"""Of a rectified unit: at 0, where it is dead, and above 0.9."""
PIECE: Final = 1024
"""Steps that are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of steps of each unit of some streams of a layer.

    ``every`` is how far the steps are apart that were looked at, ``steps`` how many.
    """

    streams: tuple[str, ...]
    low: Float[Array, "stream unit"]
    high: Float[Array, "stream unit"]
    steps: int
    every: int


def bounded_streams(layer: Layer) -> tuple[str, ...]:
    """Return the streams of a layer that have ends: gates, or else ``h``."""
    gates = tuple(s for s in layer.streams if s not in ("h", "c", "output"))
    return gates or layer.streams


def ends(layer: Layer, stream: str) -> tuple[float, float]:
    """Return below and above which values a stream is at an end of its range."""
    if layer.kind == "rnn_relu":
        return ZERO_ENDS
    return GATE_ENDS if stream in ("i", "f", "o", "r", "z") else STATE_ENDS


def shares(recording: Recording, name: str, sample: int) -> Shares:
    """Return the shares of steps that the units of a layer are at their ends."""
    layer = recording.layers[name]
    streams = bounded_streams(layer)
    width = layer.width(streams[0])
    steps, every = spread_steps(recording, name, width * len(streams))
    low, high = np.zeros((2, len(streams), width))
    seen = np.zeros((len(streams), width))
    for first in range(0, len(steps), PIECE):
        piece = steps[first : first + PIECE]
        rows = recording.read_streams(name, streams, piece, sample=sample)
        for k, stream in enumerate(streams):
            below, above = ends(layer, stream)
            low[k] += (rows[stream] < below).sum(axis=0)
            high[k] += (rows[stream] > above).sum(axis=0)
            seen[k] += np.isfinite(rows[stream]).sum(axis=0)
    with np.errstate(invalid="ignore"):
        # A unit of NaN alone has no shares, and no place in the picture.
        return Shares(streams, low / seen, high / seen, int(seen.max(initial=0)), every)
