"""The equations of a cell for one unit at one step, with its numbers filled in."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lstm_studio.core.layers import PARTS, Layer

Numbers = Mapping[str, float]
"""Values by name: streams, ``i_pre``, ``i_pre_input``, ``h_prev``, ``c_prev``."""

_SIGMA: Final = "\u03c3"
_NUMBER: Final = r"-?(?:\d[\d.]*(?:e[+-]\d+)?|nan|inf)"
_NAME: Final = re.compile(r"\{(\w+)\}")
_MINUS: Final = re.compile(rf"\+ \(-({_NUMBER})\)")
_FIRST: Final = re.compile(rf"(^|\()\((-{_NUMBER})\)")
_LATEX: Final = (
    (_SIGMA, r"\sigma"),
    ("tanh", r"\tanh"),
    ("relu", r"\mathrm{relu}"),
    ("·", r" \cdot "),
)


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of a cell.

    Attributes
    ----------
    name
        The quantity on the left.
    formula
        The line in the words of PyTorch's documentation.
    filled
        The line with its numbers, ``""`` while they are not all known.
    tex
        The formula for math mode.
    """

    name: str
    formula: str
    filled: str
    tex: str

    @property
    def latex(self) -> str:
        """The formula, and the numbers where they are known, for math mode."""
        # Worked out when it is copied: the numbers run along with the cursor.
        steps = self.filled.split(" = ")[1:] if self.filled else []
        return " = ".join([self.tex, *map(_to_latex, steps)])


def equations(layer: Layer, numbers: Numbers, digits: int = 4) -> tuple[Equation, ...]:
    """Return the lines of the cell for one unit, in the order of computation.

    Parameters
    ----------
    numbers
        Of this unit at this step; a line that lacks one is not filled in.
    digits
        Significant digits.
    """
    lines: list[tuple[str, str, str, str]]
    match layer.kind:
        case "lstm":
            lines = [_gate(layer, g, "tanh" if g == "g" else _SIGMA) for g in "ifgo"]
            lines += _lstm_state(layer)
        case "gru":
            lines = [
                _gate(layer, "r", _SIGMA),
                _gate(layer, "z", _SIGMA),
                _candidate(layer),
            ]
            lines.append(
                (
                    "h",
                    "(1 - z)·n + z·h₋₁",
                    "(1 - {z})·{n} + {z}·{h_prev}",
                    r"(1 - z)\,n + z\,h_{t-1}",
                )
            )
        case "rnn_tanh":
            lines = [_gate(layer, "h", "tanh")]
        case "rnn_relu":
            lines = [_gate(layer, "h", "relu")]
        case _:
            lines = []
    known = dict(numbers)
    if "o" in known and "c" in known:
        known["term"] = known["o"] * math.tanh(known["c"])
    return tuple(_equation(line, known, digits) for line in lines)


def _gate(layer: Layer, gate: str, squash: str) -> tuple[str, str, str, str]:
    rows = "h" if layer.kind.startswith("rnn") else gate
    terms = [f"W_i{rows}·x", f"W_h{rows}·h₋₁"]
    latex = [f"W_{{i{rows}}}x_t", f"W_{{h{rows}}}h_{{t-1}}"]
    if layer.bias:
        terms.append("b")
        latex.append("b")
    inside = " + ".join(f"{{{gate}_pre_{part}}}" for part in _parts(layer))
    return (
        gate,
        f"{squash}({' + '.join(terms)})",
        f"{squash}({inside}) = {squash}({{{gate}_pre}})",
        f"{_to_latex(squash)}({' + '.join(latex)})",
    )


def _candidate(layer: Layer) -> tuple[str, str, str, str]:
    inside = " + ".join(f"{{n_pre_{part}}}" for part in _parts(layer))
    filled = f"tanh({inside}) = tanh({{n_pre}})"
    if not layer.bias:
        return (
            "n",
            "tanh(W_in·x + r·W_hn·h₋₁)",
            filled,
            r"\tanh(W_{in}x_t + r\,W_{hn}h_{t-1})",
        )
    return (
        "n",
        "tanh(W_in·x + b_in + r·(W_hn·h₋₁ + b_hn))",
        filled,
        r"\tanh(W_{in}x_t + b_{in} + r\,(W_{hn}h_{t-1} + b_{hn}))",
    )


def _lstm_state(layer: Layer) -> list[tuple[str, str, str, str]]:
    carried = ("c", "f·c₋₁ + i·g", "{f}·{c_prev} + {i}·{g}", r"f\,c_{t-1} + i\,g")
    if not layer.sizes.projection:
        return [carried, ("h", "o·tanh(c)", "{o}·tanh({c})", r"o\,\tanh(c)")]
    return [
        carried,
        ("term", "o·tanh(c)", "{o}·tanh({c})", r"o\,\tanh(c)"),
        ("h", "Σ W_hr·term", "", r"\sum_j W_{hr}\,o_j \tanh(c_j)"),
    ]


def _parts(layer: Layer) -> tuple[str, ...]:
    return PARTS if layer.bias else PARTS[:2]


def _equation(
    line: tuple[str, str, str, str], numbers: Numbers, digits: int
) -> Equation:
    name, formula, template, latex = line
    left = r"\mathrm{term}" if name == "term" else name
    formula, latex = f"{name} = {formula}", f"{left} = {latex}"
    needed = _NAME.findall(template)
    if name not in numbers or any(of not in numbers for of in needed):
        return Equation(name, formula, "", latex)
    texts = {of: number_text(numbers[of], digits) for of in {name, *needed}}
    filled = _fill(template, texts)
    # A sum over other units has no numbers of this unit to show.
    steps = [step for step in (name, filled, texts[name]) if step]
    return Equation(name, formula, " = ".join(steps), latex)


def _fill(template: str, texts: Mapping[str, str]) -> str:
    """Put numbers in the place of names, with parentheses only where needed."""

    def number(match: re.Match[str]) -> str:
        text = texts[match[1]]
        return f"({text})" if text.startswith("-") else text

    text = _NAME.sub(number, template)
    text = _MINUS.sub(r"- \1", text)
    return _FIRST.sub(r"\1\2", text)


def _to_latex(text: str) -> str:
    for plain, latex in _LATEX:
        text = text.replace(plain, latex)
    return re.sub(r"(\d)e([+-])0*(\d+)", _power, text)


def _power(match: re.Match[str]) -> str:
    sign = "-" if match[2] == "-" else ""
    return rf"{match[1]} \cdot 10^{{{sign}{match[3]}}}"


def number_text(value: float, digits: int = 4) -> str:
    """Return a number with ``digits`` significant digits, zeros kept."""
    return f"{value:#.{digits}g}" if math.isfinite(value) else f"{value:g}"
