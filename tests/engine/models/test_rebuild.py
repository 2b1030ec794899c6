"""Weights become the model that they were saved from, whatever their names."""

import argparse
import collections
import io
import itertools
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.engine.models import OpenedModel, open_file

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}
CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn_tanh": nn.RNNCell}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.pt"


def opened(path: Path, value: object, **answers: str) -> OpenedModel:
    torch.save(value, path)
    return open_file(path, answers=answers)


def prefixed(prefix: str, module: nn.Module) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": value for name, value in module.state_dict().items()}


def names(model: OpenedModel) -> list[str]:
    return [layer.name for layer in model.summary.layers]


@pytest.mark.parametrize(
    ("kind", "layers", "bidirectional", "bias"),
    list(itertools.product(KINDS, [1, 3], [False, True], [False, True])),
)
@pytest.mark.parametrize("prefix", ["", "rnn.", "module._orig_mod.model.net."])
def test_recurrent_layers_run_as_they_did(
    path: Path, kind: str, layers: int, bidirectional: bool, bias: bool, prefix: str
) -> None:
    module = KINDS[kind](
        3, 5, layers, bias=bias, bidirectional=bidirectional, batch_first=True
    )
    model = opened(path, prefixed(prefix, module))
    summary = model.summary
    assert names(model) == [
        f"{prefix}l{layer}{suffix}"
        for layer in range(layers)
        for suffix in (["", "_reverse"] if bidirectional else [""])
    ]
    assert {layer.kind for layer in summary.layers} == {kind}
    assert {layer.bias for layer in summary.layers} == {bias}
    assert summary.needs.features == 3
    x = torch.randn(2, 7, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x)[0])


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
def test_projection(path: Path) -> None:
    module = nn.LSTM(3, 8, 2, proj_size=5, bidirectional=True, batch_first=True)
    model = opened(path, prefixed("lstm.", module))
    assert [layer.sizes.projection for layer in model.summary.layers] == [5] * 4
    assert [layer.sizes.input for layer in model.summary.layers] == [3, 3, 10, 10]
    x = torch.randn(2, 7, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x)[0])


@pytest.mark.parametrize("kind", CELLS)
def test_cells_are_stepped(path: Path, kind: str) -> None:
    cells = [CELLS[kind](3, 5), CELLS[kind](5, 4)]
    model = opened(path, prefixed("one.", cells[0]) | prefixed("two.", cells[1]))
    assert names(model) == ["one", "two"]
    assert all(layer.cell for layer in model.summary.layers)
    x = torch.randn(2, 6, 3)
    states: list[Any] = [None, None]
    outputs = []
    with torch.inference_mode():
        for step in range(6):
            value = x[:, step]
            for index, cell in enumerate(cells):
                states[index] = cell(value, states[index])
                value = states[index]
                if kind == "lstm":
                    value = value[0]
            outputs.append(value)
        assert torch.equal(model.module(x), torch.stack(outputs, 1))


def test_nonlinearity_is_asked(path: Path) -> None:
    module = nn.RNN(3, 4, nonlinearity="relu", batch_first=True)
    model = opened(path, prefixed("rnn.", module), nonlinearity="relu")
    question = next(q for q in model.summary.questions if q.name == "nonlinearity")
    assert (question.default, question.options) == ("tanh", ("tanh", "relu"))
    assert model.summary.layers[0].kind == "rnn_relu"
    x = torch.randn(1, 5, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x)[0])


class Language(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 8, 2, batch_first=True)
        self.decoder = nn.Linear(8, 11)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.lstm(self.embedding(x))[0])


def test_embedding_and_head_are_proposed(path: Path) -> None:
    module = Language()
    letters = list("abcdefghijk")
    model = opened(path, {"model": module.state_dict(), "chars": letters})
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    needs = model.summary.needs
    assert (needs.kind, needs.features) == ("tokens", 11)
    assert needs.vocabulary == tuple(letters)
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x))


def test_safetensors_are_the_same(tmp_path: Path) -> None:
    module, path = Language(), tmp_path / "model.bin"
    safetensors.torch.save_file(
        module.state_dict(), path, {"vocabulary": '["a","b","c"]', "format": "pt"}
    )
    model = open_file(path)
    assert model.summary.form == "safetensors"
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x))


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.bfloat16], ids=str
)
def test_precision_is_kept(tmp_path: Path, dtype: torch.dtype) -> None:
    module, path = Language().to(dtype), tmp_path / "model.safetensors"
    safetensors.torch.save_file(module.state_dict(), path)
    rebuilt = open_file(path).module
    assert {parameter.dtype for parameter in rebuilt.parameters()} == {dtype}
    for name, value in module.state_dict().items():
        assert torch.equal(rebuilt.state_dict()[name], value)


def test_head_reads_the_last_step_when_told(path: Path) -> None:
    module = Language()
    model = opened(path, module.state_dict())
    last = model.answered({"head": "last step"})
    assert last.summary.answers["head"] == "last step"
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        every = model.module(x)
        torch.testing.assert_close(last.module(x), every[:, -1], rtol=0, atol=1e-6)


def test_answers_change_without_the_file(path: Path) -> None:
    model = opened(path, Language().state_dict())
    path.unlink()
    plain = model.answered({"run": "lstm"})
    assert plain.summary.needs.kind == "features"
    assert plain.module(torch.zeros(1, 3, 6)).shape == (1, 3, 8)
    assert plain.answered({}).summary == model.summary


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"run": "lstm > attention"}, "no part 'attention'.*embedding"),
        ({"run": "embedding > decoder"}, "runs no recurrent part"),
        ({"run": "decoder > lstm"}, "decoder gives 11 values.*lstm takes 6"),
        ({"head": "first step"}, "'first step' is no answer to 'head'"),
        ({"colour": "red"}, "no question 'colour'"),
    ],
)
def test_answers_that_do_not_fit(
    path: Path, answers: dict[str, str], message: str
) -> None:
    with pytest.raises(DoesNotFit, match=message):
        opened(path, Language().state_dict(), **answers)


def test_linear_layers_follow_with_relu_between(path: Path) -> None:
    rnn = nn.GRU(3, 8, batch_first=True)
    fc1, fc2 = nn.Linear(8, 8), nn.Linear(8, 2)
    model = opened(
        path, prefixed("rnn.", rnn) | prefixed("fc1.", fc1) | prefixed("fc2.", fc2)
    )
    assert model.summary.answers["run"] == "rnn > fc1 > relu > fc2"
    x = torch.randn(2, 4, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), fc2(torch.relu(fc1(rnn(x)[0]))))


def test_parts_that_do_not_run_are_named(path: Path) -> None:
    weights = prefixed("lstm.", nn.LSTM(3, 4)) | prefixed("norm.", nn.BatchNorm1d(9))
    summary = opened(path, weights).summary
    assert "These parts of the file do not run: norm." in summary.notes
    norm = next(part for part in summary.parts if part.name == "norm")
    assert ("weight", "9") in {(part.name, part.text) for part in norm.parts}


@pytest.mark.parametrize("new", [False, True], ids=["old names", "parametrisation"])
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_weight_norm(path: Path, new: bool) -> None:
    module = nn.LSTM(3, 4, batch_first=True)
    x = torch.randn(2, 5, 3)
    expected = module(x)[0]
    norm = (
        nn.utils.parametrizations.weight_norm if new else nn.utils.weight_norm  # type: ignore[attr-defined]
    )
    norm(module, "weight_hh_l0")
    model = opened(path, prefixed("lstm.", module))
    assert names(model) == ["lstm.l0"]
    assert any("Weight norm" in note for note in model.summary.notes)
    with torch.inference_mode():
        torch.testing.assert_close(model.module(x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("wrapped", [False, True])
def test_weight_drop(path: Path, wrapped: bool) -> None:
    module = nn.LSTM(3, 4, batch_first=True)
    weights = prefixed("rnn.module.", module)
    raw = weights.pop("rnn.module.weight_hh_l0")
    weights["rnn.weight_hh_l0_raw" if wrapped else "rnn.module.weight_hh_l0_raw"] = raw
    model = opened(path, weights)
    assert names(model) == ["rnn.module.l0"]
    x = torch.randn(2, 5, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x)[0])


def test_several_modules_follow_by_their_widths(path: Path) -> None:
    one, two = nn.LSTM(3, 4, batch_first=True), nn.GRU(4, 5, batch_first=True)
    model = opened(path, prefixed("one.", one) | prefixed("two.", two))
    assert model.summary.answers["run"] == "one > two"
    x = torch.randn(2, 5, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), two(one(x)[0])[0])


def test_encoder_and_decoder_do_not_follow(path: Path) -> None:
    weights = prefixed("encoder.rnn.", nn.LSTM(4, 4)) | prefixed(
        "decoder.rnn.", nn.LSTM(4, 4)
    )
    model = opened(path, weights)
    assert model.summary.answers["run"] == "encoder.rnn"
    assert names(model.answered({"run": "decoder.rnn"})) == ["decoder.rnn.l0"]


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
    x = torch.randn(2, 5, 3)
    with torch.inference_mode():
        assert torch.equal(model.module(x), fc(rnn(x)[0]))


def test_weights_that_are_not_averaged_come_first(path: Path) -> None:
    plain, averaged = Language(), Language()
    model = opened(path, {"ema": averaged.state_dict(), "model": plain.state_dict()})
    question = model.summary.questions[0]
    assert (question.name, question.default) == ("weights", "model")
    assert question.options == ("ema", "model")
    ema = open_file(path, answers={"weights": "ema"}).module
    assert torch.equal(ema.lstm.weight_hh_l0, averaged.lstm.weight_hh_l0)


def test_whole_modules_tell_the_nonlinearity(path: Path) -> None:
    module = collections.OrderedDict(
        rnn=nn.RNN(3, 4, nonlinearity="relu", batch_first=True), fc=nn.Linear(4, 1)
    )
    whole = nn.ModuleDict(module)
    for legacy in (False, True):
        torch.save(whole, path, _use_new_zipfile_serialization=not legacy)
        model = open_file(path)
        assert model.summary.layers[0].kind == "rnn_relu"
        assert "nonlinearity" not in model.summary.answers
        x = torch.randn(1, 5, 3)
        with torch.inference_mode():
            expected = whole["fc"](whole["rnn"](x)[0])
            assert torch.equal(model.module(x), expected)


@pytest.mark.filterwarnings("ignore:The tensor attributes self.lstm:UserWarning")
def test_exported_programs_open_without_running(path: Path) -> None:
    module = Language().eval()
    program = torch.export.export(module, (torch.zeros(1, 5, dtype=torch.int64),))
    torch.export.save(program, path.with_suffix(".pt2"))
    model = open_file(path.with_suffix(".pt2"), answers={"open": "weights"})
    assert model.summary.answers["run"] == "embedding > lstm > decoder"
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x))


def test_nan_weights_are_counted(path: Path) -> None:
    weights = prefixed("lstm.", nn.LSTM(3, 4))
    weights["lstm.bias_ih_l0"][:2] = torch.nan
    notes = opened(path, weights).summary.notes
    assert "lstm.bias_ih_l0 holds 2 values that are NaN or infinite." in notes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "holds no weights"),
        ({"fc.weight": torch.zeros(2, 3)}, "no recurrent layer in it.*fc.weight"),
        (
            {"optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}},
            "holds no weights",
        ),
        (
            {"lstm.weight_hh_l0": torch.zeros(9, 4)},
            "no recurrent layer that fits together: lstm: weight_ih_l0 is missing",
        ),
        (
            {
                "lstm.weight_ih_l0": torch.zeros(16, 3),
                "lstm.weight_hh_l0": torch.zeros(18, 4),
            },
            "weight_hh_l0 is 18 x 4: an LSTM has 4 rows per unit",
        ),
        (
            {
                "lstm.weight_ih_l0": torch.zeros(16, 3),
                "lstm.weight_hh_l0": torch.zeros(16, 4),
                "lstm.bias_ih_l0": torch.zeros(16),
                "lstm.bias_hh_l0": torch.zeros(12),
            },
            "bias_hh_l0 is 12, where the other weights give 16",
        ),
    ],
)
def test_weights_that_are_no_model(path: Path, value: object, message: str) -> None:
    with pytest.raises(CannotOpen, match=message):
        opened(path, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.to("meta"), "weight_ih_l0 is left out: only its shape is in"),
        (lambda t: t.to(torch.int8), "its values are int8, where a recurrent layer"),
        (lambda t: t.to(torch.complex64), "its values are complex64"),
        (lambda t: t.to_sparse(), "weight_ih_l0 is left out: it is sparse"),
    ],
    ids=["meta", "int8", "complex", "sparse"],
)
def test_tensors_that_cannot_be_used(
    path: Path, change: Callable[[torch.Tensor], torch.Tensor], message: str
) -> None:
    weights = {f"lstm.{k}": change(v) for k, v in nn.LSTM(3, 4).state_dict().items()}
    with pytest.raises(CannotOpen, match=message):
        opened(path, weights)


def test_an_optimiser_is_no_model(path: Path) -> None:
    optimizer = torch.optim.Adam(Language().parameters())
    with pytest.raises(CannotOpen, match="state of an optimiser, and no model"):
        opened(path, {"optimizer": optimizer.state_dict()})


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_numpy_are_weights_too(path: Path, protocol: int) -> None:
    module = Language()
    arrays = {name: value.numpy() for name, value in module.state_dict().items()}
    arrays["decoder.weight"] = np.asfortranarray(arrays["decoder.weight"])
    path.write_bytes(pickle.dumps(arrays, protocol))
    model = open_file(path)
    x = torch.randint(11, (2, 9))
    with torch.inference_mode():
        assert torch.equal(model.module(x), module(x))


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
    buffer = io.BytesIO()
    torch.save(policy, buffer)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("policy.pth", buffer.getvalue())
    model = open_file(path)
    assert "Stable-Baselines3" in model.summary.form
    assert model.summary.answers["run"] == "lstm_actor > action_net"


def test_nothing_random_is_drawn(path: Path) -> None:
    torch.save(Language().state_dict(), path)
    state = torch.random.get_rng_state()
    open_file(path)
    assert torch.equal(torch.random.get_rng_state(), state)
