"""What one looks for along the steps: resets, the same input, saturation."""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np

from lstm_studio.core.condition import Marks, onsets
from lstm_studio.core.places import place_of
from lstm_studio.core.recording import Recording
from lstm_studio.core.saturation import bounded_streams, ends
from lstm_studio.core.shapes import Bool

STRETCH: Final = 1 << 16
"""Steps that are looked at in one go, so that a search can be followed and ended."""


@runtime_checkable
class Sought(Protocol):
    """Something that some of the steps are."""

    def marks(self, recording: Recording, start: int, stop: int) -> Marks:
        """Return which of the steps from ``start`` to ``stop`` are it."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """The first and the last of the steps of a stretch, None where there is none."""

    first: int | None
    last: int | None


def find(recording: Recording, sought: Sought, start: int, stop: int) -> Found:
    """Return where ``sought`` is first and last from ``start`` to ``stop``."""
    found = np.flatnonzero(sought.marks(recording, start, stop))
    if not len(found):
        return Found(None, None)
    return Found(start + int(found[0]), start + int(found[-1]))


@dataclass(frozen=True, slots=True)
class Reset:
    """Where a call of a layer does not take the state of the one before.

    The mark is where the layer begins: for a reverse layer at the later end.
    """

    layer: str
    sample: int = 0

    def marks(self, recording: Recording, start: int, stop: int) -> Marks:
        marks: Bool[np.ndarray, " step"] = np.zeros(max(stop - start, 0), bool)
        layer, calls = recording.layers[self.layer], recording.calls(self.layer)
        for call in calls:
            if call.initial_state == "carried" or call.stop <= start:
                continue
            if call.start >= stop:
                break
            place = place_of(layer, (call,), call.start, self.sample)
            if place is not None and start <= place.first < stop:
                marks[place.first - start] = True
        return marks


@dataclass(frozen=True, slots=True)
class SameInput:
    """Where the input is that of a step: the same token, or the same features."""

    step: int
    sample: int = 0

    def marks(self, recording: Recording, start: int, stop: int) -> Marks:
        marks: Bool[np.ndarray, " step"] = np.zeros(max(stop - start, 0), bool)
        if recording.sequence is None:
            return marks
        values = recording.sequence.values
        if self.step >= len(values):
            return marks
        rows = values[start:stop, self.sample]
        same = rows == values[self.step, self.sample]
        marks[: len(rows)] = same.all(axis=tuple(range(1, same.ndim)))
        return marks


@dataclass(frozen=True, slots=True)
class Saturated:
    """Where a gate of a unit comes to an end of its range, any of ``streams``."""

    layer: str
    unit: int
    streams: tuple[str, ...]
    sample: int = 0

    @classmethod
    def of(
        cls, recording: Recording, layer: str, unit: int, stream: str, sample: int
    ) -> "Saturated":
        """Look at ``stream`` where it is a gate, else at every gate of the layer."""
        gates = bounded_streams(recording.layers[layer])
        streams = (stream,) if stream in gates else gates
        return cls(layer, unit, streams, sample)

    def marks(self, recording: Recording, start: int, stop: int) -> Marks:
        marks: Bool[np.ndarray, " step"] = np.zeros(max(stop - start, 0), bool)
        for stream in self.streams:

            def at_an_end(first: int, end: int, stream: str = stream) -> Marks:
                return self._at_an_end(recording, stream, first, end)

            marks |= onsets(at_an_end, start, stop)
        return marks

    def _at_an_end(
        self, recording: Recording, stream: str, start: int, stop: int
    ) -> Marks:
        low, high = ends(recording.layers[self.layer], stream)
        units = slice(self.unit, self.unit + 1)
        rows = recording.read(
            self.layer, stream, slice(start, stop), units, self.sample
        )[:, 0]
        marks: Bool[np.ndarray, " step"] = np.zeros(max(stop - start, 0), bool)
        marks[: len(rows)] = (rows < low) | (rows > high)
        return marks
