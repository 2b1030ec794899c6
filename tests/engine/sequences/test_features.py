"""Standardisation, and what the summary says of features."""

from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

TWO = InputNeeds(features=2)


@pytest.fixture
def array() -> np.ndarray:
    return np.random.default_rng(0).normal(5, 3, (50, 2))


@pytest.fixture
def path(tmp_path: Path, array: np.ndarray) -> Path:
    np.save(tmp_path / "array.npy", array)
    return tmp_path / "array.npy"


def test_given_center_and_scale(path: Path, array: np.ndarray) -> None:
    chosen = {"center": [5, 6.5], "scale": "3, 2"}
    prepared = open_sequence(path, TWO, chosen)
    expected = ((array - [5, 6.5]) / [3, 2]).astype(np.float32)
    np.testing.assert_array_equal(prepared.values[0], expected)
    assert prepared.summary.notes == ("Standardised by given center and scale.",)


def test_one_number_for_all_features(path: Path, array: np.ndarray) -> None:
    prepared = open_sequence(path, TWO, {"scale": 2})
    np.testing.assert_array_equal(prepared.values[0], (array / 2).astype(np.float32))


def test_the_figures_of_the_model(path: Path, array: np.ndarray) -> None:
    needs = InputNeeds(
        features=2, center=(1.0, 2.0), scale=(3.0, 4.0), names=("a", "b")
    )
    prepared = open_sequence(path, needs)
    expected = ((array - [1, 2]) / [3, 4]).astype(np.float32)
    np.testing.assert_array_equal(prepared.values[0], expected)
    assert prepared.summary.labels == ("a", "b")
    assert prepared.summary.notes == ("Standardised by the model's center and scale.",)
    raw = open_sequence(path, needs, {"standardise": "none"})
    np.testing.assert_array_equal(raw.values[0], array.astype(np.float32))


def test_its_own_mean_and_spread(tmp_path: Path, array: np.ndarray) -> None:
    array = np.column_stack([array, np.full(50, 7), np.full(50, np.nan)])
    array[3, 0] = np.nan
    np.save(tmp_path / "a.npy", array)
    needs = InputNeeds(features=4)
    prepared = open_sequence(tmp_path / "a.npy", needs, {"standardise": "data"})
    values = prepared.values[0]
    np.testing.assert_allclose(np.nanmean(values[:, :2], axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.nanstd(values[:, :2], axis=0), 1, atol=1e-6)
    assert (values[:, 2] == 0).all()
    assert np.isnan(values[:, 3]).all()
    assert prepared.summary.notes == (
        "Standardised by its own mean and spread.",
        "51 NaN of 200 values; the first at step 0, feature 3.",
    )


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"center": [1, 2, 3]}, "The center has 3 numbers for 2 features"),
        ({"scale": [1, 0]}, "The scale of feature 1 is 0"),
        ({"scale": [1, float("nan")]}, "not finite"),
        ({"center": "1, two"}, "The choice center is '1, two'"),
        ({"standardise": "always"}, "The choice standardise is 'always'"),
        ({"rate": -1}, "The choice rate is -1"),
    ],
)
def test_figures_that_do_not_fit(
    path: Path, chosen: dict[str, object], message: str
) -> None:
    with pytest.raises(DoesNotFit, match=message) as refusal:
        open_sequence(path, TWO, chosen)
    assert refusal.value.next_step


def test_names_for_features_that_have_none(path: Path) -> None:
    assert open_sequence(path, TWO).summary.labels == ()
    named = open_sequence(path, TWO, {"names": ["left", "right"]})
    assert named.summary.labels == ("left", "right")
    with pytest.raises(DoesNotFit, match="3 names were given for 2 features"):
        open_sequence(path, TWO, {"names": "a, b, c"})


def test_a_rate_gives_the_steps_seconds(path: Path) -> None:
    assert open_sequence(path, TWO).summary.rate is None
    assert open_sequence(path, TWO, {"rate": "50"}).summary.rate == 50


def test_empty_fields_of_a_form_are_no_choices(path: Path, array: np.ndarray) -> None:
    chosen = {"columns": "", "axes": "", "standardise": "", "vocabulary": None}
    prepared = open_sequence(path, TWO, chosen)
    np.testing.assert_array_equal(prepared.values[0], array.astype(np.float32))
