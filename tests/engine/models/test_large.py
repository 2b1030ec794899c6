"""Large files: the tree first, then the weights, with progress, cancel and a bound."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotOpen, JobCancelled
from lstm_studio.core.messages import Message, ModelDescribed, Progress
from lstm_studio.engine.files import budget, meter
from lstm_studio.engine.files.contents import Contents
from lstm_studio.engine.models import described, open_file
from tests.engine.models.foreign import kerasfiles
from tests.engine.models.foreign.graphs import Graph, save

WEIGHTS = {
    "zip": 4 * 1_124_002,
    "legacy": 0,  # read whole before it is known what is wanted
    "safetensors": 4 * 1_124_002,
    "lightning": 4 * 1_124_002,
    "onnx": 4 * 1_120_000,  # without the small ones, which are read for the tree
    "keras": 4 * 1_122_402,  # with one bias
    "keras h5": 4 * 1_122_402,
}
"""Bytes that are read of each form, and nothing beside them."""
FORMS = list(WEIGHTS)


@pytest.fixture(autouse=True)
def _every_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "_LARGE", 0)
    monkeypatch.setattr(meter, "_SECONDS", 0.0)
    monkeypatch.setattr(meter, "MEGABYTE", 1000)


def saved(tmp_path: Path, form: str) -> Path:
    torch.manual_seed(0)
    model = nn.ModuleDict({"lstm": nn.LSTM(300, 400), "head": nn.Linear(400, 2)})
    weights, path = model.state_dict(), tmp_path / "model"
    if form == "onnx":
        graph = Graph()
        graph.recurrent("LSTM", "x", 300, 400, name="/lstm/LSTM")
        inputs = [graph.flat("y", 1, 400, "flat"), graph.random("head.weight", 2, 400)]
        graph.node("Gemm", [*inputs, graph.random("head.bias", 2)], "out", transB=1)
        save(graph.model("out", width=300), path)
    elif form.startswith("keras"):
        draw = np.random.default_rng(0)
        layers = [
            kerasfiles.recurrent(draw, "LSTM", "lstm", 300, 400),
            kerasfiles.dense(draw, "head", 400, 2),
        ]
        kerasfiles.save(path, layers, "keras 3" if form == "keras" else "keras 2")
    elif form == "safetensors":
        safetensors.torch.save_file(weights, path)
    elif form == "lightning":
        state = {"0": {"exp_avg": torch.zeros(10**6)}}
        value = {"state_dict": weights, "optimizer_states": [{"state": state}]}
        torch.save({"pytorch-lightning_version": "2", **value}, path)
    else:
        torch.save(weights, path, _use_new_zipfile_serialization=form == "zip")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_the_tree_comes_before_the_weights(tmp_path: Path, form: str) -> None:
    path = saved(tmp_path, form)
    said: list[Message] = []
    opened = open_file(path, publish=said.append)
    trees = [
        index for index, each in enumerate(said) if isinstance(each, ModelDescribed)
    ]
    assert len(trees) == 1
    described_first = said[trees[0]]
    assert isinstance(described_first, ModelDescribed)
    tree = described_first.model
    assert tree.sha256 == ""
    assert opened.summary.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    for name in ("layers", "needs", "questions", "answers", "parts", "form", "notes"):
        assert getattr(tree, name) == getattr(opened.summary, name)
    after = [each for each in said[trees[0] + 1 :] if isinstance(each, Progress)]
    assert [each.done for each in after] == sorted(each.done for each in after)
    if form != "legacy":
        assert after[-1].done == after[-1].total == WEIGHTS[form] // 1000
    assert all(parameter.isfinite().all() for parameter in opened.module.parameters())


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_the_weights_is_read_for_the_tree(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, form)
    control = RunControl()
    read: list[int] = []
    counted = meter.Meter.count

    def count(self: meter.Meter, bytes_read: int) -> None:
        read.append(bytes_read)
        counted(self, bytes_read)

    monkeypatch.setattr(meter.Meter, "count", count)
    trees: list[int] = []

    def publish(message: Message) -> None:
        if isinstance(message, ModelDescribed):
            trees.append(sum(read))
            control.cancel()

    # The thread that makes the digest has ended with it: else the test would fail.
    with pytest.raises(JobCancelled):
        open_file(path, control=control, publish=publish)
    if form == "legacy":
        assert trees[0] < 2 * path.stat().st_size
    else:
        assert trees[0] < path.stat().st_size / 10


def test_a_file_without_layers_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    torch.save({"lstm.weight_hh_l0": torch.zeros(9, 4)}, path)
    monkeypatch.setattr(Contents, "tensor", lambda *_: pytest.fail("was read"))
    with pytest.raises(CannotOpen, match="lstm: weight_ih_l0 is missing"):
        open_file(path)


@pytest.mark.parametrize("form", FORMS)
def test_weights_beyond_the_memory_are_not_read(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, form)
    monkeypatch.setattr(budget, "machine_memory", lambda: 200_000)
    said: list[Message] = []
    with pytest.raises(
        CannotOpen,
        match=r"^model takes 0.0 GB of memory, more than half of the 0.0 GB of this "
        r"machine. Open it on a machine with more memory, or save its recurrent layers "
        r"by themselves.$",
    ):
        open_file(path, publish=said.append)
    # What is in it is shown all the same.
    assert [type(each) for each in said if isinstance(each, ModelDescribed)]


def test_a_file_that_is_put_in_its_place_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "zip")
    other = tmp_path / "other"
    other.write_bytes(b"x")
    # The digest opens the file by its name once more.
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode: real(other, mode))
    with pytest.raises(CannotOpen, match="was changed by another program"):
        open_file(path)
