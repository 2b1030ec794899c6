"""Where a step stands within its call."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lstm_studio.core.layers import Call, Layer


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a layer, seen from the call that computed it.

    Attributes
    ----------
    index
        Number of the call in its layer.
    first, last
        Steps that the layer processed first and last in this call for the sample:
        for a reverse layer the first is the later one.
    padding
        Whether the step lies beyond the length of the sample.
    """

    index: int
    call: Call
    first: int
    last: int
    padding: bool


def place_of(
    layer: Layer, calls: Sequence[Call], step: int, sample: int = 0
) -> Place | None:
    """Return where ``step`` stands, None where no call has reached it."""
    index = bisect_right(calls, step, key=lambda call: call.start) - 1
    if index < 0 or step >= calls[index].stop:
        return None
    call = calls[index]
    first, last = _ends(layer, call, sample)
    return Place(index, call, first, last, padding=step > max(first, last))


def _ends(layer: Layer, call: Call, sample: int) -> tuple[int, int]:
    length = call.stop - call.start
    if call.lengths is not None and sample < len(call.lengths):
        length = call.lengths[sample]
    start, end = call.start, call.start + max(length, 1) - 1
    return (end, start) if layer.direction == "reverse" else (start, end)
