"""What the step axis must say beside values: resets, padding, what is not there."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from lstm_studio.core.layers import InitialState
from lstm_studio.core.recording import Recording
from lstm_studio.core.spans import common, without
from lstm_studio.panelkit.text import NAN
from lstm_studio.session.session import Session

Gap = Literal["padding", "missing", "damaged"]
GAP_TEXT: Final[Mapping[Gap, str]] = {
    "padding": "Padding",
    "missing": "Not recorded",
    "damaged": "Damaged",
}
CROWDED: Final = 400
"""Calls on screen beyond which carried ones are left out: they are the rule."""
PATIENCE_S: Final = 0.25
"""How old the marks of a running recording may be where they take long to read."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one layer within a span.

    ``calls`` are (first step, source of the state, number of the call); ``span`` is
    what they were read for, None for all steps.
    """

    gaps: tuple[tuple[int, int, Gap], ...] = ()
    calls: tuple[tuple[int, InitialState, int], ...] = ()
    span: tuple[int, int] | None = None

    def gap_at(self, step: int) -> tuple[int, int, Gap] | None:
        """Return the gap that a step is in."""
        for start, stop, gap in self.gaps:
            if start <= step < stop:
                return start, stop, gap
        return None

    def said(self, value: str, step: int) -> str:
        """Return the text of a value; where it is NaN in a gap, why there is none."""
        gap = self.gap_at(step)
        return value if gap is None or value != NAN else GAP_TEXT[gap[2]].lower()


def said_of(session: Session, marks: Marks, value: str, step: int) -> str:
    """Return what `Marks.said`; nothing for a NaN that may not be read yet."""
    said = marks.said(value, step)
    return "" if said == NAN and not session.settled else said


class MarkReader:
    """Reads the marks of layers, and keeps the padding of the whole length."""

    def __init__(self) -> None:
        self._whole: dict[
            tuple[str, int], tuple[object, tuple[tuple[int, int, Gap], ...]]
        ] = {}
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
            held = (state, padding_gaps(recording, layer, sample))
            self._read_at = time.perf_counter()
            self._took = self._read_at - began
            self._whole[layer, sample] = held
        gone = tuple(_between(committed, span, recording.length(layer)))
        damage = recording.damage(layer)
        gaps: list[tuple[int, int, Gap]] = []
        gaps += [(a, b, "missing") for a, b in without(gone, damage)]
        gaps += [(a, b, "damaged") for a, b in common(gone, damage)]
        gaps += [gap for gap in held[1] if gap[0] < span[1] and gap[1] > span[0]]
        calls = tuple(recording.calls_beginning(layer, span, CROWDED))
        return Marks(tuple(gaps), calls, span)

    def _is_soon(self, recording: Recording) -> bool:
        """Whether reading anew would cost more of a frame than it is worth."""
        since = time.perf_counter() - self._read_at
        running = recording.state == "running"
        return running and self._took > 0.002 and since < PATIENCE_S


def padding_gaps(
    recording: Recording, layer: str, sample: int
) -> tuple[tuple[int, int, Gap], ...]:
    """Return the padding of a whole layer."""
    if not recording.calls_so_far(layer).packed:
        return ()
    padding = recording.padding(layer, sample)
    edges = np.flatnonzero(np.diff(padding.astype(np.int8), prepend=0, append=0))
    return tuple(
        (int(a), int(b), "padding")
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def _between(
    committed: Sequence[tuple[int, int]], span: tuple[int, int], steps: int
) -> list[tuple[int, int]]:
    """Return what is not there, whole where it reaches into the span."""
    gaps, at = [], 0
    for start, stop in (*committed, (max(steps, span[1]),) * 2):
        if at >= span[1]:
            break
        if start > max(at, span[0]):
            gaps.append((at, start))
        at = max(at, stop)
    return gaps
