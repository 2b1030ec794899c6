"""The model is left as it was, whatever happened."""

import io
from typing import Any

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import CannotRun
from lstm_studio.engine.capture.preserve import snapshot
from lstm_studio.engine.capture.record import record

X = torch.randn(30, 2, 3)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, dropout=0.5)
        self.norm = nn.BatchNorm1d(4)
        self.norm.eval()
        self.head = nn.Linear(4, 2)
        self.register_buffer("calls", torch.zeros(()))
        self.fails = False
        self.memory: Any = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        y, self.memory = self.lstm(x)
        if self.fails:
            raise ValueError("no more")
        return self.head(self.norm(y[-1]))


def saved(model: nn.Module) -> bytes:
    file = io.BytesIO()
    torch.save({k: v for k, v in model.state_dict().items() if k != "calls"}, file)
    return file.getvalue()


def hooks(model: nn.Module) -> list[int]:
    return [
        len(module._forward_hooks) + len(module._forward_pre_hooks)
        for module in model.modules()
    ]


@pytest.mark.parametrize("fails", [False, True])
def test_bytes_flags_hooks_modes_and_random_numbers(fails: bool) -> None:
    model = Model()
    model.fails = fails
    before = saved(model)
    flags = [module.training for module in model.modules()]
    hooked = hooks(model)
    random = torch.get_rng_state()
    if fails:
        with pytest.raises(CannotRun):
            record(model, X, watch=["head"])
    else:
        record(model, X, watch=["head"])
    assert saved(model) == before
    assert [module.training for module in model.modules()] == flags
    assert hooks(model) == hooked
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    # What the model itself counts goes on.
    assert model.calls == 1


def test_state_that_the_model_keeps_can_be_trained_on() -> None:
    model = Model()
    record(model, X)
    assert not model.memory[0].is_inference()
    y, _ = model.lstm(X, model.memory)
    y.sum().backward()
    assert model.lstm.weight_hh_l0.grad is not None


def test_inputs_are_not_changed() -> None:
    x = X.clone().requires_grad_()
    record(Model(), x)
    assert torch.equal(x, X)
    assert x.grad is None


def test_snapshot_shares_parameters_and_not_state() -> None:
    model = Model()
    copy = snapshot(model)
    record(model, X)
    assert copy.calls == 0
    assert copy.lstm.weight_hh_l0.data_ptr() == model.lstm.weight_hh_l0.data_ptr()


def test_moved_to_a_device_and_back() -> None:
    model = Model()
    record(model, X, device="cpu")
    assert next(model.parameters()).device == torch.device("cpu")
