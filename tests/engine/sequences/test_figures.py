"""Mean and deviation from a file: where they stand in it, and whose they are."""

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

TWO = InputNeeds(features=2)
X = np.array([[1.0, 10.0], [3.0, 30.0]], np.float32)


def opened(folder: Path, content: object, **choices: object) -> np.ndarray:
    table = folder / "x.csv"
    table.write_text("rain,wind\n1,10\n3,30\n")
    path = folder / "figures.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text)
    chosen = {"standardise": "file", "figures": str(path), **choices}
    return open_sequence(table, TWO, chosen).values[0]


@pytest.mark.parametrize(
    "content",
    [
        {"mean": [1, 10], "std": [2, 20]},
        {"a": [{"normalization": {"train_mean": [1, 10], "train_std": [2, 20]}}]},
        {"target": {"mean": [0, 0, 0], "std": [1, 1, 1]},
         "input": {"means": [1, 10], "stds": [2, 20]}},
        {"center": {"wind": 10, "rain": 1}, "scale": {"rain": 2, "wind": 20}},
        {"wind": {"mean": 10, "std": 20}, "rain": {"mean": 1, "std": 2}},
        "variable,mean,std\nwind,10,20\nrain,1,2\n",
    ],
    ids=["lists", "nested", "others first", "by name", "one by one", "table"],
)  # fmt: skip
def test_figures_are_found(tmp_path: Path, content: object) -> None:
    np.testing.assert_array_equal(opened(tmp_path, content), [[0, 0], [1, 1]])


def test_figures_follow_the_chosen_columns(tmp_path: Path) -> None:
    content = {"mean": {"rain": 1, "wind": 10}, "std": {"rain": 2, "wind": 20}}
    values = opened(tmp_path, content, columns="wind, rain")
    np.testing.assert_array_equal(values, [[0, 0], [1, 1]])


def test_whose_figures_they_are_is_said(tmp_path: Path) -> None:
    path = tmp_path / "my.json"
    path.write_text('{"mean": 2, "std": 4}')
    np.save(tmp_path / "x.npy", X)
    prepared = open_sequence(tmp_path / "x.npy", TWO, {"figures": str(path)})
    np.testing.assert_array_equal(prepared.values[0], (X - 2) / 4)
    assert prepared.summary.notes == ("Standardised by my.json's center and scale.",)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (
            {"mean": [1, 2, 3], "std": [1, 2, 3]},
            DoesNotFit,
            "figures.json holds 3 means; the sequence has 2 features. Choose the "
            "columns that they are for.",
        ),
        (
            {"mean": {"a": 1, "b": 2}, "std": {"a": 1, "b": 2}},
            DoesNotFit,
            "figures.json has no figures for 'rain'; it has them for a, b. Choose the "
            "columns by these names, or name them so.",
        ),
        (
            {"lr": 0.1},
            CannotOpen,
            "figures.json holds no mean and deviation of features. Choose a .json or "
            ".csv file with the mean and deviation of each feature.",
        ),
        ({"mean": [0, 0], "std": [1, 0]}, DoesNotFit, "The scale of feature 1 is 0."),
        ("{", CannotOpen, "figures.json cannot be read: "),
    ],
)
def test_refusals(
    tmp_path: Path, content: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        opened(tmp_path, content)
    assert str(refusal.value).startswith(words)


def test_no_file_was_chosen(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(tmp_path / "x.npy", TWO, {"standardise": "file"})
    assert str(refusal.value) == (
        "No file of means and deviations was chosen. Choose one."
    )


def test_the_figures_of_a_real_model(shared_models: Path, tmp_path: Path) -> None:
    path = shared_models / "cad-predictor-lightning" / "lstm.json"
    x = np.random.default_rng(0).normal(size=(64, 23))
    np.save(tmp_path / "x.npy", x)
    chosen = {"standardise": "file", "figures": str(path)}
    values = open_sequence(tmp_path / "x.npy", InputNeeds(features=23), chosen).values
    told = json.loads(path.read_text())["normalization"]
    expected = (x - told["train_mean"]) / told["train_std"]
    np.testing.assert_array_equal(values[0], expected.astype(np.float32))
