"""What is exported is what the recording holds, with names, shapes and origin."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
import safetensors
import zarr
from numpy.testing import assert_allclose, assert_array_equal
from zarr.core.sync import cleanup_resources

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave, JobCancelled
from lstm_studio.core.recording import Recording
from lstm_studio.export import selection
from lstm_studio.export.arrays import FORMATS, export_arrays
from lstm_studio.export.selection import Selection
from tests.panels.recorded import STEPS, UNITS, make_recording

BOTH = (Selection("rnn.l0", "h", 10, 60), Selection("rnn.l1", "f_pre", 10, 60, (4, 1)))


@pytest.fixture
def recording() -> Recording:
    return make_recording()


@pytest.fixture(params=[32, selection.BLOCK_BYTES], ids=["row by row", "at once"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "BLOCK_BYTES", request.param)


def _wanted(recording: Recording) -> list[np.ndarray]:
    steps = slice(10, 60)
    return [
        recording.read("rnn.l0", "h", steps),
        recording.read("rnn.l1", "f_pre", steps, [4, 1]),
    ]


@pytest.mark.usefixtures("blocks")
def test_npz_holds_each_array_and_where_it_comes_from(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    export_arrays(recording, path, BOTH)
    with np.load(path) as file:
        assert set(file) == {"rnn.l0.h", "rnn.l1.f_pre", "origin.json"}
        h, f_pre = _wanted(recording)
        assert_array_equal(file["rnn.l0.h"], h)
        assert_allclose(file["rnn.l1.f_pre"], f_pre, rtol=1e-5)
        assert file["rnn.l0.h"].dtype == h.dtype
        about = json.loads(str(file["origin.json"]))
    assert about["arrays"][1] == {
        "name": "rnn.l1.f_pre", "layer": "rnn.l1", "stream": "f_pre",
        "axes": ["step", "unit"], "shape": [50, 2], "first_step": 10,
        "units": [4, 1], "sample": 0,
    }  # fmt: skip
    assert "torch" in about["origin"]


@pytest.mark.usefixtures("blocks")
def test_npy_has_its_origin_beside_it(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "h.npy"
    export_arrays(recording, path, BOTH[:1])
    assert_array_equal(np.load(path), _wanted(recording)[0])
    about = json.loads((tmp_path / "h.npy.json").read_text(encoding="utf-8"))
    assert about["arrays"][0]["shape"] == [50, UNITS]


@pytest.mark.usefixtures("blocks")
def test_csv_gives_every_number_back(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    export_arrays(recording, path, BOTH)
    lines = path.read_text(encoding="utf-8").splitlines()
    notes = [line[2:] for line in lines if line.startswith("# ")]
    assert json.loads("\n".join(notes))["arrays"][0]["name"] == "rnn.l0.h"
    head, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert head == [
        "step", *(f"rnn.l0.h[{unit}]" for unit in range(UNITS)),
        "rnn.l1.f_pre[4]", "rnn.l1.f_pre[1]",
    ]  # fmt: skip
    assert [int(row[0]) for row in rows] == list(range(10, 60))
    h, f_pre = _wanted(recording)
    got = np.array([row[1:] for row in rows]).astype(h.dtype)
    assert_array_equal(got[:, :UNITS], h)
    # Derived values differ in the last digit with the size of the window.
    assert_allclose(got[:, UNITS:], f_pre, rtol=1e-5)


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return arrays and what is said of them, by the library of each format."""
    match path.suffix:
        case ".safetensors":
            with safetensors.safe_open(path, "numpy") as file:
                about = json.loads(file.metadata()["lstm_studio"])
                found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                return found, about
        case ".h5":
            with h5py.File(path) as file:
                arrays = [
                    {**each.attrs, "units": each.attrs["units"].tolist()}
                    for each in file.values()
                ]
                about = {"origin": json.loads(file.attrs["origin"]), "arrays": arrays}
                return {name: each[()] for name, each in file.items()}, about
        case _:
            root = zarr.open_group(path, mode="r")
            members = dict(root.arrays())
            about = dict(root.attrs)
            about["arrays"] = [dict(each.attrs) for each in members.values()]
            found = {name: np.asarray(each[...]) for name, each in members.items()}
            cleanup_resources()
            return found, about


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("name", ["run.safetensors", "run.h5", "run.zarr"])
def test_other_libraries_read_each_array_and_its_window(
    recording: Recording, tmp_path: Path, name: str
) -> None:
    export_arrays(recording, tmp_path / name, BOTH)
    found, about = _read(tmp_path / name)
    h, f_pre = _wanted(recording)
    assert sorted(found) == ["rnn.l0.h", "rnn.l1.f_pre"]
    assert_array_equal(found["rnn.l0.h"], h)
    assert_allclose(found["rnn.l1.f_pre"], f_pre, rtol=1e-5)
    assert found["rnn.l0.h"].dtype == h.dtype
    second = next(a for a in about["arrays"] if a["name"] == "rnn.l1.f_pre")
    assert (second["layer"], second["stream"]) == ("rnn.l1", "f_pre")
    assert (int(second["first_step"]), list(second["units"])) == (10, [4, 1])
    assert "torch" in about["origin"]
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == [name]


@pytest.mark.usefixtures("blocks")
def test_parquet_has_a_column_for_each_unit(
    recording: Recording, tmp_path: Path
) -> None:
    export_arrays(recording, tmp_path / "run.parquet", BOTH)
    table = pq.read_table(tmp_path / "run.parquet")
    h, f_pre = _wanted(recording)
    assert table.column("step").to_pylist() == list(range(10, 60))
    assert_array_equal(table.column("rnn.l0.h[3]").to_numpy(), h[:, 3])
    assert_allclose(table.column("rnn.l1.f_pre[1]").to_numpy(), f_pre[:, 1], rtol=1e-5)
    assert table.num_columns == 1 + UNITS + 2
    about = json.loads(table.schema.metadata[b"lstm_studio"])
    assert about["arrays"][0]["shape"] == [50, UNITS]


def test_a_store_gives_way_to_a_new_one(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    export_arrays(recording, path, BOTH)
    export_arrays(recording, path, BOTH[:1])
    assert list(_read(path)[0]) == ["rnn.l0.h"]
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["run.zarr"]


def test_a_folder_of_something_else_is_left_alone(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "photos.zarr"
    path.mkdir()
    (path / "one.jpg").write_bytes(b"mine")
    with pytest.raises(CannotSave) as refusal:
        export_arrays(recording, path, BOTH)
    assert str(refusal.value) == (
        f"There is a folder {path} already, and it is no Zarr store. Choose a new name."
    )
    assert (path / "one.jpg").read_bytes() == b"mine"


def test_what_is_exported_can_be_the_next_sequence(
    recording: Recording, tmp_path: Path
) -> None:
    from lstm_studio.core.summary import InputNeeds
    from lstm_studio.engine.sequences import open_sequence

    h = recording.read("rnn.l0", "h", slice(10, 60))
    for ending in FORMATS:
        path = tmp_path / f"run{ending}"
        export_arrays(recording, path, BOTH[:1])
        columns = ", ".join(f"rnn.l0.h[{unit}]" for unit in range(UNITS))
        table = ending in (".csv", ".parquet")
        chosen = {"columns": columns} if table else {}
        if ending == ".npz":
            chosen = {"array": "rnn.l0.h"}
        values = open_sequence(path, InputNeeds(features=UNITS), chosen).values
        assert_allclose(values[0], h, rtol=1e-6)


@pytest.mark.parametrize(
    ("library", "name", "words"),
    [
        ("pyarrow", "a.parquet", 'A Parquet file takes the library pyarrow, which is '
         'not installed here. Install it: pip install "lstm-studio[parquet]"'),
        ("h5py", "a.h5", 'An HDF5 file takes the library h5py, which is not installed '
         'here. Install it: pip install "lstm-studio[hdf5]"'),
        ("zarr", "a.zarr", 'A Zarr store takes the library zarr, which is not '
         'installed here. Install it: pip install "lstm-studio[zarr]"'),
    ],
)  # fmt: skip
def test_a_missing_library_is_named(
    recording: Recording,
    tmp_path: Path,
    library: str,
    name: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CannotSave) as refusal:
        export_arrays(recording, tmp_path / name, BOTH)
    assert str(refusal.value) == words


def test_more_units_than_an_attribute_of_hdf5_held_once(tmp_path: Path) -> None:
    recording = make_recording()
    units = tuple(range(UNITS)) * 3000
    export_arrays(recording, tmp_path / "a.h5", [Selection("rnn.l0", "h", 0, 2, units)])
    with h5py.File(tmp_path / "a.h5") as file:
        assert len(file["rnn.l0.h"].attrs["units"]) == len(units)


def test_a_stream_chosen_twice_keeps_both(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    two = (Selection("rnn.l0", "h", 0, 5), Selection("rnn.l0", "h", 5, 9))
    export_arrays(recording, path, two)
    with np.load(path) as file:
        assert sorted(len(file[name]) for name in file if name != "origin.json") == [
            4,
            5,
        ]


def test_without_ends_all_steps_are_written(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "all.npy"
    export_arrays(recording, path, [Selection("rnn.l1", "x")])
    assert np.load(path).shape == (STEPS, UNITS)


@pytest.mark.parametrize(
    ("name", "selections", "words"),
    [
        ("a.xyz", BOTH, "no format for arrays"),
        ("a", BOTH, "no format for arrays"),
        ("a.npy", BOTH, "holds one array"),
        ("a.npz", (), "Nothing is selected"),
        ("a.npz", (Selection("other", "h"),), "no layer 'other'"),
        ("a.npz", (Selection("rnn.l0", "q"),), "rnn.l0 has no stream 'q'"),
        ("a.npz", (Selection("rnn.l0", "h", sample=1),), "no sample 1: it has 1"),
        (
            "a.npz",
            (Selection("rnn.l0", "h", units=(0, 6)),),
            "rnn.l0 has no unit 6 of h: it has 6",
        ),
        ("a.csv", (Selection("rnn.l0", "h", 0, 5), Selection("rnn.l0", "c")), "same"),
        ("no/a.npz", BOTH, "does not exist"),
        ("no/a.h5", BOTH, "does not exist"),
        ("no/a.parquet", BOTH, "does not exist"),
        ("no/a.zarr", BOTH, "does not exist"),
        (
            "a.parquet",
            (Selection("rnn.l0", "h", 0, 5), Selection("rnn.l0", "c")),
            "same",
        ),
    ],
)
def test_refusals_name_the_cause(
    recording: Recording,
    tmp_path: Path,
    name: str,
    selections: tuple[Selection, ...],
    words: str,
) -> None:
    with pytest.raises(CannotSave, match=words) as caught:
        export_arrays(recording, tmp_path / name, selections)
    assert caught.value.next_step
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


@pytest.mark.parametrize("name", [f"a{ending}" for ending in FORMATS])
def test_a_cancelled_export_leaves_the_old_file(
    recording: Recording, tmp_path: Path, name: str
) -> None:
    path = good = tmp_path / name
    if name == "a.zarr":
        path.mkdir()
        good = path / "zarr.json"
    good.write_bytes(b"good")
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        export_arrays(recording, path, BOTH[:1], control)
    assert good.read_bytes() == b"good"
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == [name]


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ending", FORMATS)
def test_progress_is_told_to_the_end(
    recording: Recording, tmp_path: Path, ending: str
) -> None:
    told: list[tuple[int, int]] = []
    export_arrays(
        recording,
        tmp_path / f"a{ending}",
        BOTH[:1],
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (50 * UNITS, 50 * UNITS)
    assert told == sorted(told)
