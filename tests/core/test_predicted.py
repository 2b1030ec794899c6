import math

import numpy as np
import pytest

from lstm_studio.core.predicted import (
    MOST_STEPS,
    Pairing,
    agreement,
    paired,
    suggestion,
)

RNG = np.random.default_rng(3)
GIVEN = RNG.normal(size=(200, 3)).astype(np.float32)


def later(shift: int) -> np.ndarray:
    return np.roll(GIVEN, -shift, axis=0)


@pytest.mark.parametrize("shift", [0, 1, 5])
def test_the_given_is_as_many_steps_later(shift: int) -> None:
    predicted, given = paired(later(shift), GIVEN, Pairing(None, 0, shift))
    ends = len(GIVEN) - shift
    np.testing.assert_array_equal(given[:ends], predicted[:ends])
    assert np.isnan(given[ends:]).all()
    found = agreement(predicted, given)
    assert found.difference == 0
    assert found.correlation == pytest.approx(1)
    assert found.steps == ends


def test_one_channel_is_held_against_one() -> None:
    output = np.stack([np.zeros(200), GIVEN[:, 2] + 0.5], axis=1)
    predicted, given = paired(output, GIVEN, Pairing(1, 2, 0))
    assert predicted.shape == given.shape == (200, 1)
    assert agreement(predicted, given).difference == pytest.approx(0.5, abs=1e-6)


def test_an_output_of_the_next_input_is_taken_for_a_prediction() -> None:
    noisy = later(1) + 0.1 * RNG.normal(size=GIVEN.shape)
    assert suggestion(noisy, GIVEN) == (Pairing(None, 0, 1), True)
    horizon = np.stack([later(k + 1)[:, 2] for k in range(24)], axis=1)
    assert suggestion(horizon, GIVEN) == (Pairing(0, 2, 1), True)
    copied = GIVEN[:, 1:2]
    assert suggestion(copied, GIVEN) == (Pairing(0, 1, 0), True)


def test_an_output_of_something_else_is_not() -> None:
    other = RNG.normal(size=GIVEN.shape)
    assert suggestion(other, GIVEN) == (Pairing(None, 0, 1), False)
    still = np.ones_like(GIVEN)
    assert not suggestion(still, GIVEN)[1]
    assert not suggestion(GIVEN[:2], GIVEN)[1]


def test_nothing_is_compared_with_nothing() -> None:
    predicted, given = paired(GIVEN[:5], GIVEN[:5], Pairing(None, 0, 9))
    found = agreement(predicted, given)
    assert found.steps == 0
    assert math.isnan(found.difference)


def test_of_many_steps_some_are_compared() -> None:
    long = np.zeros((3 * MOST_STEPS, 1), np.float32)
    assert agreement(long, long).steps == MOST_STEPS
