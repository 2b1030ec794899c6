import numpy as np
import pytest

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Kind, Layer, Sizes
from lstm_studio.panelkit.levels import (
    GATE,
    UNIT,
    Levels,
    levels,
    next_bound,
    nice_bound,
    peak_in,
    peak_of,
    usual_of,
)
from lstm_studio.panelkit.maps import BAD, FIRST, LAST, NEUTRAL


def layer(kind: Kind, projection: int = 0) -> Layer:
    return Layer("l", kind, "", 0, "forward", Sizes(2, 4, projection))


@pytest.mark.parametrize(
    ("kind", "stream", "want"),
    [
        ("lstm", "h", UNIT),
        ("lstm", "g", UNIT),
        ("lstm", "i", GATE),
        ("lstm", "c", Levels(-3, 3, diverging=True)),
        ("gru", "h", UNIT),
        ("gru", "z", GATE),
        ("gru", "n", UNIT),
        ("rnn_tanh", "h", UNIT),
        ("rnn_relu", "h", Levels(-3, 3, diverging=True)),
        ("module", "output", Levels(-3, 3, diverging=True)),
    ],
)
def test_levels_of_streams(kind: Kind, stream: str, want: Levels) -> None:
    assert levels(layer(kind), stream, 2.6) == want


def test_projected_h_has_no_bound_of_its_own() -> None:
    assert levels(layer("lstm", 2), "h", 1.7) == Levels(-2, 2, diverging=True)
    assert levels(layer("lstm", 2), "f", 1.7) == GATE


@pytest.mark.parametrize(
    ("peak", "bound"),
    [(0, 1), (1, 1), (1.001, 1), (1.2, 1.5), (0.034, 0.05), (870, 1000), (np.inf, 1)],
)
def test_bounds_are_round(peak: float, bound: float) -> None:
    assert nice_bound(peak) == pytest.approx(bound)


@pytest.mark.parametrize(
    ("bound", "steps", "want"),
    [(1, 1, 1.5), (7, 1, 10), (10, 1, 15), (1, -1, 0.7), (0.05, 2, 0.1), (30, -3, 10)],
)
def test_bounds_follow_each_other(bound: float, steps: int, want: float) -> None:
    assert next_bound(bound, steps) == pytest.approx(want)


def test_a_few_units_that_run_away_do_not_set_the_levels() -> None:
    values = np.random.default_rng(0).uniform(-2, 2, (500, 160))
    values[:, 7:10] = 600
    values[0, 0] = np.nan
    assert 1.9 < usual_of(values, values) <= 2
    assert usual_of(np.full((2, 2), np.nan), np.full((2, 2), np.nan)) == 0


def test_indices_of_values_and_of_what_is_none() -> None:
    values = np.array([-1, 0, 1, 2, -9, np.nan, np.inf, -np.inf], np.float32)
    assert UNIT.indices(values).tolist() == [
        FIRST, NEUTRAL, LAST, LAST, FIRST, BAD, BAD, BAD,
    ]  # fmt: skip


def test_peak_leaves_out_what_is_not_finite() -> None:
    assert peak_of(np.array([1.0, -4.0, np.nan]), np.array([np.inf])) == 4.0
    assert peak_of(np.full(3, np.nan)) == 0.0


@pytest.mark.parametrize("odd", [0.0, np.nan, np.inf, -np.inf])
def test_peak_in_a_block_is_that_of_both_ends(odd: float) -> None:
    low = np.array([[-4.0, -1.0], [2.0, odd]])
    high = np.array([[1.0, 3.0], [2.0, odd]])
    assert peak_in(StepBlock(0, 2, 1, low, high)) == peak_of(low, high) == 4.0
    assert peak_in(StepBlock(0, 0, 1, low[:0], high[:0])) == 0.0
