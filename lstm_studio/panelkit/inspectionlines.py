"""The numbers of one unit as lines: states, gates, parts, equation, names."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import numpy as np

from lstm_studio.core.equations import Equation, equations
from lstm_studio.core.expressions import (
    Expression,
    call_line,
    expressions,
    layout_of,
    owner,
)
from lstm_studio.core.layers import GATES
from lstm_studio.core.spans import common
from lstm_studio.panelkit.entry import features_at, token_at
from lstm_studio.panelkit.facts import name_text
from lstm_studio.panelkit.inspection import Inspection
from lstm_studio.panelkit.levels import levels, nice_bound
from lstm_studio.panelkit.listing import Bar, Line
from lstm_studio.panelkit.text import MINUS, count_text, token_text
from lstm_studio.session.session import Session

FEATURES: Final = 6
"""Features of the input that are listed; more would push the states out of sight."""
SHORT: Final = 7
"""Letters of a name that leave room for a bar."""
READING: Final = "\u00b7\u00b7\u00b7"
BEFORE: Final = "\u208b\u2081"
"""Subscript of the step before."""

SOURCE_TEXT: Final = {
    "zeros": "state from zeros",
    "given": "state given",
    "carried": "state carried",
}


@dataclass(slots=True)
class Scale:
    """Largest magnitude seen of each stream: bars keep their scale while one looks."""

    peaks: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, seen: Inspection) -> None:
        """Take all numbers in before one is drawn: those of a stream share a scale."""
        for name, value in seen.numbers.items():
            if math.isfinite(value):
                key = (seen.layer.name, name.removesuffix("_prev"))
                self.peaks[key] = max(self.peaks.get(key, 0.0), abs(value))

    def bar(self, seen: Inspection, stream: str, value: float) -> Bar:
        """Return the bar of a value, on the scale of its stream."""
        peak = self.peaks.get((seen.layer.name, stream), 0.0)
        found = levels(seen.layer, stream, peak)
        if not found.diverging:
            return Bar(value, found.low, found.high)
        # At least 1 either way: small states are to look small.
        bound = max(found.high, 1.0)
        return Bar(value, -bound, bound)


def _why_not(session: Session, seen: Inspection) -> str:
    """Return why there is nothing to say of a step."""
    recording = session.recording
    damage = () if recording is None else recording.damage(seen.layer.name)
    if common(damage, ((seen.step, seen.step + 1),)):
        return (
            f"Step {seen.step} of this layer was recorded, and its file is damaged "
            "since: it cannot be read. Run the model again for it."
        )
    return f"Step {seen.step} of this layer is not recorded yet."


def inspection_lines(
    session: Session, seen: Inspection | None, stream: str, scale: Scale
) -> list[Line]:
    """Return the lines for what was inspected.

    Parameters
    ----------
    stream
        Stream whose names and weights are listed.
    """
    if seen is None:
        text = "Open a model and a sequence, run it, then click a heat map."
        return [Line("note", text)]
    if seen.place is None or not seen.recorded:
        return [Line("note", _why_not(session, seen))]
    scale.take(seen)
    lines = [*_input(session, seen)]
    if seen.place.padding:
        lines.append(
            Line("note", f"Padding: sample {session.view.sample} ends before.")
        )
        return lines
    lines += _states(seen, scale)
    lines += _parts(seen)
    lines += _equations(seen)
    lines += _names(session, seen, stream)
    return lines


def _input(session: Session, seen: Inspection) -> Iterator[Line]:
    place = seen.place
    side = ""
    if place is not None:
        at, of = seen.step - place.call.start, place.call.stop - place.call.start
        side = f"step {count_text(at)} of {count_text(of)}"
        if len(seen.calls) > 1:
            side = f"call {count_text(place.index)}, {side}"
    yield Line("section", "INPUT", label=side)
    token = token_at(session, seen.step)
    if token is not None:
        yield Line("value", token_text(token), label="token", copy=token)
    elif features := features_at(session, seen):
        yield from _feature_lines(*features)
    if place is not None and seen.step == place.first:
        yield Line(
            "note", f"first step of its call: {SOURCE_TEXT[place.call.initial_state]}"
        )


def _feature_lines(names: list[str], values: list[np.floating]) -> Iterator[Line]:
    shown = [name_text(name) for name in names[:FEATURES]]
    # Bars for all or for none, so that the numbers stay below each other.
    short = all(len(label) <= SHORT for label in shown)
    bound = nice_bound(max((abs(float(value)) for value in values), default=1.0))
    for label, value in zip_longest(shown, values[:FEATURES]):
        # While they are read there are as many lines, so that nothing jumps.
        text = READING if value is None else exact_text(float(value))
        copy = "" if value is None else str(value)
        tip = f"{label} = {copy}" if copy else ""
        if short:
            bar = None if value is None else Bar(float(value), -bound, bound)
            yield Line("value", text, label=label, bar=bar, copy=copy, tip=tip)
        else:
            yield Line("columns", label=label, columns=(text,), copy=copy, tip=tip)
    if len(names) > FEATURES:
        rest = count_text(len(names) - FEATURES)
        copy = f"[{', '.join(str(value) for value in values)}]" if values else ""
        yield Line("note", f"and {rest} more", copy=copy, tip="Copies all of them")


def _states(seen: Inspection, scale: Scale) -> Iterator[Line]:
    layer = seen.layer
    states = [
        name for name in layer.streams if name not in GATES[layer.kind] or name == "h"
    ]
    late = "" if seen.of_step is None else f", of step {count_text(seen.of_step)}"
    yield Line("section", "STATE", label=f"unit {seen.unit}{late}")
    for name in states:
        yield _value(seen, scale, name, name)
        if name in ("h", "c"):
            yield _value(seen, scale, f"{name}_prev", name + BEFORE, name, faint=True)
    if layer.sizes.projection and seen.unit >= layer.sizes.projection:
        text = f"h has {layer.sizes.projection} units only: it is projected"
        yield Line("note", text)
    gates = [name for name in GATES[layer.kind] if name != "h"]
    if gates:
        yield Line("section", "GATES")
    for name in gates:
        yield _value(seen, scale, name, name)


def _value(
    seen: Inspection,
    scale: Scale,
    name: str,
    label: str,
    stream: str = "",
    *,
    faint: bool = False,
) -> Line:
    stream = stream or name
    value = seen.numbers.get(name)
    if value is None:
        return Line("value", READING, label=label, stream=stream, faint=True)
    copy = _shortest(value) if seen.single else repr(value)
    return Line(
        "value",
        exact_text(value),
        label=label,
        bar=scale.bar(seen, stream, value),
        stream=stream,
        copy=copy,
        faint=faint or seen.of_step is not None,
        tip=f"{label} = {copy}",
    )


def _shortest(value: float) -> str:
    """Return the shortest text that gives the same float32."""
    return str(np.float32(value)) if math.isfinite(value) else f"float('{value}')"


def _parts(seen: Inspection) -> Iterator[Line]:
    gates = GATES[seen.layer.kind]
    if not gates:
        return
    heads = (
        ("input", "recurrent", "bias") if seen.layer.bias else ("input", "recurrent")
    )
    yield Line("section", "PRE-ACTIVATIONS")
    yield Line("columns", columns=(*heads, "sum"), faint=True)
    for gate in gates:
        names = [*(f"{gate}_pre_{part}" for part in heads), f"{gate}_pre"]
        values = [seen.numbers.get(name) for name in names]
        texts = tuple(READING if v is None else fixed_text(v) for v in values)
        copy = "\t".join(_shortest(v) for v in values if v is not None)
        late = seen.of_step is not None
        yield Line(
            "columns", label=gate, columns=texts, stream=gate, copy=copy, faint=late
        )


def _equations(seen: Inspection) -> Iterator[Line]:
    lines = equations(seen.layer, seen.numbers)
    if lines:
        yield Line("section", "EQUATION")
    for line in lines:
        yield _equation(line, late=seen.of_step is not None)


def _equation(line: Equation, *, late: bool) -> Line:
    text = f"{line.formula}\n{line.filled}" if line.filled else line.formula
    text = text.replace("-", MINUS)
    return Line("equation", text, copy=line.filled or line.formula, faint=late)


def _names(session: Session, seen: Inspection, stream: str) -> Iterator[Line]:
    layer = seen.layer
    layout = layout_of(layer, session.extent.layers.values())
    yield Line("section", "IN PYTORCH", label=name_text(owner(layer.module)))
    given = bool(seen.calls.sources.keys() - {"zeros"})
    call = call_line(layout, initial=given)
    yield Line("code", call, copy=call, faint=True)
    others = [s for s in ("h", "c") if s in layer.streams and s != stream]
    for of in [stream, *others]:
        if seen.unit >= layer.width(of):
            continue
        names = expressions(
            layer, layout, of, seen.unit, seen.step, session.view.sample, seen.place
        )
        for name in names:
            yield from _name(name, of)


def _name(name: Expression, stream: str) -> Iterator[Line]:
    if not name.text:
        yield Line("text", f"{stream}: {name.about}", copy=name.about)
        return
    yield Line("code", name.text, copy=name.text, tip=name.about, faint=not name.shown)
    # Weights are many and say themselves what they are.
    if not name.text.startswith(("weight", "bias")):
        yield Line("note", f"  {name.about}")


def exact_text(value: float) -> str:
    """Return a value with all the digits that a float32 has, signs aligned."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Inf" if value > 0 else MINUS + "Inf")
    size = abs(value)
    text = f"{size:.7f}" if 1e-3 <= size < 10 or size == 0 else f"{size:.6g}"
    return MINUS + text if value < 0 else text


def fixed_text(value: float) -> str:
    """Return a value for a narrow column, with its decimals below each other."""
    if not math.isfinite(value):
        return exact_text(value)
    size = abs(value)
    text = f"{size:.4f}" if 1e-3 <= size < 100 or size == 0 else f"{size:.2e}"
    return MINUS + text if value < 0 else text
