"""Several samples: which of them are taken, and how long each is."""

from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import PreparedSequence, open_sequence

ONE = InputNeeds(features=1)
X = np.arange(1, 16, dtype=np.float32).reshape(3, 5, 1)


def opened(folder: Path, **choices: object) -> PreparedSequence:
    np.save(folder / "x.npy", X)
    return open_sequence(folder / "x.npy", ONE, choices)


def test_some_samples(tmp_path: Path) -> None:
    for chosen in ("2, 0-1", [2, 0, 1]):
        prepared = opened(tmp_path, samples=chosen)
        np.testing.assert_array_equal(prepared.values, X[[2, 0, 1]])


def test_padding_is_zeros_whatever_stood_there(tmp_path: Path) -> None:
    prepared = opened(tmp_path, lengths="2, 4, 1")
    np.testing.assert_array_equal(
        prepared.values[..., 0], [[1, 2, 0, 0], [6, 7, 8, 9], [11, 0, 0, 0]]
    )
    assert prepared.summary.lengths == (2, 4, 1)


def test_lengths_go_with_the_chosen_samples(tmp_path: Path) -> None:
    prepared = opened(tmp_path, samples="1", lengths="2, 4, 1")
    np.testing.assert_array_equal(prepared.values[..., 0], [[6, 7, 8, 9]])
    # Nothing is padded where one sample was cut to its length.
    assert prepared.summary.lengths == ()
    assert opened(tmp_path, lengths="5, 5, 5").summary.lengths == ()


def test_own_mean_leaves_padding_out(tmp_path: Path) -> None:
    prepared = opened(tmp_path, lengths=[1, 2, 1], standardise="data")
    own = np.array([1, 6, 7, 11], np.float64)
    np.testing.assert_allclose(
        prepared.values[1, :2, 0], (own[1:3] - own.mean()) / own.std(), rtol=1e-6
    )


def test_rows_of_a_table_become_samples(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("basin,flow\nA,1\nA,2\nB,3\nA,4\n")
    prepared = open_sequence(path, ONE, {"sample_column": "basin"})
    np.testing.assert_array_equal(prepared.values[..., 0], [[1, 2, 4], [3, 0, 0]])
    assert prepared.summary.lengths == (3, 1)


def test_tokens_have_lengths_too(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1, 2, 3], [3, 9, 9]]))
    prepared = open_sequence(
        tmp_path / "x.npy", InputNeeds("tokens", 5), {"lengths": "3, 1"}
    )
    assert prepared.values.tolist() == [[1, 2, 3], [3, 0, 0]]
    assert prepared.summary.lengths == (3, 1)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"samples": "3"}, "There is no sample 3: the file has 3. Choose 0 to 2."),
        (
            {"samples": "a"},
            "The choice samples is 'a'. Choose whole numbers, separated by commas: "
            "0, 2, 5-7.",
        ),
        (
            {"lengths": "1, 2"},
            "2 lengths were given for 3 samples. Give one for each sample.",
        ),
        (
            {"lengths": "1, 0, 2"},
            "Sample 1 is given a length of 0; it has 5 steps. Choose lengths of 1 to "
            "5.",
        ),
        (
            {"lengths": "1, 2, 6"},
            "Sample 2 is given a length of 6; it has 5 steps. Choose lengths of 1 to "
            "5.",
        ),
        (
            {"samples": "0-9999999"},
            "The choice samples names 10000000 numbers. Choose at most 1000000.",
        ),
    ],
)
def test_refusals(tmp_path: Path, choices: dict[str, object], words: str) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        opened(tmp_path, **choices)
    assert str(refusal.value) == words


def test_an_array_that_cannot_be_lengths(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X, lengths=np.ones(3))
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(tmp_path / "x.npz", ONE)
    assert str(refusal.value) == (
        "The array lengths is 3, float64: it cannot be the lengths. Choose lengths of "
        "whole numbers, one for each sample."
    )
