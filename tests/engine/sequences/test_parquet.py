"""Parquet: columns by name, samples by a column, and what cannot be read."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

TWO = InputNeeds(features=2)


def saved(folder: Path, **columns: object) -> Path:
    path = folder / "x.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_columns_of_numbers_are_taken(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        time=["a", "b", "c"],
        rain=pa.array([1.5, None, 3.0]),
        wind=pa.array([1, 2, 3], pa.int16()),
    )
    prepared = open_sequence(path, TWO)
    np.testing.assert_array_equal(
        prepared.values[0], np.array([[1.5, 1], [np.nan, 2], [3, 3]], np.float32)
    )
    assert prepared.summary.labels == ("rain", "wind")
    assert prepared.summary.notes[0] == "Columns without numbers were left out: time."


def test_columns_are_chosen_in_order(tmp_path: Path) -> None:
    path = saved(tmp_path, a=[1.0, 2.0], b=[3, 4], c=[True, False])
    three = InputNeeds(features=3)
    prepared = open_sequence(path, three, {"columns": "c, a, height=7"})
    np.testing.assert_array_equal(prepared.values[0], [[1, 1, 7], [0, 2, 7]])


def test_rows_of_a_column_become_samples(tmp_path: Path) -> None:
    path = saved(tmp_path, who=["b", "a", "b", "b"], x=[1, 2, 3, 4], y=[5, 6, 7, 8])
    prepared = open_sequence(path, TWO, {"sample_column": "who"})
    np.testing.assert_array_equal(
        prepared.values, [[[1, 5], [3, 7], [4, 8]], [[2, 6], [0, 0], [0, 0]]]
    )
    assert prepared.summary.lengths == (3, 1)
    assert "The rows are 2 samples." in prepared.summary.notes


def test_what_does_not_fit(tmp_path: Path) -> None:
    path = saved(tmp_path, a=[1.0], b=["x"], c=[2.0], d=[3.0])
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(path, TWO, {"columns": "a, b"})
    assert str(refusal.value) == (
        "The column 'b' holds string, not numbers. Choose another column."
    )
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(path, TWO)
    assert str(refusal.value) == (
        "The model takes 2 features per step; the file has 4 columns (a, b, c, d). "
        "Choose 2 of them."
    )
    with pytest.raises(DoesNotFit, match=r"The table x\.parquet is empty") as refusal:
        open_sequence(saved(tmp_path, a=pa.array([], pa.float64())), TWO)


@pytest.mark.parametrize("cut", [10, 200])
def test_a_damaged_file(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path, a=list(range(500)), b=list(range(500)))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, TWO)
    assert refusal.value.message == (
        "x.parquet is a damaged or incomplete Parquet file."
    )
    assert refusal.value.next_step == "Save it again."
