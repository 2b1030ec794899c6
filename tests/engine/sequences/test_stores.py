"""Zarr: stores of both versions; no codec that could run code."""

import json
import pickle
import zipfile
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.core.sync import cleanup_resources

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

FOUR = InputNeeds(features=4)


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def write(path: Path, arrays: dict[str, np.ndarray], version: int) -> Path:
    root = zarr.create_group(path, zarr_format=version)
    for name, values in arrays.items():
        made = root.create_array(
            name, shape=values.shape, dtype=values.dtype, chunks=(4,) * values.ndim
        )
        made[...] = values
    cleanup_resources()
    return path


@pytest.mark.parametrize("version", [2, 3])
def test_an_array_of_a_group(tmp_path: Path, version: int) -> None:
    x = numbers(10, 4)
    path = write(tmp_path / "x.zarr", {"deep/x": x}, version)
    prepared = open_sequence(path, FOUR)
    np.testing.assert_array_equal(prepared.values[0], x)
    assert prepared.summary.name == "x.zarr: deep/x"


@pytest.mark.parametrize("version", [2, 3])
def test_a_store_that_is_one_array(tmp_path: Path, version: int) -> None:
    x = numbers(10, 4)
    path = tmp_path / "x.zarr"
    zarr.save_array(path, x, zarr_format=version)
    cleanup_resources()
    prepared = open_sequence(path, FOUR)
    np.testing.assert_array_equal(prepared.values[0], x)
    assert prepared.summary.name == "x.zarr"


def test_one_of_several_is_chosen(tmp_path: Path) -> None:
    arrays = {"a": numbers(10, 4), "b": numbers(7, 4)}
    path = write(tmp_path / "x.zarr", arrays, 3)
    with pytest.raises(DoesNotFit, match="2 arrays: a, b"):
        open_sequence(path, FOUR)
    assert open_sequence(path, FOUR, {"array": "b"}).summary.steps == 7


def test_pickled_chunks_are_not_let_near(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zarr", {"x": numbers(10, 4)}, 2)
    head = path / "x" / ".zarray"
    values = json.loads(head.read_text())
    values["filters"] = [numcodecs.Pickle().get_config()]
    head.write_text(json.dumps(values))
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, FOUR)
    assert refusal.value.message == (
        "x.zarr is packed by 'pickle', which is not read here: it could run code."
    )
    assert refusal.value.next_step == "Save it with the usual codecs of Zarr."


def test_unknown_codecs_inside_of_shards(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zarr", {"x": numbers(10, 4)}, 3)
    head = path / "x" / "zarr.json"
    values = json.loads(head.read_text())
    inner = {"codecs": [{"name": "numcodecs.pickle", "configuration": {}}]}
    values["codecs"] = [{"name": "sharding_indexed", "configuration": inner}]
    head.write_text(json.dumps(values))
    with pytest.raises(CannotOpen, match="packed by 'pickle'"):
        open_sequence(path, FOUR)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"node_type": "array"}'])
def test_a_damaged_head(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "x.zarr", {"x": numbers(10, 4)}, 3)
    (path / "x" / "zarr.json").write_bytes(content)
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, FOUR)
    assert refusal.value.message == "x.zarr is a damaged or incomplete Zarr store."


def test_a_damaged_chunk(tmp_path: Path) -> None:
    path = write(tmp_path / "x.zarr", {"x": numbers(10, 4)}, 3)
    chunk = next(file for file in (path / "x" / "c").rglob("*") if file.is_file())
    chunk.write_bytes(b"nothing of the kind")
    with pytest.raises(CannotOpen, match="damaged or incomplete"):
        open_sequence(path, FOUR)


@pytest.mark.parametrize("folder", ["", "x.zarr/"])
@pytest.mark.parametrize("version", [2, 3])
def test_a_store_in_a_zip_archive(tmp_path: Path, version: int, folder: str) -> None:
    arrays = {"deep/x": numbers(10, 4), "b": numbers(7, 4)}
    root = write(tmp_path / "x.zarr", arrays, version)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(each for each in root.rglob("*") if each.is_file()):
            archive.write(file, f"{folder}{file.relative_to(root)}")
    prepared = open_sequence(path, FOUR, {"array": f"{folder}deep/x"})
    np.testing.assert_array_equal(prepared.values[0], arrays["deep/x"])


def test_a_codec_that_could_run_code_is_refused_in_a_zip_archive(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.zip"
    head = {
        "zarr_format": 2, "shape": [2, 4], "chunks": [2, 4], "dtype": "<f4",
        "order": "C", "fill_value": 0, "filters": None,
        "compressor": {"id": "pickle"},
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(".zarray", json.dumps(head))
        archive.writestr("0.0", pickle.dumps(np.zeros((2, 4))))
    with pytest.raises(CannotOpen, match="packed by 'pickle'"):
        open_sequence(path, FOUR)


def test_a_type_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zarr"
    zarr.save_array(path, numbers(3, 4), zarr_format=2)
    cleanup_resources()
    head = json.loads((path / ".zarray").read_text())
    (path / ".zarray").write_text(json.dumps({**head, "dtype": "<f>"}))
    with pytest.raises(CannotOpen, match="damaged or incomplete Zarr store"):
        open_sequence(path, FOUR)
