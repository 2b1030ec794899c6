"""What does not fit or fails, said in words, with all that was recorded before."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from lstm_studio.core.errors import CannotRun, DoesNotFit, StudioError
from lstm_studio.engine.capture.record import record

X = torch.randn(30, 2, 3)


def recording_of(error: StudioError) -> Any:
    return error.recording  # type: ignore[attr-defined]


def test_feature_count() -> None:
    def run(x: torch.Tensor) -> Any:
        weights = [torch.randn(16, 3), torch.randn(16, 4)]
        state = [torch.zeros(1, 2, 4)] * 2
        return torch.lstm(x, state, weights, False, 1, 0.0, False, False, False)

    with pytest.raises(DoesNotFit, match="takes 3 features per step; its input has 9"):
        record(run, torch.randn(30, 2, 9))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_feature_count_of_a_module(kind: Any) -> None:
    with pytest.raises(DoesNotFit, match="does not fit"):
        record(kind(3, 4), torch.randn(30, 2, 9))


def test_unbatched_input_with_a_batched_state_of_a_cell() -> None:
    def run(x: torch.Tensor) -> Any:
        cell = nn.LSTMCell(3, 4)
        return torch.lstm_cell(
            x, (torch.zeros(2, 4), torch.zeros(2, 4)), cell.weight_ih, cell.weight_hh
        )

    with pytest.raises(DoesNotFit, match="batch dimension"):
        record(run, torch.randn(3))


def test_packed_with_too_few_rows_of_c() -> None:
    packed = pack_sequence([torch.randn(5, 3), torch.randn(3, 3)])
    module = nn.LSTM(3, 4)

    def run() -> Any:
        state = [torch.zeros(1, 2, 4), torch.zeros(1, 1, 4)]
        weights = module._flat_weights
        return torch.lstm(
            packed.data, packed.batch_sizes, state, weights, True, 1, 0.0, False, False
        )

    with pytest.raises(DoesNotFit, match=r"initial c .* has shape \(1, 1, 4\)"):
        record(run)


def test_empty_sequence() -> None:
    with pytest.raises(DoesNotFit, match="empty"):
        record(nn.LSTM(3, 4), torch.randn(0, 2, 3))


class Fails(nn.Module):
    def __init__(self, at: int, error: Exception) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.at, self.error = at, error

    def forward(self, x: torch.Tensor) -> Any:
        state = None
        for step, row in enumerate(x):
            if step == self.at:
                raise self.error
            state = self.cell(row, state)
        return state


def test_forward_that_raises_at_step_700() -> None:
    with pytest.raises(CannotRun, match="at step 700: gone") as caught:
        record(Fails(700, ValueError("gone")), torch.randn(1000, 1, 3))
    assert "The 700 steps before are kept" in caught.value.message
    assert "ValueError" in caught.value.details
    recording = recording_of(caught.value)
    assert recording.committed("cell") == ((0, 700),)
    assert recording.state == "partial"
    assert recording.certificate.layers["cell"].residual < 1e-6
    assert not recording.certificate.holds


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB"),
        MemoryError(),
    ],
)
def test_out_of_memory(error: Exception) -> None:
    with pytest.raises(CannotRun, match="not enough memory") as caught:
        record(Fails(5, error), X)
    assert "shorter sequence" in caught.value.next_step


def test_model_that_leaves_inference_mode() -> None:
    class Leaves(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.lstm = nn.Linear(3, 3), nn.LSTM(3, 4)

        def forward(self, x: torch.Tensor) -> Any:
            x = self.embed(x)
            with torch.inference_mode(False), torch.enable_grad():
                return self.lstm(x)[0] * self.embed.weight.sum()

    with pytest.raises(CannotRun, match="leaves inference mode"):
        record(Leaves(), X)


def test_layer_outside_of_inference_mode_is_named() -> None:
    class Leaves(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen, self.unseen = nn.LSTM(3, 4), nn.LSTM(3, 4)

        def forward(self, x: torch.Tensor) -> Any:
            y = self.seen(x)[0]
            with torch.inference_mode(False), torch.no_grad():
                self.unseen(torch.randn(5, 2, 3))
            return y

    reasons = " ".join(record(Leaves(), X).certificate.reasons)
    assert "leaves inference mode" in reasons
    assert "unseen (LSTM) never ran" in reasons


def test_nothing_recurrent() -> None:
    with pytest.raises(CannotRun, match="no recurrent operation"):
        record(nn.Linear(3, 4), X)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_traced_cell_is_seen_only_as_primitives() -> None:
    cell = nn.LSTMCell(3, 4).eval()
    traced = torch.jit.trace(cell, X[0])
    with pytest.raises(CannotRun) as caught:
        record(traced, X[0])
    assert "traced" in caught.value.next_step


def test_declared_layer_that_never_ran() -> None:
    class Spare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.spare = nn.GRU(3, 4), nn.LSTM(3, 4)

        def forward(self, x: torch.Tensor) -> Any:
            return self.used(x)[0]

    certificate = record(Spare(), X).certificate
    assert not certificate.holds
    assert certificate.reasons[0].startswith("spare (LSTM) never ran")


@pytest.mark.filterwarnings("ignore")
def test_quantised_layer() -> None:
    model = torch.ao.quantization.quantize_dynamic(
        nn.Sequential(nn.LSTM(3, 4)), {nn.LSTM}, torch.qint8
    )
    with pytest.raises(CannotRun) as caught:
        record(model, X)
    assert "quantised" in caught.value.next_step


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_in_the_input_is_named_and_the_run_goes_on(value: float) -> None:
    x = X.clone()
    x[20, 1, 2] = value
    recording = record(nn.LSTM(3, 4, 2), x)
    (reason,) = recording.certificate.reasons
    assert reason.startswith("l0: feature 2 of the input is ")
    assert "step 20, sample 1" in reason
    assert recording.committed("l1") == ((0, 30),)


def test_nan_that_a_layer_makes_is_named() -> None:
    model = nn.Sequential(nn.RNN(3, 4, nonlinearity="relu"))
    with torch.no_grad():
        model[0].weight_hh_l0.fill_(1e30)
    (reason,) = record(model, X.abs()).certificate.reasons
    assert reason.startswith("0.l0: unit ")
    assert "infinite" in reason or "NaN" in reason
