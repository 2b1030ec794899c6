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


def dynamic(model: nn.Module) -> nn.Module:
    with warnings.catch_warnings(action="ignore"):
        return torch.ao.quantization.quantize_dynamic(
            model, {nn.LSTM, nn.GRU, nn.Linear}
        )


@pytest.mark.parametrize(
    ("kind", "layers", "both"),
    list(itertools.product([nn.LSTM, nn.GRU], [1, 2, 3], [False, True])),
)
def test_dynamic_quantisation(
    tmp_path: Path, kind: type[nn.RNNBase], layers: int, both: bool
) -> None:
    torch.manual_seed(0)
    model, path = Tagger(kind, layers, both), tmp_path / "model.pt"
    torch.save(dynamic(model).state_dict(), path)
    opened = open_file(path)
    assert opened.summary.answers["run"] == "rnn > head"
    assert [layer.name for layer in opened.summary.layers] == [
        f"rnn.l{layer}{suffix}"
        for layer in range(layers)
        for suffix in (["", "_reverse"] if both else [""])
    ]
    assert any("quantised in the file" in note for note in opened.summary.notes)
    exact = model.state_dict()
    for name, value in opened.module.state_dict().items():
        # Half a step of 256 between the smallest and largest value.
        step = float(exact[name].max() - exact[name].min()) / 255
        torch.testing.assert_close(value, exact[name], rtol=0, atol=step * 1.1)


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


def test_whole_quantised_modules_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(dynamic(Tagger(nn.LSTM, 1, both=False)), path)
    with pytest.raises(CannotOpen, match="holds a quantised recurrent layer"):
        open_file(path)
