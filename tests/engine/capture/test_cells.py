"""Calls of one step: joined, their states found by value, safe from later edits."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.engine.capture.record import record
from tests.engine.capture.stacks import plain


class Loop(nn.Module):
    """An LSTMCell over the steps; ``edit`` may change the state in between."""

    def __init__(self, edit: Any = lambda step, h, c: (h, c)) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.edit = edit

    def forward(self, x: Any) -> Any:
        h = c = torch.zeros(x.shape[1], 4)
        rows = []
        for step, values in enumerate(x):
            h, c = self.edit(step, h, c)
            h, c = self.cell(values, (h, c))
            rows.append(h)
        return torch.stack(rows)


def sources(recording: Any, layer: Any) -> Any:
    return [call.initial_state for call in recording.calls(layer)]


def test_reset_in_the_middle_is_marked() -> None:
    def reset(step: Any, h: Any, c: Any) -> Any:
        return (torch.zeros_like(h), torch.zeros_like(c)) if step == 5 else (h, c)

    recording = record(Loop(reset), torch.randn(10, 2, 3))
    assert sources(recording, "cell") == (
        ["zeros"] + ["carried"] * 4 + ["zeros"] + ["carried"] * 4
    )
    assert recording.certificate.holds


def test_reset_in_place_is_marked() -> None:
    def reset(step: Any, h: Any, c: Any) -> Any:
        if step == 5:
            h.zero_()
            c.zero_()
        return h, c

    model, x = Loop(reset), torch.randn(10, 2, 3)
    recording = record(model, x)
    assert sources(recording, "cell")[5] == "zeros"
    assert sources(recording, "cell").count("carried") == 8
    # The row of step 4 is what the cell returned, and not what the model made of it.
    assert np.abs(recording.read("cell", "h", 4)).min() > 0
    assert recording.certificate.holds


def test_changed_state_is_given() -> None:
    def halve(step: Any, h: Any, c: Any) -> Any:
        return (h / 2, c / 2) if step == 3 else (h, c)

    recording = record(Loop(halve), torch.randn(6, 2, 3))
    assert sources(recording, "cell")[3] == "given"
    assert recording.certificate.holds


def test_equal_state_in_other_memory_is_carried() -> None:
    def copy(_step: Any, h: Any, c: Any) -> Any:
        return h.clone(), c.clone()

    recording = record(Loop(copy), torch.randn(6, 2, 3))
    assert sources(recording, "cell") == ["zeros"] + ["carried"] * 5


def test_edit_of_the_input_after_the_call() -> None:
    class Overwrites(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(3, 4)

        def forward(self, x: Any) -> Any:
            h, frame = torch.zeros(2, 4), torch.empty(2, 3)
            for row in x:
                frame.copy_(row)
                h = self.cell(frame, h)
            return h

    x = torch.randn(20, 2, 3)
    recording = record(Overwrites(), x)
    np.testing.assert_array_equal(recording.read("cell", "x", sample=1), x[:, 1])
    assert recording.certificate.holds


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_layer_called_per_step(kind: Any, batch_first: Any) -> None:
    class Stepped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = kind(3, 4, 2, batch_first=batch_first)

        def forward(self, x: Any) -> Any:
            state, rows = None, []
            for row in x:
                step = row[:, None] if batch_first else row[None]
                y, state = self.rnn(step, state)
                rows.append(y.squeeze(1 if batch_first else 0))
            return torch.stack(rows)

    model, x = Stepped(), torch.randn(400, 2, 3)
    before = plain(model, x)
    recording = record(model, x)
    np.testing.assert_array_equal(before.numpy(), recording.output)
    for name in ("rnn.l0", "rnn.l1"):
        assert sources(recording, name) == ["zeros"] + ["carried"] * 399
        assert recording.certificate.layers[name].holds
    np.testing.assert_array_equal(recording.read("rnn.l1", "h", sample=1), before[:, 1])
    # Against one call over all steps; one step alone differs in the last bits.
    whole = record(model.rnn, x.swapaxes(0, 1) if batch_first else x)
    for stream in recording.layers["rnn.l0"].streams:
        np.testing.assert_allclose(
            recording.read("rnn.l1", stream), whole.read("l1", stream), atol=1e-5
        )


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_all_streams_of_layers_called_per_step(kind: Any) -> None:
    class Stepped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = kind(3, 4, 2, bidirectional=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            state = None
            for row in x:
                y, state = self.rnn(row[None], state)
            return y

    model, x = Stepped(), torch.randn(50, 2, 3)
    derived, stored = record(model, x), record(model, x, streams="all")
    for name, layer in derived.layers.items():
        for stream in layer.streams:
            np.testing.assert_allclose(
                stored.read(name, stream, sample=1),
                derived.read(name, stream, sample=1),
                atol=1e-6,
            )


def test_primed_then_stepped() -> None:
    class Primed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(3, 4, 2)

        def forward(self, x: Any) -> Any:
            _, state = self.rnn(x[:30])
            for row in x[30:]:
                y, state = self.rnn(row[None], state)
            return y

    recording = record(Primed(), torch.randn(50, 2, 3))
    assert sources(recording, "rnn.l1") == ["zeros"] + ["carried"] * 20
    assert recording.length("rnn.l0") == 50
    assert recording.certificate.holds


def test_two_cells_and_their_own_weights() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.low, self.high = nn.LSTMCell(3, 4), nn.GRUCell(4, 5)

        def forward(self, x: Any) -> Any:
            low, high = None, None
            for row in x:
                low = self.low(row, low)
                high = self.high(low[0], high)
            return high

    recording = record(Two(), torch.randn(30, 2, 3))
    assert list(recording.layers) == ["low", "high"]
    assert recording.length("low") == recording.length("high") == 30
    np.testing.assert_array_equal(
        recording.read("low", "h"), recording.read("high", "x")
    )
    assert recording.certificate.holds


def test_long_loop_is_copied_in_parts() -> None:
    recording = record(Loop(), torch.randn(1000, 1, 3))
    assert recording.length("cell") == 1000
    assert len(recording.checkpoints("cell")[0]) >= 1000 // 256
    assert not np.isnan(recording.read("cell", "c")).any()
