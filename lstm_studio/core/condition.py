"""A condition on units of layers: ``lstm.l1 unit 37 h > 0.8 and lstm.l1 c < 0``."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Layer
from lstm_studio.core.recording import Recording
from lstm_studio.core.shapes import Bool

Marks = Bool[np.ndarray, " step"]

EXAMPLE: Final = "lstm.l1 unit 37 h > 0.8"
_RELATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_UNIT: Final = re.compile(r"unit\s+(\d+)\s+")
_REST: Final = re.compile(
    r"(?P<bar>\|?)(?P<stream>[a-z_]+)(?P=bar)\s*(?P<relation>>=|<=|>|<)\s*"
    r"(?P<value>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\w.])\s*"
)
_JOINT: Final = re.compile(r"(and|or)\b\s*")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stream of one unit against a number; ``size`` leaves out the sign."""

    layer: str
    unit: int
    stream: str
    relation: str
    value: float
    size: bool = False

    def __str__(self) -> str:
        stream = f"|{self.stream}|" if self.size else self.stream
        return f"{self.layer} unit {self.unit} {stream} {self.relation} {self.value!r}"

    def marks(self, recording: Recording, start: int, stop: int, sample: int) -> Marks:
        """Return at which of the steps it holds; never where nothing is recorded."""
        values = np.full(stop - start, np.nan)
        end = min(stop, recording.length(self.layer))
        if end > start:
            steps, units = slice(start, end), slice(self.unit, self.unit + 1)
            rows = recording.read(self.layer, self.stream, steps, units, sample)
            values[: end - start] = rows[:, 0]
        if self.size:
            values = np.abs(values)
        marks: Marks = _RELATIONS[self.relation](values, self.value)
        return marks


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons of one sample: any of ``alternatives``, all of each."""

    alternatives: tuple[tuple[Comparison, ...], ...]
    sample: int = 0

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, each)) for each in self.alternatives)

    @property
    def layers(self) -> frozenset[str]:
        """The layers that it asks about."""
        return frozenset(each.layer for part in self.alternatives for each in part)

    def holds(self, recording: Recording, start: int, stop: int) -> Marks:
        """Return at which of the steps it holds."""
        result = np.zeros(max(stop - start, 0), bool)
        for part in self.alternatives:
            both = np.ones_like(result)
            for each in part:
                both &= each.marks(recording, start, stop, self.sample)
            result |= both
        return result

    def marks(self, recording: Recording, start: int, stop: int) -> Marks:
        """Return at which of the steps it begins to hold."""
        return onsets(lambda *span: self.holds(recording, *span), start, stop)


def onsets(holds: Callable[[int, int], Marks], start: int, stop: int) -> Marks:
    """Return where something is that was not at the step before."""
    first = max(start - 1, 0)
    marks = holds(first, max(stop, first))
    begins = marks.copy()
    begins[1:] &= ~marks[:-1]
    return begins[start - first :]


def parse(
    text: str, layers: Mapping[str, Layer], layer: str, unit: int, sample: int = 0
) -> Condition:
    """Return the condition that ``text`` says.

    Parameters
    ----------
    layer, unit
        What is meant where the text names none.

    Raises
    ------
    DoesNotFit
        With what was understood up to where, and an example.
    """
    rest = text.strip()
    parts: list[list[Comparison]] = [[]]
    while True:
        comparison, rest = _comparison(rest, layers, layer, unit)
        parts[-1].append(comparison)
        if not rest:
            return Condition(tuple(map(tuple, parts)), sample)
        joint = _JOINT.match(rest)
        if joint is None:
            raise DoesNotFit(f"“{rest}” is not understood.", "Join with “and” or “or”.")
        if joint[1] == "or":
            parts.append([])
        rest = rest[joint.end() :]


def _comparison(
    text: str, layers: Mapping[str, Layer], layer: str, unit: int
) -> tuple[Comparison, str]:
    rest = text
    for name in sorted(layers, key=len, reverse=True):
        if text.startswith(f"{name} "):
            layer, rest = name, text[len(name) :].lstrip()
            break
    if (named := _UNIT.match(rest)) is not None:
        unit, rest = int(named[1]), rest[named.end() :]
    found = _REST.match(rest)
    if found is None:
        word = rest.split(" ")[0]
        raise DoesNotFit(
            f"“{word}” is not understood." if word else "Something is missing.",
            f"Write, for example: {EXAMPLE}. Layers are: {', '.join(layers)}.",
        )
    if layer not in layers:
        raise DoesNotFit(
            f"No layer is called “{layer}”.", f"Layers are: {', '.join(layers)}."
        )
    stream = found["stream"]
    _check(layers[layer], stream, unit)
    value, size = float(found["value"]), bool(found["bar"])
    comparison = Comparison(layer, unit, stream, found["relation"], value, size)
    return comparison, rest[found.end() :]


def _check(layer: Layer, stream: str, unit: int) -> None:
    if stream not in layer.streams:
        raise DoesNotFit(
            f"{layer.name} has no stream {stream}.",
            f"It has {', '.join(layer.streams)}.",
        )
    if unit >= layer.width(stream):
        raise DoesNotFit(
            f"{layer.name} has no unit {unit}.",
            f"The last one of {stream} is {layer.width(stream) - 1}.",
        )
