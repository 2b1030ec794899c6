"""Quantised weights become real numbers where the file tells how."""

import itertools
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file


class Tagger(nn.Module):
    def __init__(self, kind: type[nn.RNNBase], layers: int, both: bool) -> None:
        super().__init__()
        self.rnn = kind(3, 4, layers, bidirectional=both, batch_first=True)
        self.head = nn.Linear(8 if both else 4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.rnn(x)[0])


def dynamic(model: nn.Module, dtype: torch.dtype = torch.qint8) -> nn.Module:
    kinds = {nn.LSTM, nn.GRU, nn.Linear, nn.LSTMCell, nn.GRUCell}
    with warnings.catch_warnings(action="ignore"):
        return torch.ao.quantization.quantize_dynamic(model, kinds, dtype=dtype)


def save(model: nn.Module, form: str, path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        if form == "script":
            torch.jit.script(model).save(path)
        else:
            torch.save(model if form == "whole" else model.state_dict(), path)


def assert_close(rebuilt: nn.Module, exact: nn.Module) -> None:
    expected = exact.state_dict()
    values = rebuilt.state_dict()
    assert set(values) == set(expected)
    for name, value in values.items():
        # Half a step of 256 between the smallest and largest value.
        step = float(expected[name].max() - expected[name].min()) / 255
        torch.testing.assert_close(value, expected[name], rtol=0, atol=step * 1.1)


@pytest.mark.parametrize(
    ("kind", "layers", "both"),
    list(itertools.product([nn.LSTM, nn.GRU], [1, 2, 3], [False, True])),
)
def test_dynamic_quantisation(
    tmp_path: Path, kind: type[nn.RNNBase], layers: int, both: bool
) -> None:
    torch.manual_seed(0)
    model, path = Tagger(kind, layers, both), tmp_path / "model.pt"
    save(dynamic(model), "weights", path)
    opened = open_file(path)
    assert opened.summary.answers["run"] == "rnn > head"
    assert [layer.name for layer in opened.summary.layers] == [
        f"rnn.l{layer}{suffix}"
        for layer in range(layers)
        for suffix in (["", "_reverse"] if both else [""])
    ]
    assert any("quantised in the file" in note for note in opened.summary.notes)
    assert_close(opened.module, model)


@pytest.mark.parametrize("form", ["weights", "whole", "script"])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_every_form_of_it(tmp_path: Path, kind: type[nn.RNNBase], form: str) -> None:
    torch.manual_seed(0)
    model, path = Tagger(kind, 2, both=True), tmp_path / "model.pt"
    quantised = dynamic(model)
    save(quantised, form, path)
    opened = open_file(path, answers={"open": "weights"})
    assert not any("do not run" in note for note in opened.summary.notes)
    assert_close(opened.module, model)
    x = torch.randn(2, 6, 3)
    with torch.inference_mode():
        # The layers of the file also round what they are given.
        torch.testing.assert_close(opened.module(x), quantised(x), rtol=0, atol=0.02)


@pytest.mark.parametrize("form", ["weights", "whole"])
def test_half_precision(tmp_path: Path, form: str) -> None:
    torch.manual_seed(0)
    model, path = Tagger(nn.LSTM, 2, both=True), tmp_path / "model.pt"
    quantised = dynamic(model, torch.float16)
    save(quantised, form, path)
    opened = open_file(path, answers={"open": "weights"})
    assert not any("do not run" in note for note in opened.summary.notes)
    x = torch.randn(2, 6, 3)
    with torch.inference_mode():
        torch.testing.assert_close(opened.module(x), quantised(x), rtol=0, atol=1e-3)


@pytest.mark.parametrize("form", ["weights", "whole"])
@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell])
def test_cells(tmp_path: Path, kind: type[nn.RNNCellBase], form: str) -> None:
    torch.manual_seed(0)
    model, path = nn.ModuleDict({"cell": kind(3, 4)}), tmp_path / "model.pt"
    save(dynamic(model), form, path)
    opened = open_file(path, answers={"open": "weights"})
    assert [layer.name for layer in opened.summary.layers] == ["cell"]
    assert_close(opened.module, model)


@pytest.mark.parametrize("channels", [False, True])
def test_quantised_tensors(tmp_path: Path, channels: bool) -> None:
    torch.manual_seed(0)
    expected, saved = {}, {}
    for name, value in nn.LSTM(3, 4).state_dict().items():
        if channels:
            scales = torch.rand(len(value), dtype=torch.float64) / 50 + 0.01
            points = torch.randint(-5, 5, (len(value),))
            each = torch.quantize_per_channel(value, scales, points, 0, torch.qint8)
        else:
            each = torch.quantize_per_tensor(value, 0.01, 3, torch.quint8)
        saved[f"lstm.{name}"] = each
        expected[f"lstm.{name}"] = each.dequantize()
    path = tmp_path / "model.pt"
    torch.save(saved, path)
    rebuilt = open_file(path).module.state_dict()
    for name, value in expected.items():
        torch.testing.assert_close(rebuilt[name], value, rtol=0, atol=1e-6)


def test_layers_that_are_packed_otherwise_are_named(tmp_path: Path) -> None:
    weights = dynamic(Tagger(nn.LSTM, 1, both=False)).state_dict()
    weights["rnn._all_weight_values.0.param"] = ("other", 1)
    path = tmp_path / "model.pt"
    torch.save(weights, path)
    with pytest.raises(CannotOpen, match="holds a quantised recurrent layer"):
        open_file(path)
