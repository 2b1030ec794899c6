"""Tables: delimiters, decimals, headers, columns, and the line that is wrong."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

TWO = InputNeeds(features=2)
ROWS = np.array([[1.5, -2], [3.25, 4], [0, 1e-3]], np.float32)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "1.5,-2\n3.25,4\n0,1e-3\n",
        "rain,wind\n1.5,-2\n3.25,4\n0,1e-3",
        "rain;wind\r\n1.5;-2\r\n3.25;4\r\n0;1e-3\r\n",
        "rain;wind\n1,5;-2\n3,25;4\n0;0,001\n",
        "rain\twind\n1,5\t-2\n3,25\t4\n0\t0,001\n",
        '"rain","wind"\n"1.5","-2"\n\n"3.25","4"\n"0","1e-3"\n\n',
        "rain | wind\n 1.5 | -2\n 3.25 | 4\n 0 | 1e-3\n",
        "  1.5    -2\n 3.25     4\n    0  1e-3\n",
    ],
    ids=["plain", "header", "semicolon", "comma", "tab", "quoted", "bar", "spaces"],
)
def test_forms_of_a_table(tmp_path: Path, text: str) -> None:
    prepared = open_sequence(written(tmp_path, text), TWO)
    np.testing.assert_array_equal(prepared.values[0], ROWS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "höhe,wind\n1.5,-2\n", encoding)
    assert open_sequence(path, TWO).summary.labels == ("höhe", "wind")


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "rain,wind\n1,2\nhöhe,3\n", "latin-1")
    with pytest.raises(DoesNotFit, match="line 3 holds the byte 0xf6"):
        open_sequence(path, TWO)


def test_words_are_left_out_and_said(tmp_path: Path) -> None:
    text = "time,rain,wind,note\n2015-12-01,1.5,-2,dry\n2015-12-02,3.25,4,\n"
    prepared = open_sequence(written(tmp_path, text), TWO)
    np.testing.assert_array_equal(prepared.values[0], ROWS[:2])
    assert prepared.summary.labels == ("rain", "wind")
    assert prepared.summary.notes == (
        "Columns without numbers were left out: time, note.",
    )


def test_columns_by_name_number_and_constant(tmp_path: Path) -> None:
    text = "time,rain,wind\nday 1,1.5,-2\nday 2,3.25,4\n"
    chosen = {"columns": "wind, height = 316.7135, 1"}
    prepared = open_sequence(written(tmp_path, text), InputNeeds(features=3), chosen)
    expected = np.array([[-2, 316.7135, 1.5], [4, 316.7135, 3.25]], np.float32)
    np.testing.assert_array_equal(prepared.values[0], expected)
    assert prepared.summary.labels == ("wind", "height", "rain")


def test_columns_by_the_names_of_the_model(tmp_path: Path) -> None:
    text = "wind,noise,rain\n-2,9,1.5\n4,9,3.25\n"
    needs = InputNeeds(features=2, names=("rain", "wind"))
    prepared = open_sequence(written(tmp_path, text), needs)
    np.testing.assert_array_equal(prepared.values[0], ROWS[:2])


def test_too_many_columns_are_counted_and_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\n1,2,3\n")
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(path, TWO)
    assert str(refusal.value) == (
        "The model takes 2 features per step; the file has 3 columns (a, b, c). "
        "Choose 2 of them."
    )


def test_a_chosen_number_of_columns_is_held_against_the_model(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\n1,2,3\n")
    with pytest.raises(DoesNotFit, match="the file has 1 column"):
        open_sequence(path, TWO, {"columns": ["a"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4\n5,x\n", "Line 4, column b: 'x' is not a number."),
        ("a,b\n1,2\n\n3,4,5\n", "Line 4 has 3 columns, the first line has 2."),
        ("1,2\n3,4\n5,6,\n", "Line 3 has 3 columns, the first line has 2."),
        ("a;b\n1,5;2\n1.000,5;2\n", "Line 3, column a: '1.000,5' is not a number."),
        ("a,b\n", "is empty: it has no row of values"),
        ("\n \n", "is empty"),
    ],
    ids=["word", "long row", "comma at the end", "thousands", "header alone", "blank"],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(written(tmp_path, text), TWO)
    assert message in refusal.value.message
    assert refusal.value.next_step


def test_missing_cells_are_nan_and_located(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n,NA\n5,6\n")
    prepared = open_sequence(path, TWO)
    assert np.isnan(prepared.values[0, 1]).all()
    assert prepared.summary.notes == (
        "2 NaN of 6 values; the first at step 1, feature 0 (a).",
    )


def test_choices_come_before_what_was_found(tmp_path: Path) -> None:
    path = written(tmp_path, "1,5 2\n3,25 4\n")
    chosen = {"delimiter": "space", "decimal": ",", "header": False}
    prepared = open_sequence(path, TWO, chosen)
    np.testing.assert_array_equal(prepared.values[0], [[1.5, 2], [3.25, 4]])
    numbers = written(tmp_path, "2019,2020\n1,2\n")
    assert open_sequence(numbers, TWO).summary.steps == 2
    named = open_sequence(numbers, TWO, {"header": True})
    assert (named.summary.steps, named.summary.labels) == (1, ("2019", "2020"))


def test_a_name_that_two_columns_have(tmp_path: Path) -> None:
    path = written(tmp_path, "a,a,b\n1,2,3\n")
    with pytest.raises(DoesNotFit, match="2 columns are named 'a': 0, 1"):
        open_sequence(path, TWO, {"columns": ["a", "b"]})
    prepared = open_sequence(path, TWO, {"columns": [1, "b"]})
    np.testing.assert_array_equal(prepared.values[0], [[2, 3]])


def test_a_constant_that_is_not_a_number(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n")
    with pytest.raises(DoesNotFit, match="'height=tall' is not a name and a number"):
        open_sequence(path, TWO, {"columns": ["a", "height=tall"]})


def test_a_column_of_tokens(tmp_path: Path) -> None:
    path = written(tmp_path, "word,token\nash,3\noak,0\nelm,2\n")
    prepared = open_sequence(path, InputNeeds("tokens", 4, ("w", "x", "y", "z")))
    np.testing.assert_array_equal(prepared.values, [[3, 0, 2]])
    assert prepared.summary.labels == ("z", "w", "y")


def test_real_forcing_with_the_basin_as_constants(shared_models: Path) -> None:
    folder = shared_models / "noaa-owp-lstm-hydrology"
    (path,) = (folder / "input").glob("*.csv")
    chosen: dict[str, list[Any]] = {
        "columns": [
            "APCP_surface",
            "TMP_2maboveground",
            "elev_mean=316.7135",
            "slope_mean=5.0751",
        ],
        "center": [0.14485, 284.6209, 715.036, 45.731],
        "scale": [0.86567, 45.767, 772.987, 46.975],
    }
    prepared = open_sequence(path, InputNeeds(features=4), chosen)
    assert prepared.summary.labels == (
        "APCP_surface",
        "TMP_2maboveground",
        "elev_mean",
        "slope_mean",
    )
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("APCP_surface", "TMP_2maboveground")
    there = np.array([[float(row[name]) for name in names] for row in rows])
    values = np.column_stack([there, np.tile([316.7135, 5.0751], (len(rows), 1))])
    expected = (values - chosen["center"]) / chosen["scale"]
    np.testing.assert_array_equal(prepared.values[0], expected.astype(np.float32))


def test_notes_above_a_table_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('# made by "hand\n# twice\na,b\n1,2\n3,x\n')
    with pytest.raises(DoesNotFit, match="Line 5, column b: 'x' is not a number"):
        open_sequence(path, InputNeeds(features=2))
