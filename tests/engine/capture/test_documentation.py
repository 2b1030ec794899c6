"""The examples of PyTorch's own documentation of each layer, run through record()."""

from typing import Any

import pytest
import torch
from torch import nn

from lstm_studio.engine.capture.record import record


def test_rnn() -> None:
    rnn = nn.RNN(10, 20, 2)
    recording = record(rnn, torch.randn(5, 3, 10), torch.randn(2, 3, 20))
    assert recording.output[0].shape == (5, 3, 20)
    assert recording.certificate.holds


def test_lstm() -> None:
    rnn = nn.LSTM(10, 20, 2)
    state = (torch.randn(2, 3, 20), torch.randn(2, 3, 20))
    recording = record(rnn, torch.randn(5, 3, 10), state)
    assert recording.read("l1", "c").shape == (5, 20)
    assert recording.certificate.holds


def test_gru() -> None:
    rnn = nn.GRU(10, 20, 2)
    recording = record(rnn, torch.randn(5, 3, 10), torch.randn(2, 3, 20))
    assert recording.read("l1", "n").shape == (5, 20)
    assert recording.certificate.holds


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.GRUCell])
def test_cells(cell: Any) -> None:
    rnn = cell(10, 20)

    def run(x: torch.Tensor, hx: torch.Tensor) -> list[torch.Tensor]:
        output = []
        for i in range(6):
            hx = rnn(x[i], hx)
            output.append(hx)
        return output

    recording = record(run, torch.randn(6, 3, 10), torch.randn(3, 20))
    assert len(recording.output) == 6
    (layer,) = recording.layers
    assert [call.initial_state for call in recording.calls(layer)] == (
        ["given"] + ["carried"] * 5
    )
    assert recording.certificate.holds


def test_lstm_cell() -> None:
    rnn = nn.LSTMCell(10, 20)

    def run(x: torch.Tensor, hx: torch.Tensor, cx: torch.Tensor) -> torch.Tensor:
        output = []
        for i in range(x.size()[0]):
            hx, cx = rnn(x[i], (hx, cx))
            output.append(hx)
        return torch.stack(output, dim=0)

    x, hx, cx = torch.randn(2, 3, 10), torch.randn(3, 20), torch.randn(3, 20)
    recording = record(run, x, hx, cx)
    assert recording.output.shape == (2, 3, 20)
    assert recording.certificate.holds
