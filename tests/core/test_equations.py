"""Every filled line is true as it stands."""

import math
import re

import numpy as np
import pytest

from lstm_studio.core.equations import equations, number_text
from lstm_studio.core.layers import GATES, PARTS, Kind, Layer, Sizes


def _layer(kind: Kind, *, bias: bool = True, projection: int = 0) -> Layer:
    sizes = Sizes(3, 4, projection)
    return Layer("rnn.l0", kind, "rnn", 0, "forward", sizes, bias)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _numbers(kind: Kind, *, bias: bool, seed: int) -> dict[str, float]:
    draw = np.random.default_rng(seed)
    numbers = {
        f"{gate}_pre_{part}": float(draw.normal())
        for gate in GATES[kind]
        for part in (PARTS if bias else PARTS[:2])
    }
    for gate in GATES[kind]:
        total = sum(v for k, v in numbers.items() if k.startswith(f"{gate}_pre_"))
        numbers[f"{gate}_pre"] = total
        squash = math.tanh if gate in "gnh" else _sigmoid
        numbers[gate] = max(total, 0.0) if kind == "rnn_relu" else squash(total)
    numbers["h_prev"], numbers["c_prev"] = map(float, draw.normal(size=2))
    if kind == "lstm":
        n = numbers
        n["c"] = n["f"] * n["c_prev"] + n["i"] * n["g"]
        n["h"] = n["o"] * math.tanh(n["c"])
    if kind == "gru":
        n = numbers
        n["h"] = (1 - n["z"]) * n["n"] + n["z"] * n["h_prev"]
    return numbers


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_both_sides_of_every_line_agree(kind: Kind, bias: bool, seed: int) -> None:
    numbers = _numbers(kind, bias=bias, seed=seed)
    lines = equations(_layer(kind, bias=bias), numbers, digits=12)
    assert {line.name for line in lines} == {
        *GATES[kind],
        "h",
        *("c" * (kind == "lstm")),
    }
    for line in lines:
        name, *sides = line.filled.split(" = ")
        assert name == line.name
        for side in sides:
            text = side.replace("·", "*").replace("\u03c3", "sigmoid")
            words = {
                "sigmoid": _sigmoid,
                "tanh": math.tanh,
                "relu": lambda x: max(x, 0.0),
            }
            assert eval(text, words) == pytest.approx(numbers[name], abs=1e-9)


def test_signs_are_written_as_by_hand() -> None:
    numbers = {"f": 0.5, "c_prev": -0.25, "i": 0.125, "g": -0.5, "c": -0.1875}
    c = next(e for e in equations(_layer("lstm"), numbers) if e.name == "c")
    assert c.filled == "c = 0.5000·(-0.2500) + 0.1250·(-0.5000) = -0.1875"
    numbers = {"h_pre_input": -0.5, "h_pre_recurrent": -1.0, "h_pre_bias": 0.25}
    numbers |= {"h_pre": -1.25, "h": math.tanh(-1.25)}
    (h,) = equations(_layer("rnn_tanh"), numbers)
    assert h.filled == ("h = tanh(-0.5000 - 1.000 + 0.2500) = tanh(-1.250) = -0.8483")


def test_a_line_that_lacks_a_number_shows_its_formula() -> None:
    h = equations(_layer("lstm"), {"o": 0.5})[-1]
    assert (h.formula, h.filled) == ("h = o·tanh(c)", "")


def test_without_bias_no_line_speaks_of_one() -> None:
    for kind in ("lstm", "gru", "rnn_tanh"):
        for line in equations(_layer(kind, bias=False), {}):
            assert not re.search(r"\bb\b|b_", line.formula)
            assert not re.search(r"\bb\b|b_", line.latex)


def test_a_projected_h_is_a_sum_over_the_terms_of_all_units() -> None:
    numbers = {"o": 0.5, "c": 1.0, "h": 0.25}
    *_, term, h = equations(_layer("lstm", projection=2), numbers)
    assert term.filled == "term = 0.5000·tanh(1.000) = 0.3808"
    assert h.formula == "h = Σ W_hr·term"
    assert h.filled == "h = 0.2500"


def test_latex_holds_no_character_that_needs_a_font() -> None:
    for kind in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        numbers = _numbers(kind, bias=True, seed=0) | {"h_prev": 1e-7}
        for line in equations(_layer(kind), numbers):
            assert line.latex.isascii()
            assert line.latex.count("{") == line.latex.count("}")
            assert not re.search(r"\de[+-]", line.latex)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (-1.0, "-1.000"), (1.25e-7, "1.250e-07"), (math.nan, "nan")],
)
def test_numbers_keep_their_zeros(value: float, text: str) -> None:
    assert number_text(value) == text
