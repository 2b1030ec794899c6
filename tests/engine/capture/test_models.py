"""Any model: scripts, exported programs, functions, wrappers, odd weights and types."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from lstm_studio.engine.capture.compare import difference
from lstm_studio.engine.capture.record import record
from tests.engine.capture.stacks import plain


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(3, 4)
        self.lstm = nn.LSTM(4, 5, 2, bidirectional=True)
        self.head = nn.Linear(10, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(self.embed(x))[0])


NAMES = ["lstm.l0", "lstm.l0_reverse", "lstm.l1", "lstm.l1_reverse"]
X = torch.randn(40, 2, 3)


def check(model: Any, *inputs: Any, names: Any = NAMES, holds: Any = True) -> Any:
    before = plain(model, *inputs)
    recording = record(model, *inputs)
    assert list(recording.layers) == names
    assert difference(arrays(before), recording.output) == 0
    assert recording.certificate.holds == holds, recording.certificate
    return recording


def arrays(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.float().numpy() if value.dtype in HALF else value.numpy()
    return tuple(arrays(part) for part in value)


HALF = (torch.float16, torch.bfloat16)


def test_scripted() -> None:
    check(torch.jit.script(Tagger().eval()), X)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_traced() -> None:
    check(torch.jit.trace(Tagger().eval(), X), X)


def test_frozen_has_no_names_left() -> None:
    frozen = torch.jit.freeze(torch.jit.script(Tagger().eval()))
    names = [name.replace("lstm", "lstm_0") for name in NAMES]
    check(frozen, X, names=names)


@pytest.mark.filterwarnings("ignore:The tensor attributes")
def test_exported() -> None:
    check(torch.export.export(Tagger().eval(), (X,)).module(), X)


def test_rows_that_are_not_contiguous() -> None:
    # A mode of its own makes PyTorch multiply these another way, with other bits.
    model = Tagger().eval()
    model.lstm = nn.GRU(4, 5, 2, bidirectional=True, batch_first=True)
    x = torch.randn(30, 7, 3).transpose(0, 1)
    check(model, x[:, :, :], names=NAMES)
    check(nn.Sequential(nn.GRU(3, 4)), torch.randn(40, 2, 3)[:, :1], names=["0.l0"])


def test_wrapped() -> None:
    check(nn.DataParallel(Tagger().eval()), X)
    check(torch.compile(Tagger().eval(), backend="eager"), X)


def test_called_through_forward() -> None:
    class Direct(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.gru.forward(x)[0]

    check(Direct(), X, names=["gru.l0"])


def test_bound_method_and_function() -> None:
    model = Tagger().eval()
    check(model.forward, X)
    check(lambda x: model(x), X, names=[n.replace("lstm", "lstm_0") for n in NAMES])


def test_functional_with_weights_of_its_own() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w_i = nn.Parameter(torch.randn(16, 3))
            self.w_h = nn.Parameter(torch.randn(16, 4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            state = (torch.zeros(2, 4), torch.zeros(2, 4))
            for row in x:
                state = torch.lstm_cell(row, state, self.w_i, self.w_h)
            return state

    check(Functional(), X, names=["w_i"])


def test_function_without_any_module() -> None:
    weights = [torch.randn(12, 3), torch.randn(12, 4)]

    def run(x: Any) -> Any:
        state = torch.zeros(1, 2, 4)
        return torch.gru(x, state, weights, False, 1, 0.0, False, False, False)

    check(run, X, names=["gru_0.l0"])


@pytest.mark.parametrize("name", ["weight_hh_l0", "weight_ih_l0"])
def test_weight_norm(name: Any) -> None:
    model = nn.Sequential(parametrizations.weight_norm(nn.LSTM(3, 4), name))
    check(model, X, names=["0.l0"])


def test_weights_made_for_each_call() -> None:
    class Dropped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = torch.zeros(2, 4)
            for row in x:
                # New memory for the same values, as weight drop does in evaluation.
                weights = [p.clone() for p in self.cell.parameters()]
                h = torch.gru_cell(row, h, *weights)
            return h

    recording = record(Dropped(), X)
    assert len(recording.layers) == 1
    (name,) = recording.layers
    assert recording.length(name) == 40
    assert recording.certificate.layers[name].holds


def test_shared_module_at_two_places() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = self.second = nn.LSTM(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y, _ = self.first(x)
            return self.second(y)[0]

    recording = check(Shared(), X, names=["first.l0"])
    assert [(c.start, c.stop) for c in recording.calls("first.l0")] == [
        (0, 40),
        (40, 80),
    ]


def test_encoder_and_decoder() -> None:
    class Translator(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = nn.LSTM(3, 4), nn.LSTM(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            _, state = self.encoder(x)
            return self.decoder(x.flip(0), state)[0]

    recording = check(Translator(), X, names=["encoder.l0", "decoder.l0"])
    assert recording.calls("decoder.l0")[0].initial_state == "given"
    given = recording.initial("decoder.l0", 0)
    np.testing.assert_array_equal(
        given["h"][1], recording.read("encoder.l0", "h", 39, sample=1)[0]
    )


def test_state_carried_between_segments() -> None:
    class Segments(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4, 2, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            state = None
            for part in x.swapaxes(0, 1).split(10, 1):
                y, state = self.gru(part, state)
            return y

    recording = check(Segments(), X, names=["gru.l0", "gru.l1"])
    sources = [call.initial_state for call in recording.calls("gru.l1")]
    assert sources == ["zeros", "carried", "carried", "carried"]


def test_several_batch_sizes() -> None:
    class Frames(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.gru(x)
            return self.gru(x[:, :1])[0]

    check(Frames(), X, names=["gru.l0", "gru@1.l0"])


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_half_precision(kind: Any, dtype: Any) -> None:
    model = kind(3, 4, 2, bidirectional=True, dtype=dtype)
    names = [name.removeprefix("lstm.") for name in NAMES]
    recording = check(model, X.to(dtype), names=names, holds=False)
    for name in recording.layers:
        proof = recording.certificate.layers[name]
        assert str(dtype).removeprefix("torch.") in proof.reason
        assert proof.residual < 0.05
        assert recording.read(name, "h").dtype == np.float32


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_autocast(kind: Any) -> None:
    model = kind(3, 4, 2, bidirectional=True).eval()

    def run(x: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x)

    before = plain(run, X)
    recording = record(run, X)
    assert difference(arrays(before), recording.output) == 0
    for proof in recording.certificate.layers.values():
        assert "autocast" in proof.reason
        assert proof.residual < 0.05
