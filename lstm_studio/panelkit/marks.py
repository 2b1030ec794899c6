"""What the step axis must say beside values: resets, padding, what is not there."""

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Literal

import numpy as np

from lstm_studio.core.layers import InitialState
from lstm_studio.core.recording import Recording

Gap = Literal["padding", "missing"]
CROWDED: Final = 400
"""Calls on screen beyond which carried ones are left out: they are the rule."""
PATIENCE_S: Final = 0.25
"""How old the marks of a running recording may be where they take long to read."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one layer within a span.

    ``calls`` are (first step, source of the state, number of the call).
    """

    gaps: tuple[tuple[int, int, Gap], ...] = ()
    calls: tuple[tuple[int, InitialState, int], ...] = ()


class MarkReader:
    """Reads the marks of layers, and keeps what holds for the whole length."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, int], tuple[object, Marks]] = {}
        self._recording: Recording | None = None
        self._read_at = self._took = 0.0

    def read(
        self, recording: Recording, layer: str, sample: int, span: tuple[int, int]
    ) -> Marks:
        """Return what lies in ``span``: gaps of a sample, and calls that begin."""
        if recording is not self._recording:
            self._recording = recording
            self._whole.clear()
        committed = recording.committed(layer)
        state = (recording.length(layer), committed, recording.state)
        held = self._whole.get((layer, sample))
        fresh = held is not None and held[0] == state
        if held is None or not (fresh or self._is_soon(recording)):
            began = time.perf_counter()
            held = (state, whole_marks(recording, layer, sample))
            self._read_at = time.perf_counter()
            self._took = self._read_at - began
            self._whole[layer, sample] = held
        missing = [(a, b, "missing") for a, b in _between(committed, span)]
        padding = [gap for gap in held[1].gaps if gap[0] < span[1] and gap[1] > span[0]]
        calls = held[1].calls
        first = bisect_left(calls, span[0], key=itemgetter(0))
        last = bisect_left(calls, span[1], key=itemgetter(0))
        shown = calls[first:last]
        if len(shown) > CROWDED:
            shown = tuple(call for call in shown if call[1] != "carried")
        return Marks((*missing, *padding), shown)  # type: ignore[arg-type]

    def _is_soon(self, recording: Recording) -> bool:
        """Whether reading anew would cost more of a frame than it is worth."""
        since = time.perf_counter() - self._read_at
        running = recording.state == "running"
        return running and self._took > 0.002 and since < PATIENCE_S


def whole_marks(recording: Recording, layer: str, sample: int) -> Marks:
    """Return the padding and the calls of a whole layer."""
    calls = recording.calls(layer)
    gaps: tuple[tuple[int, int, Gap], ...] = ()
    if any(call.lengths is not None for call in calls):
        padding = recording.padding(layer, sample)
        edges = np.flatnonzero(np.diff(padding.astype(np.int8), prepend=0, append=0))
        gaps = tuple(
            (int(a), int(b), "padding")
            for a, b in zip(edges[::2], edges[1::2], strict=True)
        )
    return Marks(
        gaps,
        tuple((call.start, call.initial_state, k) for k, call in enumerate(calls)),
    )


def _between(
    committed: Sequence[tuple[int, int]], span: tuple[int, int]
) -> list[tuple[int, int]]:
    gaps, at = [], span[0]
    for start, stop in committed:
        if start > at:
            gaps.append((at, min(start, span[1])))
        at = max(at, stop)
        if at >= span[1]:
            break
    if at < span[1]:
        gaps.append((at, span[1]))
    return gaps
