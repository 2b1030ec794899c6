"""The door for scripts: a recording in memory or in a folder, with its origin."""

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.record import record


def test_folder_opens_again_with_its_certificate(tmp_path: Path) -> None:
    model, x = nn.LSTM(3, 4, 2, bidirectional=True), torch.randn(60, 2, 3)
    in_memory = record(model, x)
    recording = record(model, x, store=tmp_path / "run")
    opened = Recording.open(tmp_path / "run")
    assert opened.certificate == recording.certificate
    assert opened.certificate.holds
    for name, layer in in_memory.layers.items():
        for stream in layer.streams:
            np.testing.assert_array_equal(
                opened.read(name, stream, sample=1),
                in_memory.read(name, stream, sample=1),
            )


def test_origin() -> None:
    origin = record(nn.GRU(3, 4).double(), torch.randn(5, 2, 3).double()).origin
    assert origin.model == "GRU"
    assert origin.torch == torch.__version__
    assert (origin.device, origin.dtype) == ("cpu", "float64")
    assert origin.seconds is not None
    assert origin.seconds > 0


def test_keyword_inputs() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(3, 4)

        def forward(self, *, values: torch.Tensor) -> dict[str, list[torch.Tensor]]:
            return {"all": list(self.rnn(values))}

    x = torch.randn(5, 2, 3)
    recording = record(Named(), values=x)
    np.testing.assert_array_equal(
        recording.output["all"][0][:, 1], recording.read("rnn.l0", "h", sample=1)
    )


@pytest.mark.parametrize("streams", ["derive", "all"])
def test_a_recording_that_nobody_holds_takes_no_memory(streams: Any) -> None:
    gc.disable()
    try:
        recording = record(nn.LSTM(3, 4, 2), torch.randn(9, 1, 3), streams=streams)
        held = weakref.ref(recording._store)
        del recording
        assert held() is None
    finally:
        gc.enable()
