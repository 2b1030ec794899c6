"""Models that others trained, through the same door as a user's."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.engine.capture.record import record
from tests.engine.capture.stacks import plain

SECONDS = 20


class PerChunk(nn.Module):
    """Gives a voice detector its samples, 256 at a time."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.adapted = inner

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        self.adapted.reset_states()
        return torch.cat([self.adapted(part, 8000) for part in samples.split(256, 1)])


def test_silero_one_call_per_step(shared_models: Path) -> None:
    folder = shared_models / "silero-vad"
    with wave.open(str(folder / "input" / "aepyx_8k.wav")) as file:
        data = file.readframes(8000 * SECONDS)
    samples = torch.from_numpy(np.frombuffer(data, np.int16).copy()).float()[None]
    samples = (samples / 32768)[:, : samples.shape[1] // 256 * 256]
    model = PerChunk(torch.jit.load(folder / "silero_vad.jit").eval())
    before = plain(model, samples)
    recording = record(model, samples)
    np.testing.assert_array_equal(before.numpy(), recording.output)
    (name,) = recording.layers
    assert name.endswith("rnn")
    assert "adapted" not in name
    steps = samples.shape[1] // 256
    assert recording.committed(name) == ((0, steps),)
    sources = [call.initial_state for call in recording.calls(name)]
    assert sources == ["zeros"] + ["carried"] * (steps - 1)
    assert recording.certificate.layers[name].holds
    assert 0.5 < recording.output.mean() < 1


class Carrying(nn.Module):
    """Hands the state that a script returns to its next call."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.adapted = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = c = torch.zeros(1, 1, 64)
        rows = []
        for row in x:
            y, h, c = self.adapted(row.reshape(1, 1, -1), h, c)
            rows.append(y.reshape(-1))
        return torch.stack(rows)


def test_sugar_creek_state_in_and_out(shared_models: Path) -> None:
    folder = shared_models / "noaa-owp-sugar-creek-torchscript"
    script = torch.jit.load(folder / "sugar_creek_trained.pt", map_location="cpu")
    model, x = Carrying(script.eval()), torch.randn(300, 11)
    before = plain(model, x)
    recording = record(model, x)
    np.testing.assert_array_equal(before.numpy(), recording.output)
    assert list(recording.layers) == ["lstm.l0"]
    sources = [call.initial_state for call in recording.calls("lstm.l0")]
    assert sources == ["zeros"] + ["carried"] * 299
    assert recording.certificate.holds
    rebuilt = nn.LSTM(11, 64)
    rebuilt.load_state_dict(script.lstm.state_dict())
    whole = record(rebuilt, x[:, None])
    for stream in ("h", "c", "i", "f", "g", "o"):
        np.testing.assert_allclose(
            recording.read("lstm.l0", stream),
            whole.read("l0", stream),
            atol=1e-5,
            rtol=1e-5,
        )


@pytest.mark.parametrize("seed", [0])
def test_hydrology_state_dict(shared_models: Path, seed: int) -> None:
    torch.manual_seed(seed)
    folder = shared_models / "noaa-owp-lstm-hydrology"
    state = torch.load(
        folder / "hourly_test_run_2708_model_epoch030.pt",
        map_location="cpu",
        weights_only=True,
    )
    weights = {k.partition("lstm.")[2]: v for k, v in state.items() if "lstm." in k}
    hidden, features = (
        weights["weight_hh_l0"].shape[1],
        weights["weight_ih_l0"].shape[1],
    )
    model = nn.LSTM(features, hidden)
    model.load_state_dict(weights)
    recording = record(model, torch.randn(720, 1, features))
    assert recording.certificate.holds
