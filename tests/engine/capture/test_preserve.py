"""The model is left as it was, whatever happened."""

import io
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_studio.core.errors import CannotRun
from lstm_studio.engine.capture.preserve import snapshot
from lstm_studio.engine.capture.record import record
from tests.engine.capture.stacks import modules, state_of

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")

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


class Stack(nn.Module):
    """A recurrent module among others, with flags of their own."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn
        self.drop = nn.Dropout(0.5)

    def forward(self, *inputs: Any) -> Any:
        output, state = self.rnn(*inputs)
        return self.drop(output), state


@settings(max_examples=15)
@given(module=modules(), data=st.data())
def test_whatever_is_recorded_the_model_is_left_as_it_was(
    module: nn.RNNBase, data: st.DataObject
) -> None:
    samples = data.draw(st.integers(1, 3))
    shape = [data.draw(st.integers(1, 20)), samples]
    dtype = module.weight_ih_l0.dtype
    x = torch.randn(
        *(reversed(shape) if module.batch_first else shape),
        module.input_size,
        dtype=dtype,
    )
    inputs = [x]
    if data.draw(st.booleans()):
        state = state_of(module, samples)
        inputs.append(state if isinstance(module, nn.LSTM) else state[0])
    model = Stack(module)
    for part in model.modules():
        part.training = data.draw(st.booleans())
    fails = data.draw(st.booleans())
    if fails:
        model.drop.register_forward_hook(_fail)
    module.register_forward_pre_hook(lambda *_: None)
    for parameter in module.parameters():
        parameter.requires_grad = data.draw(st.booleans())
    before = _all_of(model, x)
    try:
        record(model, *inputs, streams=data.draw(st.sampled_from(["derive", "all"])))
        assert not fails
    except CannotRun:
        assert fails
    assert _all_of(model, x) == before


def _fail(*_: Any) -> None:
    raise ValueError("no more")


def _all_of(model: nn.Module, x: torch.Tensor) -> tuple[Any, ...]:
    return (
        saved(model),
        [(p.data_ptr(), p._version, p.requires_grad) for p in model.parameters()],
        [module.training for module in model.modules()],
        [
            (tuple(module._forward_hooks), tuple(module._forward_pre_hooks))
            for module in model.modules()
        ],
        torch.get_rng_state().tolist(),
        x.numpy().tobytes(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.backends.mkldnn.enabled,
    )


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
