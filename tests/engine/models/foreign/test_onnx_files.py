"""ONNX files that are damaged, or keep their weights in another file."""

import os
import sys
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.foreign.graphs import (
    Graph,
    assert_gives,
    run,
    save,
    sequence,
    tagger,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("cut", [20, 200, -3])
def test_damaged_files(path: Path, cut: int) -> None:
    data = tagger("every step").model("result").SerializeToString()
    path.write_bytes(data[:cut])
    with pytest.raises(CannotOpen, match="is a damaged or incomplete ONNX file"):
        open_file(path)


def external(path: Path, location: str, *, data: bytes | None = None) -> None:
    """Save a model whose weights lie in another file."""
    graph = Graph()
    graph.recurrent("LSTM", "x", 3, 4, name="lstm")
    model = graph.model("y", width=3)
    stored = bytearray(b"head")
    for tensor in model.graph.initializer:
        raw = tensor.raw_data
        entries = {"location": location, "offset": len(stored), "length": len(raw)}
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        stored += raw
    save(model, path)
    target = path.parent / location
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(bytes(stored) if data is None else data)


@pytest.mark.parametrize("location", ["weights.bin", "inner/weights.bin"])
def test_weights_in_another_file(path: Path, location: str) -> None:
    external(path, location)
    model, values = open_file(path), sequence(3)
    assert_gives(model, values, run(path, x=values)[:, 0])
    said = "Weights of it lie in weights.bin: its SHA-256 is of model.onnx alone."
    assert said in model.summary.notes


def test_weights_outside_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "model.onnx"
    outside = tmp_path / "secret.bin"
    for location in ("../secret.bin", str(outside), "link.bin", "."):
        if location == "link.bin":
            external(path, "link.bin")
            (folder / location).replace(outside)
            (folder / location).symlink_to(outside)
        else:
            external(path, "weights.bin")
            model = onnx.load(path, load_external_data=False)
            for tensor in model.graph.initializer:
                tensor.external_data[0].value = location
            save(model, path)
        with pytest.raises(CannotOpen, match="which is outside of its folder"):
            open_file(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_weights_in_a_pipe_do_not_hang(path: Path) -> None:
    external(path, "weights.bin")
    (path.parent / "weights.bin").unlink()
    os.mkfifo(path.parent / "weights.bin")
    with pytest.raises(CannotOpen, match=r"weights.bin is not a file"):
        open_file(path)


def test_weights_that_are_not_there(path: Path) -> None:
    external(path, "weights.bin", data=b"short")
    with pytest.raises(CannotOpen, match=r"weights.bin is too short for the weights"):
        open_file(path)
    (path.parent / "weights.bin").unlink()
    with pytest.raises(
        CannotOpen, match=r"keeps its weights in weights.bin, which is not beside it"
    ):
        open_file(path)


def test_without_the_library(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tagger("every step").model("result"), path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CannotOpen, match="takes the library onnx") as refused:
        open_file(path)
    assert refused.value.next_step == 'Install it: pip install "lstm-studio[onnx]"'
