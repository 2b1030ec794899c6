"""Weights are found in whatever a checkpoint keeps them, among all else it keeps."""

import argparse
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.checkpoints import (
    Language,
    agree,
    names,
    opened,
    prefixed,
    saved,
)

pytestmark = pytest.mark.usefixtures("seeded")


def test_safetensors_are_the_same(tmp_path: Path) -> None:
    module, path = Language(), tmp_path / "model.bin"
    safetensors.torch.save_file(
        module.state_dict(), path, {"vocabulary": '["a","b","c"]', "format": "pt"}
    )
    model = open_file(path)
    assert model.summary.form == "safetensors"
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    assert agree(model, module, torch.randint(11, (2, 9)))


def test_modules_saved_side_by_side(path: Path) -> None:
    rnn, fc = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)
    optimizer = torch.optim.Adam([*rnn.parameters(), *fc.parameters()])
    value = {
        "rnn": rnn.state_dict(),
        "fc": fc.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
    }
    model = opened(path, value)
    assert model.summary.answers["run"] == "rnn > fc"
    assert agree(model, lambda x: fc(rnn(x)[0]), torch.randn(2, 5, 3))


def test_weights_that_are_not_averaged_come_first(path: Path) -> None:
    plain, averaged = Language(), Language()
    model = opened(path, {"ema": averaged.state_dict(), "model": plain.state_dict()})
    question = model.summary.questions[0]
    assert (question.name, question.default) == ("weights", "model")
    assert question.options == ("ema", "model")
    ema = open_file(path, answers={"weights": "ema"}).module
    assert torch.equal(ema.lstm.weight_hh_l0, averaged.lstm.weight_hh_l0)


def test_whole_modules_tell_the_nonlinearity(path: Path) -> None:
    rnn = nn.RNN(3, 4, nonlinearity="relu", batch_first=True)
    fc = nn.Linear(4, 1)
    whole = nn.ModuleDict({"rnn": rnn, "fc": fc})
    for legacy in (False, True):
        torch.save(whole, path, _use_new_zipfile_serialization=not legacy)
        model = open_file(path)
        assert model.summary.layers[0].kind == "rnn_relu"
        assert "nonlinearity" not in model.summary.answers
        assert agree(model, lambda x: fc(rnn(x)[0]), torch.randn(1, 5, 3))


@pytest.mark.filterwarnings("ignore:The tensor attributes self.lstm:UserWarning")
def test_exported_programs_open_without_running(path: Path) -> None:
    module = Language().eval()
    program = torch.export.export(module, (torch.zeros(1, 5, dtype=torch.int64),))
    torch.export.save(program, path.with_suffix(".pt2"))
    model = open_file(path.with_suffix(".pt2"), answers={"open": "weights"})
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    assert agree(model, module, torch.randint(11, (2, 9)))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_numpy_are_weights_too(path: Path, protocol: int) -> None:
    module = Language()
    arrays = {name: value.numpy() for name, value in module.state_dict().items()}
    arrays["decoder.weight"] = np.asfortranarray(arrays["decoder.weight"])
    path.write_bytes(pickle.dumps(arrays, protocol))
    assert agree(open_file(path), module, torch.randint(11, (2, 9)))


def test_pairs_of_names_and_parameters(path: Path) -> None:
    assert names(opened(path, list(Language().named_parameters())))[0] == "lstm.l0"


def test_hyperparameters_of_other_classes_do_not_matter(path: Path) -> None:
    value = {
        "pytorch-lightning_version": "2.0",
        "state_dict": Language().state_dict(),
        "hyper_parameters": argparse.Namespace(data=Path("x"), loss=nn.MSELoss()),
    }
    summary = opened(path, value).summary
    assert summary.form == "Lightning checkpoint (PyTorch zip file)"
    assert any("`argparse.Namespace`" in note for note in summary.notes)
    parts = {part.name: part.text for part in summary.parts}
    assert parts["hyper_parameters"] == "argparse.Namespace, not made"


def test_stable_baselines_archive(path: Path) -> None:
    policy = {
        **prefixed("lstm_actor.", nn.LSTM(3, 4)),
        **prefixed("action_net.", nn.Linear(4, 2)),
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("policy.pth", saved(policy))
    model = open_file(path)
    assert "Stable-Baselines3" in model.summary.form
    assert model.summary.answers["run"] == "lstm_actor > action_net"


def test_an_optimiser_is_no_model(path: Path) -> None:
    optimizer = torch.optim.Adam(Language().parameters())
    with pytest.raises(CannotOpen, match="state of an optimiser, and no model"):
        opened(path, {"optimizer": optimizer.state_dict()})
