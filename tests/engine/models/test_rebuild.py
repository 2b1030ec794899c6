"""Recurrent weights become the layers that they were saved from, or are refused."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.checkpoints import Language, agree, names, opened, prefixed

pytestmark = pytest.mark.usefixtures("seeded")

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}
CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn_tanh": nn.RNNCell}


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
    assert agree(model, module, torch.randn(2, 7, 3))


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
def test_projection(path: Path) -> None:
    module = nn.LSTM(3, 8, 2, proj_size=5, bidirectional=True, batch_first=True)
    model = opened(path, prefixed("lstm.", module))
    assert [layer.sizes.projection for layer in model.summary.layers] == [5] * 4
    assert [layer.sizes.input for layer in model.summary.layers] == [3, 3, 10, 10]
    assert agree(model, module, torch.randn(2, 7, 3))


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
    assert agree(model, module, torch.randn(1, 5, 3))


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
    assert agree(model, module, torch.randn(2, 5, 3))


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


def test_nothing_random_is_drawn(path: Path) -> None:
    torch.save(Language().state_dict(), path)
    state = torch.random.get_rng_state()
    open_file(path)
    assert torch.equal(torch.random.get_rng_state(), state)
