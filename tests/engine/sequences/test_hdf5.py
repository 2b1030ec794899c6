"""HDF5: arrays in groups, and only those that lie in the file itself."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

FOUR = InputNeeds(features=4)


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_an_array_in_a_group(tmp_path: Path) -> None:
    x = numbers(10, 4)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("trial/spikes", data=x, compression="gzip")
        file["note"] = "a text"
    prepared = open_sequence(tmp_path / "x.h5", FOUR)
    np.testing.assert_array_equal(prepared.values[0], x)
    assert prepared.summary.name == "x.h5: trial/spikes"


def test_one_of_several_is_chosen(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"], file["b/c"] = numbers(10, 4), numbers(3, 8, 4)
        file["lens"] = np.array([8, 5, 2])
    with pytest.raises(DoesNotFit, match="3 arrays: a, b/c, lens"):
        open_sequence(tmp_path / "x.h5", FOUR)
    prepared = open_sequence(tmp_path / "x.h5", FOUR, {"array": "b/c"})
    assert prepared.summary.lengths == (8, 5, 2)
    assert open_sequence(tmp_path / "x.h5", FOUR, {"array": "a"}).summary.steps == 10


def test_nothing_outside_of_the_file_is_offered(tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(160))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = numbers(10, 4)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["linked"] = h5py.ExternalLink("other.h5", "/x")
        file["soft"] = h5py.SoftLink("/linked")
        layout = h5py.VirtualLayout((10, 4), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (10, 4))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("raw", (10, 4), "f4", external=[(str(secret), 0, 160)])
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(tmp_path / "x.h5", FOUR)
    assert refusal.value.message == "x.h5 holds no array of numbers."


def test_a_group_that_holds_itself(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["group/x"] = numbers(10, 4)
        file["group/again"] = file["group"]
    prepared = open_sequence(tmp_path / "x.h5", FOUR, {"array": "group/x"})
    assert prepared.summary.steps == 10


def test_an_array_that_claims_more_than_the_memory(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("x", (2**40, 4), "f4", chunks=(1024, 4))
    with pytest.raises(CannotOpen, match=r"'x' of x\.h5 would take 16384\.0 GB"):
        open_sequence(tmp_path / "x.h5", FOUR)


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["x"] = numbers(100, 4)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, FOUR)
    assert refusal.value.message == "x.h5 is a damaged or incomplete HDF5 file."
