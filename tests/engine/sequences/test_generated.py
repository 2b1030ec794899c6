"""Generated signals: what they are, and that a seed gives them again."""

import numpy as np
import pytest

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

THREE = InputNeeds(features=3)


def test_sine_has_the_period_and_phases_that_it_says() -> None:
    prepared = open_sequence("generate:sine", THREE, {"steps": 90, "period": 30})
    values = prepared.values[0]
    assert values.shape == (90, 3)
    np.testing.assert_allclose(values[:60], values[30:], atol=1e-5)
    np.testing.assert_allclose(values[10:40, 0], values[0:30, 1], atol=1e-5)
    assert values[0, 0] == 0
    assert values[7, 0] > 0.99
    assert prepared.summary.name == "sine, 90 steps"


def test_noise_is_normal() -> None:
    values = open_sequence("generate:noise", THREE, {"steps": 20_000}).values
    assert abs(values.mean()) < 0.02
    assert values.std() == pytest.approx(1, abs=0.02)


def test_pulses_come_as_often_as_chosen() -> None:
    chosen = {"steps": 20_000, "density": 0.1}
    values = open_sequence("generate:pulses", THREE, chosen).values
    assert set(np.unique(values)) == {-1, 0, 1}
    assert np.mean(values != 0) == pytest.approx(0.1, abs=0.01)
    assert abs(values.mean()) < 0.01


def test_one_hot_has_a_single_one_per_step() -> None:
    values = open_sequence("generate:one-hot", THREE, {"steps": 500}).values[0]
    assert (values.sum(axis=1) == 1).all()
    assert set(np.unique(values)) == {0, 1}
    assert values.any(axis=0).all()


def test_one_hot_for_a_model_that_takes_tokens() -> None:
    needs = InputNeeds("tokens", 4, ("a", "b", "c", "d"))
    prepared = open_sequence("generate:one-hot", needs, {"steps": 500})
    assert prepared.values.shape == (1, 500)
    assert set(np.unique(prepared.values)) == {0, 1, 2, 3}
    assert prepared.summary.labels[0] == "abcd"[prepared.values[0, 0]]
    with pytest.raises(DoesNotFit, match="takes tokens; sine gives numbers"):
        open_sequence("generate:sine", needs)


@pytest.mark.parametrize("kind", ["noise", "pulses", "one-hot"])
def test_a_seed_gives_the_same_again_and_another_does_not(kind: str) -> None:
    first, again, other = (
        open_sequence(f"generate:{kind}", THREE, {"seed": seed}).values
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_width_is_asked_for_where_it_is_not_known() -> None:
    with pytest.raises(DoesNotFit, match="How many features"):
        open_sequence("generate:noise", InputNeeds())
    values = open_sequence("generate:noise", InputNeeds(), {"features": 5}).values
    assert values.shape == (1, 200, 5)


@pytest.mark.parametrize(
    ("source", "chosen", "message"),
    [
        ("generate:square", {}, "no generated sequence 'square'"),
        ("generate:noise", {"steps": 0}, "The choice steps is 0"),
        ("generate:noise", {"steps": 2.5}, "The choice steps is 2.5"),
        ("generate:noise", {"steps": True}, "The choice steps is True"),
        ("generate:noise", {"seed": -1}, "The choice seed is -1"),
        ("generate:sine", {"period": 0}, "The choice period is 0"),
        ("generate:noise", {"steps": 10**9}, "would take 11.2 GB"),
        ("generate:noise", {"features": 4}, "takes 3 features per step"),
    ],
)
def test_choices_that_do_not_fit(
    source: str, chosen: dict[str, object], message: str
) -> None:
    with pytest.raises(DoesNotFit, match=message):
        open_sequence(source, THREE, chosen)
