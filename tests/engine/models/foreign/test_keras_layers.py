"""Layers of Keras give what its formulas compute, or are refused in words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.foreign.kerasfiles import (
    LAYOUTS,
    Kept,
    assert_gives,
    bidirectional,
    computed,
    recurrent,
    save,
    sequence,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_layers_give_what_the_formulas_compute(
    path: Path, draw: np.random.Generator, kind: str, bias: bool, layout: str
) -> None:
    layer = recurrent(draw, kind, "states", 3, 5, use_bias=bias)
    save(path, [layer], layout)
    model = open_file(path)
    [opened] = model.summary.layers
    assert opened.kind == {"LSTM": "lstm", "GRU": "gru"}.get(kind, "rnn_tanh")
    assert (opened.sizes.input, opened.sizes.hidden, opened.bias) == (3, 5, bias)
    x = sequence(3)
    assert_gives(model, x, computed(layer, x))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_both_directions(
    path: Path, draw: np.random.Generator, kind: str, layout: str
) -> None:
    layer = bidirectional(draw, kind, "both", 3, 4)
    save(path, [layer], layout)
    model = open_file(path)
    assert [layer.direction for layer in model.summary.layers] == ["forward", "reverse"]
    x = sequence(3)
    assert_gives(model, x, computed(layer, x))


def test_relu(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "SimpleRNN", "rnn", 3, 4, activation="relu")
    save(path, [layer], "keras 3")
    model = open_file(path)
    assert model.summary.layers[0].kind == "rnn_relu"
    x = sequence(3)
    assert_gives(model, x, computed(layer, x))


def test_a_cell_that_is_wrapped(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "states", 3, 4)
    cell = {"class_name": "LSTMCell", "config": {"units": 4}}
    wrapped = Kept("RNN", "states", {"cell": cell}, layer.new)
    save(path, [wrapped], "keras 3")
    x = sequence(3)
    assert_gives(open_file(path), x, computed(layer, x))


def test_half_precision(path: Path, draw: np.random.Generator) -> None:
    layer = recurrent(draw, "LSTM", "lstm", 3, 4)
    exact = {name: torch.from_numpy(array) for name, array in layer.new.items()}
    for name, array in list(layer.new.items()):
        if array.dtype == np.float32:
            half = torch.from_numpy(array).to(torch.bfloat16).view(torch.int16)
            layer.new[name] = half.numpy().view("V2")
    save(path, [layer], "keras 3")
    module = open_file(path).module
    expected = exact["cell/vars/0"].T.to(torch.bfloat16)
    assert torch.equal(module.lstm.weight_ih_l0, expected)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "reset before": (
        {"kind": "GRU", "reset_after": False},
        r"it resets the state before the matrix product \(reset_after=False\), and "
        "torch.nn.GRU does after it",
    ),
    "hard sigmoid": (
        {"kind": "LSTM", "recurrent_activation": "hard_sigmoid"},
        "its functions are hard_sigmoid and tanh, and PyTorch's are sigmoid and tanh",
    ),
    "no function": (
        {"kind": "SimpleRNN", "activation": "linear"},
        "its functions are linear, and PyTorch's are tanh and relu",
    ),
    "backwards": (
        {"kind": "LSTM", "go_backwards": True},
        "it runs from the last step to the first only",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("layout", ["keras 3", "keras 2"])
def test_layers_that_pytorch_has_not(
    path: Path, draw: np.random.Generator, what: str, layout: str
) -> None:
    told, message = REFUSED[what]
    options = dict(told)
    layer = recurrent(draw, options.pop("kind"), "states", 3, 4, **options)
    save(path, [layer], layout)
    with pytest.raises(
        CannotOpen, match=f"no recurrent layer that PyTorch has too: states: {message}"
    ) as refused:
        open_file(path)
    assert refused.value.next_step == "Save the model with a layer that torch.nn has."


@pytest.mark.parametrize("layout", ["keras 2 weights", "keras 3 weights"])
def test_one_bias_tells_a_gru_that_resets_before(
    path: Path, draw: np.random.Generator, layout: str
) -> None:
    save(path, [recurrent(draw, "GRU", "gru", 3, 4, reset_after=False)], layout)
    with pytest.raises(CannotOpen, match=r"before the matrix product"):
        open_file(path)


@pytest.mark.parametrize("kind", ["CuDNNLSTM", "ConvLSTM2D", "RNN"])
def test_layers_of_other_kinds(
    path: Path, draw: np.random.Generator, kind: str
) -> None:
    layer = recurrent(draw, "LSTM", "states", 3, 4)
    layer.kind = kind
    save(path, [layer], "keras 3")
    with pytest.raises(CannotOpen, match=f"states: torch.nn has no layer like {kind}"):
        open_file(path)
