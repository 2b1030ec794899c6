import numpy as np
import pytest

from lstm_studio.core.layers import Kind, Layer, Sizes
from lstm_studio.panelkit.levels import (
    GATE,
    UNIT,
    Levels,
    levels,
    nice_bound,
    peak_of,
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


def test_indices_of_values_and_of_what_is_none() -> None:
    values = np.array([-1, 0, 1, 2, -9, np.nan, np.inf, -np.inf], np.float32)
    assert UNIT.indices(values).tolist() == [
        FIRST, NEUTRAL, LAST, LAST, FIRST, BAD, BAD, BAD,
    ]  # fmt: skip


def test_peak_leaves_out_what_is_not_finite() -> None:
    assert peak_of(np.array([1.0, -4.0, np.nan]), np.array([np.inf])) == 4.0
    assert peak_of(np.full(3, np.nan)) == 0.0
