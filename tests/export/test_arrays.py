"""What is exported is what the recording holds, with names, shapes and origin."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave, JobCancelled
from lstm_studio.core.recording import Recording
from lstm_studio.export import arrays
from lstm_studio.export.arrays import Selection, export_arrays
from tests.panels.recorded import STEPS, UNITS, make_recording

BOTH = (Selection("rnn.l0", "h", 10, 60), Selection("rnn.l1", "f_pre", 10, 60, (4, 1)))


@pytest.fixture
def recording() -> Recording:
    return make_recording()


@pytest.fixture(params=[32, arrays.BLOCK_BYTES], ids=["row by row", "at once"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "BLOCK_BYTES", request.param)


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
        ("a.csv", (Selection("rnn.l0", "h", 0, 5), Selection("rnn.l0", "c")), "same"),
        ("no/a.npz", BOTH, "does not exist"),
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


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.csv"])
def test_a_cancelled_export_leaves_the_old_file(
    recording: Recording, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"good")
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        export_arrays(recording, path, BOTH[:1], control)
    assert path.read_bytes() == b"good"
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == [name]
