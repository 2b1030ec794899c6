"""``resolve`` is the one place where a view is clamped."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.view import Extent, Pin, View, resolve

LSTM = Layer("lstm.l0", "lstm", "lstm", 0, "forward", Sizes(3, 8))
GRU = Layer("gru.l0", "gru", "gru", 0, "forward", Sizes(3, 4))
EXTENT = Extent({"lstm.l0": LSTM, "gru.l0": GRU}, steps=100, samples=2)


def test_nothing_is_picked_where_nothing_is_recorded() -> None:
    assert resolve(View(layer="lstm.l0", step=7), Extent({}, 0, 0)) == View()


def test_an_unknown_layer_becomes_the_first() -> None:
    assert resolve(View(layer="gone"), EXTENT).layer == "lstm.l0"


@pytest.mark.parametrize(
    ("view", "field", "value"),
    [
        pytest.param(View(layer="gru.l0", unit=7), "unit", 3, id="unit of the layer"),
        pytest.param(View(unit=-1), "unit", 0, id="unit below"),
        pytest.param(View(step=1000), "step", 99, id="step past the end"),
        pytest.param(View(sample=5), "sample", 1, id="sample past the end"),
        pytest.param(View(span=(90, 130)), "span", (60, 100), id="span keeps length"),
        pytest.param(View(span=(-9, 11)), "span", (0, 20), id="span before the start"),
        pytest.param(View(span=(50, 51)), "span", (50, 58), id="shortest span"),
        pytest.param(View(span=(0, 9999)), "span", (0, 100), id="longest span"),
        pytest.param(
            View(streams={"gru.l0": "c", "lstm.l0": "c", "gone": "h"}),
            "streams",
            {"lstm.l0": "c"},
            id="streams the layer has not",
        ),
        pytest.param(
            View(
                pins=(
                    Pin("gru.l0", "h", 3),
                    Pin("gru.l0", "h", 4),
                    Pin("gru.l0", "c", 0),
                )
            ),
            "pins",
            (Pin("gru.l0", "h", 3),),
            id="pins outside",
        ),
        pytest.param(
            View(pins=(Pin("gru.l0", "h", 3, 1), Pin("gru.l0", "h", 3, 2))),
            "pins",
            (Pin("gru.l0", "h", 3, 1),),
            id="pins of samples outside",
        ),
        pytest.param(View(brush=((-5, 7),)), "brush", ((0, 7),), id="brush at start"),
        pytest.param(View(brush=((100, 120),)), "brush", (), id="brush outside"),
    ],
)
def test_a_view_is_clamped(view: View, field: str, value: object) -> None:
    assert getattr(resolve(view, EXTENT), field) == value


@given(
    unit=st.integers(-10, 20),
    step=st.integers(-200, 300),
    span=st.tuples(st.integers(-200, 300), st.integers(-200, 300)),
    steps=st.integers(0, 120),
)
def test_a_resolved_view_is_inside_and_stays_as_it_is(
    unit: int, step: int, span: tuple[int, int], steps: int
) -> None:
    extent = replace(EXTENT, steps=steps)
    view = resolve(View(unit=unit, step=step, span=span), extent)
    assert 0 <= view.unit < 8
    assert 0 <= view.step < max(steps, 1)
    assert 0 <= view.span[0] < view.span[1] <= max(steps, 1)
    assert resolve(view, extent) == view
