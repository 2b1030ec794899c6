"""Stacks of layers unrolled step by step, as `torch.nn` arranges them."""

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from lstm_studio.core.layers import Kind, Layer, Sizes
from tests.core.reference import Planned, Unrolled, unroll

KINDS: dict[str, Kind] = {"LSTM": "lstm", "GRU": "gru"}


@st.composite
def modules(draw: st.DrawFn) -> nn.RNNBase:
    """Draw a recurrent module of any kind and shape."""
    name = draw(st.sampled_from(["LSTM", "GRU", "tanh", "relu"]))
    hidden = draw(st.integers(1, 5))
    options = {
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "dtype": draw(st.sampled_from([torch.float32, torch.float64])),
    }
    torch.manual_seed(draw(st.integers(0, 1000)))
    features = draw(st.integers(1, 4))
    if name == "LSTM":
        projection = draw(st.integers(0, hidden - 1))
        return nn.LSTM(features, hidden, proj_size=projection, **options)
    if name == "GRU":
        return nn.GRU(features, hidden, **options)
    return nn.RNN(features, hidden, nonlinearity=name, **options)


def state_of(module: nn.RNNBase, samples: int) -> tuple[torch.Tensor, ...]:
    """Return a random initial state."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    widths = [getattr(module, "proj_size", 0) or module.hidden_size]
    if isinstance(module, nn.LSTM):
        widths.append(module.hidden_size)
    dtype = module.weight_ih_l0.dtype
    return tuple(torch.randn(count, samples, width, dtype=dtype) for width in widths)


def kind_of(module: nn.RNNBase | nn.RNNCellBase) -> Kind:
    name = type(module).__name__.removesuffix("Cell")
    if name in KINDS:
        return KINDS[name]
    return "rnn_tanh" if module.nonlinearity == "tanh" else "rnn_relu"


def unrolled(
    module: nn.RNNBase,
    x: np.ndarray,
    lengths: tuple[int, ...] | None = None,
    state: tuple[np.ndarray, ...] = (),
) -> dict[str, Unrolled]:
    """Unroll all layers over ``x`` (step, sample, feature), by PyTorch's names."""
    result = {}
    directions = 2 if module.bidirectional else 1
    for index in range(module.num_layers):
        outputs = []
        for number in range(directions):
            suffix = f"l{index}" + ("_reverse" if number else "")
            one = _one(
                module,
                suffix,
                x,
                lengths,
                tuple(part[index * directions + number] for part in state),
            )
            result[suffix] = one
            outputs.append(one.streams["h"])
        x = np.nan_to_num(np.concatenate(outputs, axis=-1))
    return result


def _one(
    module: nn.RNNBase,
    suffix: str,
    x: np.ndarray,
    lengths: tuple[int, ...] | None,
    state: tuple[np.ndarray, ...],
) -> Unrolled:
    weights = {
        name: getattr(module, f"{name}_{suffix}").detach().double().numpy()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        if hasattr(module, f"{name}_{suffix}")
    }
    layer = Layer(
        suffix,
        kind_of(module),
        "",
        0,
        "reverse" if suffix.endswith("reverse") else "forward",
        Sizes(x.shape[-1], module.hidden_size, getattr(module, "proj_size", 0)),
        module.bias,
    )
    given = iter(state if len(state) == 2 else (*state, np.zeros((x.shape[1], 1))))
    source: Any = "given" if state else "zeros"
    calls = [Planned(x.shape[0], source, lengths)]
    return unroll(layer, weights, x, calls, lambda _: next(given).copy())


def plain(model: Any, *inputs: Any, **keywords: Any) -> Any:
    """Return what the model gives without anybody looking."""
    with torch.inference_mode():
        return model(*inputs, **keywords)
