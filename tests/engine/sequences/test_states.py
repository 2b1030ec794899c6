"""The state that a run begins in, out of every place that it may come from."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstm_studio
from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.layers import Layer
from lstm_studio.engine.models import summarise
from lstm_studio.engine.sequences import initial_state


def deep() -> nn.LSTM:
    torch.manual_seed(0)
    return nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True, proj_size=2)


def layers(module: nn.Module) -> tuple[Layer, ...]:
    return summarise(module).layers


def test_zeros_need_no_state() -> None:
    assert initial_state(layers(deep()), 2, {}) == {}
    assert initial_state((), 2, {"initial": "zeros"}) == {}


def test_random_states_come_from_their_seed() -> None:
    chosen = {"initial": "random", "initial_seed": "3"}
    first = initial_state(layers(deep()), 5, chosen)
    again = initial_state(layers(deep()), 5, chosen)
    other = initial_state(layers(deep()), 5, {**chosen, "initial_seed": 4})
    assert list(first) == ["l0", "l0_reverse", "l1", "l1_reverse"]
    assert first["l1"]["h"].shape == (5, 2)
    assert first["l1"]["c"].shape == (5, 4)
    for name, state in first.items():
        np.testing.assert_array_equal(state["c"], again[name]["c"])
        assert not np.array_equal(state["c"], other[name]["c"])


@pytest.mark.parametrize("form", [".npz", ".pt", "tuple"])
def test_a_file_shaped_as_pytorch_shapes_it(tmp_path: Path, form: str) -> None:
    h, c = torch.randn(4, 1, 2), torch.randn(4, 1, 4)
    path = tmp_path / f"state{form if form != 'tuple' else '.pt'}"
    if form == ".npz":
        np.savez(path, h_n=h.numpy(), c_n=c.numpy())
    else:
        torch.save((h, c) if form == "tuple" else {"h0": h, "c0": c}, path)
    states = initial_state(layers(deep()), 3, {"initial": str(path)})
    for row, state in enumerate(states.values()):
        np.testing.assert_array_equal(state["h"], h[row].expand(3, -1).numpy())
        np.testing.assert_array_equal(state["c"], c[row].expand(3, -1).numpy())


def test_a_file_with_an_array_for_each_layer(tmp_path: Path) -> None:
    gru = nn.GRU(3, 4, 2)
    np.savez(tmp_path / "s.npz", **{"l0.h": np.ones(4), "l1.h": np.full((2, 4), 2)})
    states = initial_state(layers(gru), 2, {"initial": str(tmp_path / "s.npz")})
    assert states["l0"]["h"].tolist() == [[1] * 4] * 2
    assert states["l1"]["h"].tolist() == [[2] * 4] * 2
    np.save(tmp_path / "s.npy", np.ones((2, 1, 4)))
    states = initial_state(layers(gru), 2, {"initial": str(tmp_path / "s.npy")})
    assert states["l1"]["h"].shape == (2, 4)


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")
@pytest.mark.parametrize("samples", [1, 3])
def test_the_final_state_of_another_recording(tmp_path: Path, samples: int) -> None:
    module = deep()
    x = torch.randn(samples, 9, 3)
    lstm_studio.record(module, x).save(tmp_path / "run")
    states = initial_state(layers(module), 3, {"initial": str(tmp_path / "run")})
    with torch.no_grad():
        _, (h, c) = module(x)
    for row, state in enumerate(states.values()):
        expected = h[row].expand(3, -1), c[row].expand(3, -1)
        np.testing.assert_allclose(state["h"], expected[0].numpy(), atol=1e-6)
        np.testing.assert_allclose(state["c"], expected[1].numpy(), atol=1e-6)


def test_the_final_state_is_before_the_padding(tmp_path: Path) -> None:
    module = nn.GRU(3, 4, batch_first=True)
    x = torch.randn(3, 9, 3)
    packed = nn.utils.rnn.pack_padded_sequence(
        x, [5, 9, 2], batch_first=True, enforce_sorted=False
    )
    lstm_studio.record(module, packed).save(tmp_path / "run")
    states = initial_state(layers(module), 3, {"initial": str(tmp_path / "run")})
    with torch.no_grad():
        h = module(packed)[1]
    np.testing.assert_allclose(states["l0"]["h"], h[0].numpy(), atol=1e-6)


def test_refusals(tmp_path: Path) -> None:
    gru = layers(nn.GRU(3, 4))
    path = tmp_path / "s.npz"

    def refusal(known: tuple[Layer, ...] = gru, **arrays: np.ndarray) -> str:
        if arrays:
            np.savez(path, **arrays)
        with pytest.raises(DoesNotFit) as raised:
            initial_state(known, 2, {"initial": str(path)})
        return str(raised.value)

    assert refusal(other=np.ones(4)) == (
        "s.npz holds no initial h of l0; it holds other. Name the array l0.h, or h_0 "
        "with PyTorch's shape."
    )
    assert refusal(h0=np.ones((1, 1, 5))) == (
        "The state h0 of s.npz is 1 × 1 × 5, float64; l0 has 4 units. Choose the state "
        "of a model of the same sizes."
    )
    assert refusal(h0=np.ones((1, 3, 4))) == (
        "s.npz holds the state of 3 samples; the sequence has 2. Choose as many "
        "samples, or a state of one."
    )
    assert refusal(h0=np.full((1, 2, 4), np.nan)) == (
        "The state l0 h of s.npz holds values that are not finite. Choose another "
        "state."
    )
    assert refusal(()) == (
        "The layers of the model are not known before it runs, so none can be given an "
        "initial state. Choose zeros."
    )
    lstm_studio.record(nn.GRU(3, 5), torch.randn(4, 1, 3)).save(tmp_path / "run")
    path = tmp_path / "run"
    assert refusal() == (
        "The recording run has another layer l0; its layers are l0. Choose a recording "
        "of the same model."
    )
    with pytest.raises(CannotOpen, match="There is no file"):
        initial_state(gru, 2, {"initial": str(tmp_path / "none.npz")})
