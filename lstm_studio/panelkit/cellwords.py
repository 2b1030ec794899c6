"""What the parts of a drawn cell mean, in words and as numbers."""

import math
from collections.abc import Mapping
from typing import Final

from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.text import MINUS

_LSTM: Final[Mapping[str, str]] = {
    "c_prev": "cell state before this step",
    "kept": "f·c₋₁: what the forget gate keeps of the cell state",
    "written": "i·g: what this step writes into the cell state",
    "c": "cell state after this step: what was kept and what was written",
    "squashed": f"tanh(c): the cell state, between {MINUS}1 and 1",
    "shown": "o·tanh(c): what the output gate lets through",
    "projected": "weight_hr mixes the units: each h is a sum over all of them",
    "f": "forget gate: the share of the cell state that is kept; 0 forgets, 1 keeps",
    "i": "input gate: the share of g that is written into the cell state",
    "g": f"cell candidate: what could be written, between {MINUS}1 and 1",
    "o": "output gate: the share of tanh(c) that is let through as h",
}
_GRU: Final[Mapping[str, str]] = {
    "kept": "z·h₋₁: what stays of the state before",
    "rest": f"1 {MINUS} z: the share that the candidate gets",
    "written": f"(1 {MINUS} z)·n: what this step writes",
    "r": "reset gate: how much of the state before the candidate sees",
    "z": "update gate: the share of the state before that stays; 1 keeps it all",
    "n": f"new candidate: what could be written, between {MINUS}1 and 1",
    "n_pre_recurrent": "what the candidate takes from h₋₁, let through by r",
}
_BOTH: Final[Mapping[str, str]] = {
    "h_prev": "hidden state before this step, of this unit; "
    "the gates see that of every unit",
    "h": "hidden state after this step: what the layer gives on",
    "row_sum": "Before the squashing: the sum of what is below",
    "row_input": "What the input of this step adds: a row of weight_ih times x",
    "row_recurrent": "What the state before adds: a row of weight_hh times h₋₁",
    "row_bias": "What is added at every step: bias_ih and bias_hh",
}
_PART: Final[Mapping[str, str]] = {
    "input": "what the input x of this step adds",
    "recurrent": "what the state before, h₋₁, adds",
    "bias": "what the biases add at every step",
}


def meaning(layer: Layer, key: str) -> str:
    """Return what a part of the drawing is, in words."""
    own = _LSTM if layer.kind == "lstm" else _GRU if layer.kind == "gru" else {}
    if key in own:
        return own[key]
    gate, found, part = key.partition("_pre_")
    if found:
        return f"{gate}, before the squashing: {_PART[part]}"
    if key.endswith("_pre"):
        gate = key.removesuffix("_pre")
        return f"{gate}, before the squashing: the sum of its parts"
    return _BOTH.get(key, "")


def worked_out(layer: Layer, numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers of all parts: what was read, and what the operations give."""
    found = dict(numbers)

    def product(name: str, one: str, other: str) -> None:
        if one in found and other in found:
            found[name] = found[one] * found[other]

    if layer.kind == "lstm":
        product("kept", "f", "c_prev")
        product("written", "i", "g")
        if "c" in found:
            found["squashed"] = math.tanh(found["c"])
        product("shown", "o", "squashed")
    elif layer.kind == "gru":
        product("kept", "z", "h_prev")
        if "z" in found:
            found["rest"] = 1 - found["z"]
        product("written", "rest", "n")
    return found


def three_digits(value: float | None) -> str:
    """Return a number for a narrow box; the whole of it is in the tool tip."""
    if value is None:
        return "···"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Inf" if value > 0 else f"{MINUS}Inf")
    size = abs(value)
    if size and size < 5e-4:
        text = f"{size:.0e}".replace("e-0", "e-")
    elif size < 10:
        text = f"{size:.3f}"
    else:
        text = f"{size:.4g}" if size < 1e4 else f"{size:.0e}".replace("e+0", "e")
    return (MINUS if value < 0 else "") + text.replace("e-", f"e{MINUS}")
