"""Arrays: what each shape and type becomes, and what each refusal says."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

FOUR = InputNeeds(features=4)


def saved(folder: Path, array: np.ndarray) -> Path:
    path = folder / "array.npy"
    np.save(path, array)
    return path


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_steps_and_features(tmp_path: Path) -> None:
    array = numbers(10, 4)
    prepared = open_sequence(saved(tmp_path, array), FOUR)
    assert prepared.values.dtype == np.float32
    np.testing.assert_array_equal(prepared.values, array[None])
    assert tuple(prepared.tensor.shape) == (1, 10, 4)
    summary = prepared.summary
    assert (summary.name, summary.steps, summary.samples) == ("array.npy", 10, 1)
    assert summary.shape == (1, 10, 4)
    assert summary.notes == ()


def test_samples_steps_and_features(tmp_path: Path) -> None:
    array = numbers(3, 10, 4)
    prepared = open_sequence(saved(tmp_path, array), FOUR)
    np.testing.assert_array_equal(prepared.values, array)
    assert prepared.summary.samples == 3


def test_one_axis_is_steps_of_one_feature(tmp_path: Path) -> None:
    array = numbers(10)
    prepared = open_sequence(saved(tmp_path, array), InputNeeds(features=1))
    np.testing.assert_array_equal(prepared.values, array[None, :, None])


def test_width_unknown_takes_the_width_of_the_file(tmp_path: Path) -> None:
    prepared = open_sequence(saved(tmp_path, numbers(10, 7)), InputNeeds())
    assert prepared.values.shape == (1, 10, 7)


def test_features_in_rows_are_turned_and_said(tmp_path: Path) -> None:
    array = numbers(4, 10)
    prepared = open_sequence(saved(tmp_path, array), FOUR)
    np.testing.assert_array_equal(prepared.values, array.T[None])
    assert prepared.summary.notes == (
        "The array is 4 × 10: its rows were read as the features.",
    )


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ("feature,step", (4, 10)),
        ("step,sample,feature", (10, 3, 4)),
        ("feature,step,sample", (4, 10, 3)),
    ],
)
def test_chosen_axes(tmp_path: Path, axes: str, shape: tuple[int, ...]) -> None:
    array = numbers(*shape)
    prepared = open_sequence(saved(tmp_path, array), FOUR, {"axes": axes})
    samples = 3 if "sample" in axes else 1
    assert prepared.values.shape == (samples, 10, 4)
    given = axes.split(",")
    order = [given.index(a) for a in ("sample", "step", "feature") if a in given]
    expected = array.transpose(order).reshape(samples, 10, 4)
    np.testing.assert_array_equal(prepared.values, expected)


@pytest.mark.parametrize("axes", ["step", "step,step", "step,time", "sample,feature"])
def test_axes_that_do_not_name_the_array(tmp_path: Path, axes: str) -> None:
    with pytest.raises(DoesNotFit, match=r"do not name the 2 of the array \(10 × 4\)"):
        open_sequence(saved(tmp_path, numbers(10, 4)), FOUR, {"axes": axes})


def test_too_many_columns_are_counted(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(saved(tmp_path, numbers(10, 9)), FOUR)
    assert str(refusal.value) == (
        "The model takes 4 features per step; the file has 9 columns. Choose 4 of them."
    )


def test_axes_in_another_order_are_suspected(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match="the file has 3 columns") as refusal:
        open_sequence(saved(tmp_path, numbers(10, 4, 3)), FOUR)
    assert refusal.value.next_step.startswith("It is 10 × 4 × 3: choose the axes")


def test_too_few_columns_are_counted(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match="the file has 1 column") as refusal:
        open_sequence(saved(tmp_path, numbers(10)), FOUR)
    assert "add columns that stay the same" in refusal.value.next_step


def test_chosen_columns_and_constants(tmp_path: Path) -> None:
    array = numbers(10, 9)
    chosen = {"columns": [2, "7", "height=1.5", 0]}
    prepared = open_sequence(saved(tmp_path, array), FOUR, chosen)
    taken = prepared.values[0][:, [0, 1, 3]]
    np.testing.assert_array_equal(taken, array[:, [2, 7, 0]])
    assert (prepared.values[0, :, 2] == 1.5).all()


@pytest.mark.parametrize("column", [9, -1, "9", "rain"])
def test_a_column_that_is_not_there(tmp_path: Path, column: str | int) -> None:
    with pytest.raises(DoesNotFit, match="no column") as refusal:
        open_sequence(saved(tmp_path, numbers(10, 9)), FOUR, {"columns": [column]})
    assert refusal.value.next_step == "Choose 0 to 8."


@pytest.mark.parametrize(
    "array",
    [
        numbers(10, 8)[:, ::2],
        numbers(4, 10).T,
        np.asfortranarray(numbers(10, 4)),
        numbers(10, 4).astype(">f8"),
        numbers(10, 4).astype(np.float16),
        (100 * numbers(10, 4)).astype(">i2"),
        numbers(10, 4) > 0,
    ],
    ids=["strided", "turned", "fortran", "big-endian", "half", "integers", "bool"],
)
def test_any_layout_and_type_of_number(tmp_path: Path, array: np.ndarray) -> None:
    prepared = open_sequence(saved(tmp_path, array), FOUR)
    np.testing.assert_array_equal(prepared.values[0], array.astype(np.float32))
    assert prepared.values.flags.c_contiguous
    assert prepared.values.dtype.isnative
    prepared.tensor.sum()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (numbers(10, 4) + 1j, "holds complex numbers (dtype complex64)"),
        (np.array([["a", "b", "c", "d"]]), "holds texts"),
        (np.zeros((3, 4), "M8[s]"), "holds dates"),
        (np.zeros(3, [("a", "f4"), ("b", "f4")]), "holds records of several fields"),
        (numbers(2, 3, 10, 4), "has 4 axes (2 × 3 × 10 × 4)"),
        (np.float32(1), "has 0 axes (a single number)"),
        (numbers(0, 4), "is empty: its shape is (1, 0, 4)"),
        (numbers(0, 10, 4), "is empty: its shape is (0, 10, 4)"),
    ],
    ids=["complex", "text", "date", "record", "4-D", "0-D", "no step", "no sample"],
)
def test_what_does_not_fit(tmp_path: Path, array: np.ndarray, message: str) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(saved(tmp_path, array), FOUR)
    assert message in refusal.value.message
    assert refusal.value.next_step


def test_objects_are_refused_without_unpickling(tmp_path: Path) -> None:
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{}, []], dtype=object), allow_pickle=True)
    with pytest.raises(CannotOpen, match="Python objects"):
        open_sequence(path, FOUR)


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    path = saved(tmp_path, numbers(10, 4))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(CannotOpen, match=r"160 bytes of values, and 155 are there"):
        open_sequence(path, FOUR)


def test_a_header_that_claims_a_terabyte(tmp_path: Path) -> None:
    path = tmp_path / "claim.npy"
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": False, "shape": (2**38, 4)}
        )
        file.write(b"\0" * 64)
    with pytest.raises(CannotOpen, match="cut short"):
        open_sequence(path, FOUR)


def test_a_damaged_header(tmp_path: Path) -> None:
    path = saved(tmp_path, numbers(10, 4))
    content = bytearray(path.read_bytes())
    content[20:40] = b"(" * 20
    path.write_bytes(content)
    with pytest.raises(CannotOpen, match="header cannot be read"):
        open_sequence(path, FOUR)


def test_values_that_are_not_finite_are_located(tmp_path: Path) -> None:
    array = numbers(10, 4)
    array[7, 1] = np.nan
    array[5, 2] = np.inf
    array[8, 0] = np.nan
    prepared = open_sequence(saved(tmp_path, array), FOUR)
    np.testing.assert_array_equal(prepared.values[0], array)
    assert prepared.summary.notes == (
        "2 NaN and 1 infinite of 40 values; the first at step 5, feature 2.",
    )


def test_values_too_large_for_the_model_are_counted(tmp_path: Path) -> None:
    array = numbers(10, 4).astype(np.float64)
    array[3, 1] = 1e39
    notes = open_sequence(saved(tmp_path, array), FOUR).summary.notes
    assert notes[0] == "1 value is too large for float32."
    assert "at step 3, feature 1" in notes[1]


def test_archive_with_one_array(tmp_path: Path) -> None:
    array = numbers(10, 4)
    np.savez_compressed(tmp_path / "one.npz", states=array)
    prepared = open_sequence(tmp_path / "one.npz", FOUR)
    np.testing.assert_array_equal(prepared.values[0], array)
    assert prepared.summary.name == "one.npz: states"


def test_archive_with_several_arrays_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    np.savez(path, first=numbers(10, 4), second=numbers(20, 4))
    with pytest.raises(DoesNotFit, match="2 arrays: first, second"):
        open_sequence(path, FOUR)
    with pytest.raises(DoesNotFit, match="no array 'third'"):
        open_sequence(path, FOUR, {"array": "third"})
    assert open_sequence(path, FOUR, {"array": "second"}).summary.steps == 20


def test_archives_that_are_not_arrays(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(CannotOpen, match="archive without arrays"):
        open_sequence(path, FOUR)
    np.savez(path, states=numbers(10, 4))
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(CannotOpen, match="damaged or incomplete archive"):
        open_sequence(path, FOUR)


def test_an_archive_that_inflates_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", b"\0" * 1000)
    # The size that the directory of the archive claims.
    data = content.getvalue().replace((1000).to_bytes(4, "little"), b"\xff\xff\xff\x7f")
    path.write_bytes(data)
    with pytest.raises(CannotOpen, match=r"would take 2\.0 GB"):
        open_sequence(path, FOUR)


def test_files_that_are_no_sequence(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="There is no file"):
        open_sequence(tmp_path / "none.npy", FOUR)
    with pytest.raises(CannotOpen, match="it is a folder"):
        open_sequence(tmp_path, FOUR)
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(CannotOpen, match="holds 0 bytes"):
        open_sequence(empty, FOUR)
    picture = tmp_path / "picture.npy"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(CannotOpen, match="it is a PNG picture"):
        open_sequence(picture, FOUR)
    other = tmp_path / "other.bin"
    other.write_bytes(bytes(range(256)))
    with pytest.raises(CannotOpen, match="of no kind that is known here"):
        open_sequence(other, FOUR)


def test_the_extension_does_not_matter(tmp_path: Path) -> None:
    path = saved(tmp_path, numbers(10, 4)).rename(tmp_path / "array.csv")
    assert open_sequence(path, FOUR).summary.steps == 10


def test_an_unknown_choice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match="no choice 'colums'") as refusal:
        open_sequence(saved(tmp_path, numbers(10, 4)), FOUR, {"colums": [0]})
    assert "columns" in refusal.value.next_step
