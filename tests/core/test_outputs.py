import numpy as np
import pytest

from lstm_studio.core.outputs import (
    are_probabilities,
    find_output,
    softmax,
    top,
)

RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(20, 3)).astype(np.float32)
BATCH = np.stack([ROWS, ROWS + 1])


@pytest.mark.parametrize(
    ("output", "name"),
    [
        (BATCH, "output"),
        (BATCH.transpose(1, 0, 2), "output"),
        ((BATCH, (np.zeros((1, 2, 5)), np.zeros((1, 2, 5)))), "output[0]"),
        ({"aux": np.zeros((2, 4)), "logits": BATCH}, "output['logits']"),
        ([None, BATCH.astype(np.float64)], "output[1]"),
    ],
    ids=["batch first", "time first", "with states", "dict", "list"],
)
def test_step_axis_is_found(output: object, name: str) -> None:
    found = find_output(output, [20], samples=2, sample=1)
    assert found is not None
    assert (found.name, found.axis) == (name, "step")
    np.testing.assert_array_equal(found.values, ROWS + 1)


def test_output_without_batch_axis() -> None:
    found = find_output(ROWS, [20], samples=1, sample=0)
    assert found is not None
    np.testing.assert_array_equal(found.values, ROWS)
    found = find_output(ROWS[:, 0], [20], samples=1, sample=0)
    assert found is not None
    assert found.values.shape == (20, 1)


def test_one_row_for_the_whole_sequence() -> None:
    found = find_output(np.array([[1, 2], [3, 4]]), [20], samples=2, sample=1)
    assert found is not None
    assert found.axis == "none"
    assert found.values.tolist() == [[3, 4]]


@pytest.mark.parametrize("output", [None, (), "text", np.array(["a"]), [None]])
def test_no_numbers(output: object) -> None:
    assert find_output(output, [20], samples=1, sample=0) is None


def test_softmax_does_not_overflow() -> None:
    shares = softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]], np.float32))
    np.testing.assert_allclose(shares, [[0.5, 0.5], [0, 1]], atol=1e-6)
    assert are_probabilities(shares)
    assert not are_probabilities(ROWS)


def test_top_is_sorted() -> None:
    indices, values = top(ROWS, 2)
    order = np.argsort(-ROWS, axis=1)[:, :2]
    np.testing.assert_array_equal(indices, order)
    np.testing.assert_array_equal(values, np.take_along_axis(ROWS, order, axis=1))
    assert top(ROWS, 9)[0].shape == (20, 3)
