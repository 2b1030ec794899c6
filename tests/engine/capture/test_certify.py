"""The certificate: green for what is right, red for every formula planted wrong."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core import cells
from lstm_studio.core.cells.gru import GRU
from lstm_studio.core.cells.lstm import LSTM
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import Message, Progress
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture import fused
from lstm_studio.engine.capture.preserve import snapshot
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.capture.verify import verify

X = torch.randn(300, 2, 3)


def lstm() -> nn.LSTM:
    torch.manual_seed(0)
    return nn.LSTM(3, 20, 2, bidirectional=True)


class GateBeforeSquashing(LSTM):
    def derive(self, name: str, products: Any) -> Any:
        return super().derive("o_pre" if name == "o" else name, products)


class SwappedGates(LSTM):
    def derive(self, name: str, products: Any) -> Any:
        swapped = {"i": "f", "f": "i"}
        return super().derive(swapped.get(name, name), products)

    def needs(self, name: str) -> Any:
        return super().needs({"i": "f", "f": "i"}.get(name, name))


class TextbookGRU(GRU):
    """The reset gate before the product, as in most textbooks."""

    def _new(self, part: str | None, products: Any) -> Any:
        reset = self.derive("r", products)
        reset *= products.recurrent["n"]
        reset += products.bias_recurrent["n"]
        reset += products.input["n"] + products.bias_input["n"]
        return np.tanh(reset)


@pytest.mark.parametrize(
    ("module", "wrong"),
    [
        (lstm(), {"lstm": GateBeforeSquashing()}),
        (lstm(), {"lstm": SwappedGates()}),
        (nn.GRU(3, 20), {"gru": TextbookGRU()}),
    ],
)
def test_wrong_formula(
    module: nn.Module, wrong: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert record(module, X).certificate.holds
    plant(monkeypatch, wrong)
    certificate = record(module, X).certificate
    assert not certificate.holds
    assert certificate.residual is not None
    assert certificate.residual > 1e-3


def plant(monkeypatch: pytest.MonkeyPatch, wrong: Mapping[str, Any]) -> None:
    from lstm_studio.core import derive

    monkeypatch.setattr(derive, "CELLS", {**cells.CELLS, **wrong})


def test_shifted_step(monkeypatch: pytest.MonkeyPatch) -> None:
    place = fused.Rows.place

    def shifted(self: Any, rows: torch.Tensor, low: int, high: int) -> np.ndarray:
        placed = place(self, rows, low, high)
        return np.roll(placed, 1, 0) if placed.shape[-1] == 20 else placed

    monkeypatch.setattr(fused.Rows, "place", shifted)
    assert not record(lstm(), X).certificate.holds


def test_swapped_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    write = Recorder.write

    def swapped(self: Any, layer: str, start: int, rows: Any) -> None:
        other = layer.removesuffix("_reverse")
        other = f"{layer}_reverse" if other == layer else other
        if other in self.recording.layers and "x" not in rows:
            layer = other
        write(self, layer, start, rows)

    monkeypatch.setattr(Recorder, "write", swapped)
    module = nn.LSTM(3, 20, bidirectional=True)
    assert not record(module, X).certificate.holds


def test_other_output(monkeypatch: pytest.MonkeyPatch) -> None:
    run = fused.FusedRun.run

    def other(self: fused.FusedRun) -> tuple[torch.Tensor, ...]:
        output, *states = run(self)
        return (output + 0.01, *states)

    monkeypatch.setattr(fused.FusedRun, "run", other)
    certificate = record(nn.GRU(3, 20), X).certificate
    assert certificate.output_difference == pytest.approx(0.01, rel=0.1)
    assert not certificate.holds


def test_dropout_is_named() -> None:
    class Active(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(3, 4, 3, dropout=0.3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.lstm.train()
            return self.lstm(x)[0]

    model = Active()
    torch.manual_seed(5)
    with torch.inference_mode():
        plain = model(X)
    torch.manual_seed(5)
    recording = record(model, X)
    # The same random numbers in the same order, so the same output.
    assert torch.equal(plain, torch.from_numpy(recording.output))
    assert "Dropout was active above lstm.l0" in recording.certificate.reasons[0]
    assert all(proof.holds for proof in recording.certificate.layers.values())
    assert not recording.certificate.holds


@pytest.mark.parametrize("loop", [False, True])
def test_weights_that_change_during_the_run(loop: bool) -> None:
    class Learns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            parts = x.split(1) if loop else x.split(100)
            y, state = self.gru(parts[0])
            self.gru.weight_hh_l0.mul_(0.9)
            for part in parts[1:]:
                y, state = self.gru(part, state)
            return y

    certificate = record(Learns(), X).certificate
    assert certificate.layers["gru.l0"].reason == "Its weights changed during the run."
    assert not certificate.holds


class Stateful(nn.Module):
    """Goes on from where the last call ended."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 8, 2)
        self.state: Any = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, self.state = self.lstm(x, self.state)
        return y


def test_verify_looks_at_everything() -> None:
    model = Stateful()
    before = snapshot(model)
    recording = record(model, X)
    told: list[Message] = []
    verified = verify(recording, before, (X,), {}, publish=told.append)
    assert verified.certificate.holds
    assert verified.certificate.compared == "whole run"
    assert verified.certificate.output_difference == 0
    assert verified.certificate.layers["lstm.l1"].steps == 600
    assert verified.plain_seconds > 0
    progress = [message for message in told if isinstance(message, Progress)]
    assert progress[-1].done == progress[-1].total


def test_verify_sees_another_model() -> None:
    recording = record(Stateful(), X)
    verified = verify(recording, Stateful(), (X,), {})
    assert verified.certificate.output_difference is not None
    assert verified.certificate.output_difference > 1e-3
    assert not verified.certificate.holds


def test_verify_finds_one_wrong_row() -> None:
    model = nn.GRU(3, 100)
    recording = record(model, X)
    assert recording.certificate.holds
    spoil(recording, 211)
    assert not verify(recording, model, (X,), {}).certificate.holds


def spoil(recording: Recording, step: int) -> None:
    table = recording._store.tracks["l0"].tables["h"]
    table.rows.read(step, step + 1, 1)[0, 99] += 0.5


def test_verify_can_be_cancelled() -> None:
    model = nn.GRU(3, 4)
    recording = record(model, X)
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        verify(recording, model, (X,), {}, control=control)


def test_reasons_stay_after_verifying() -> None:
    recording = record(nn.GRU(3, 4).bfloat16(), X.bfloat16())
    model = nn.GRU(3, 4).bfloat16()
    verified = verify(recording, model, (X.bfloat16(),), {})
    assert "bfloat16" in verified.certificate.layers["l0"].reason
