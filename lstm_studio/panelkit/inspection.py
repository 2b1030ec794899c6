"""Every number of one unit at one step, read from the session without waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from weakref import ReferenceType, ref

import numpy as np

from lstm_studio.core.layers import GATES, PARTS, Layer
from lstm_studio.core.places import Place, place_of
from lstm_studio.core.recording import Recording
from lstm_studio.core.sofar import CallsSoFar
from lstm_studio.session.questions import OneUnit
from lstm_studio.session.session import Session

BLOCK: Final = 64
"""Steps that are read together: the cursor mostly goes to a neighbour."""
NO_CALLS: Final = CallsSoFar(())


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of one unit at one step.

    Attributes
    ----------
    numbers
        By name: streams, pre-activations, their parts, ``h_prev``, ``c_prev``.
    single
        Whether the numbers are float32.
    recorded
        Whether the step was recorded; a number that is missing is then being read.
    of_step
        Step of the numbers where it is not the chosen one, whose are being read.
    """

    layer: Layer
    unit: int
    step: int
    place: Place | None
    calls: CallsSoFar = NO_CALLS
    numbers: Mapping[str, float] = field(default_factory=dict)
    single: bool = True
    recorded: bool = False
    of_step: int | None = None

    @property
    def numbers_expected(self) -> bool:
        """Whether there are numbers at this step."""
        return self.recorded and self.place is not None and not self.place.padding

    @property
    def complete(self) -> bool:
        """Whether every number is there."""
        return all(
            name in self.numbers
            for name in names_of(self.layer)
            if self.unit < width_of(self.layer, name)
        )


class RecentCalls:
    """Calls of the layer looked at last, the same ones while there are no more."""

    def __init__(self) -> None:
        self._of: tuple[ReferenceType[Recording] | None, str, int] = (None, "", 0)
        self._calls = NO_CALLS

    def of(self, recording: Recording, layer: str) -> CallsSoFar:
        """Return the calls of a layer."""
        of = (ref(recording), layer, recording.length(layer))
        if of != self._of:
            self._of, self._calls = of, recording.calls_so_far(layer)
        return self._calls


class LastKnown:
    """Numbers of a unit that are shown on while those of another step are read."""

    def __init__(self) -> None:
        self._of: tuple[ReferenceType[Recording] | None, str, int, int]
        self._of = (None, "", 0, 0)
        self._seen: Inspection | None = None

    def instead(self, session: Session, seen: Inspection) -> Inspection:
        """Return what was inspected, with the numbers before where some are missing."""
        recording = session.recording
        if recording is None or not seen.numbers_expected:
            return seen
        of = (ref(recording), seen.layer.name, seen.unit, session.view.sample)
        if seen.complete:
            self._of, self._seen = of, seen
        elif of == self._of and self._seen is not None:
            numbers, step = self._seen.numbers, self._seen.step
            return replace(seen, numbers=numbers, of_step=step)
        return seen


def inspect(session: Session, recent: RecentCalls) -> Inspection | None:
    """Return what the shelf holds of the chosen unit; ask for what it lacks."""
    recording, view = session.recording, session.view
    if recording is None or view.layer is None:
        return None
    layer = recording.layers[view.layer]
    calls = recent.of(recording, layer.name)
    place = place_of(layer, calls, view.step, view.sample)
    committed = recording.committed(layer.name)
    recorded = any(start <= view.step < stop for start, stop in committed)
    if not recorded or place is None or place.padding:
        return Inspection(layer, view.unit, view.step, place, calls, recorded=recorded)
    names = tuple(n for n in names_of(layer) if view.unit < width_of(layer, n))
    start = view.step // BLOCK * BLOCK
    stop = min(start + BLOCK, recording.length(layer.name))
    rows = session.ask(OneUnit(layer.name, names, start, stop, view.unit, view.sample))
    numbers: dict[str, float] = {}
    single = True
    if rows is not None:
        row = rows[view.step - start]
        numbers = dict(zip(names, map(float, row), strict=True))
        single = row.dtype == np.float32
    _sum_up(layer, numbers)
    return Inspection(
        layer, view.unit, view.step, place, calls, numbers, single, recorded
    )


def names_of(layer: Layer) -> tuple[str, ...]:
    """Return the names of all numbers that are read of a unit."""
    parts = PARTS if layer.bias else PARTS[:2]
    gates = GATES[layer.kind]
    before = {"lstm": ("h_prev", "c_prev"), "module": ()}.get(layer.kind, ("h_prev",))
    return (
        *layer.streams,
        *before,
        *(f"{gate}_pre_{part}" for gate in gates for part in parts),
    )


def width_of(layer: Layer, name: str) -> int:
    """Return the number of units of anything that is read of a layer."""
    return layer.width("h" if name == "h_prev" else name)


def _sum_up(layer: Layer, numbers: dict[str, float]) -> None:
    for gate in GATES[layer.kind]:
        parts = [numbers.get(f"{gate}_pre_{part}") for part in PARTS]
        if not layer.bias:
            parts.pop()
        if None not in parts:
            numbers[f"{gate}_pre"] = sum(part for part in parts if part is not None)


def value_at(
    session: Session,
    layer: str,
    stream: str,
    step: int,
    unit: int,
    sample: int | None = None,
) -> np.floating | None:
    """Return one value if it is there; else it and its neighbours are asked for."""
    start = step // BLOCK * BLOCK
    rows = session.rows(layer, stream, slice(start, start + BLOCK), unit, sample)
    if rows is None or step - start >= len(rows):
        return None
    value: np.floating = rows[step - start, 0]
    return value
