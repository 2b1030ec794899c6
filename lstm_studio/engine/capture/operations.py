"""Arguments of PyTorch's recurrent operations, read into our words and checked.

Some wrong shapes crash the interpreter inside the kernel, so everything that a kernel
takes for granted is checked here first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Kind, Sizes

_aten: Final = torch.ops.aten

FUSED: Final[Mapping[Any, Kind]] = {
    _aten.lstm.input: "lstm",
    _aten.gru.input: "gru",
    _aten.rnn_tanh.input: "rnn_tanh",
    _aten.rnn_relu.input: "rnn_relu",
}
PACKED: Final[Mapping[Any, Kind]] = {
    _aten.lstm.data: "lstm",
    _aten.gru.data: "gru",
    _aten.rnn_tanh.data: "rnn_tanh",
    _aten.rnn_relu.data: "rnn_relu",
}
CELLS: Final[Mapping[Any, Kind]] = {
    _aten.lstm_cell.default: "lstm",
    _aten.gru_cell.default: "gru",
    _aten.rnn_tanh_cell.default: "rnn_tanh",
    _aten.rnn_relu_cell.default: "rnn_relu",
}
GATE_ROWS: Final[Mapping[Kind, int]] = {
    "lstm": 4,
    "gru": 3,
    "rnn_tanh": 1,
    "rnn_relu": 1,
}


@dataclass(frozen=True)
class Weights:
    """Weights of one direction of one layer, as the kernel takes them."""

    parameters: tuple[Tensor, ...]
    kind: Kind
    bias: bool

    @cached_property
    def named(self) -> dict[str, Tensor]:
        """The weights by PyTorch's names without suffix."""
        names = ["weight_ih", "weight_hh"]
        names += ["bias_ih", "bias_hh"] if self.bias else []
        names += ["weight_hr"] if len(self.parameters) > len(names) else []
        return dict(zip(names, self.parameters, strict=True))

    @cached_property
    def sizes(self) -> Sizes:
        """Widths of the layer."""
        weight_ih, weight_hh = self.parameters[:2]
        hidden = weight_ih.shape[0] // GATE_ROWS[self.kind]
        projection = weight_hh.shape[1] if "weight_hr" in self.named else 0
        return Sizes(weight_ih.shape[1], hidden, projection)

    @cached_property
    def count(self) -> int:
        """Number of all their values: the multiplications of a step."""
        return sum(parameter.numel() for parameter in self.parameters)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the weights as numpy arrays, which may share their memory."""
        return {name: to_array(weight) for name, weight in self.named.items()}


@dataclass(frozen=True, slots=True)
class FusedCall:
    """One call of ``lstm``, ``gru``, ``rnn_tanh`` or ``rnn_relu`` over many steps.

    Attributes
    ----------
    x
        ``(step, sample, feature)``, or the rows of a packed sequence.
    h, c
        Initial state ``(layer and direction, sample, unit)``; ``c`` is None where
        the kind has none.
    weights
        One for each layer and direction, in PyTorch's order.
    batch_sizes
        Number of samples that reach each step, where the input was packed.
    """

    operation: Any
    kind: Kind
    x: Tensor
    h: Tensor
    c: Tensor | None
    weights: tuple[Weights, ...]
    layers: int
    directions: int
    dropout: float
    train: bool
    batch_first: bool
    batch_sizes: tuple[int, ...] | None = None

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.batch_sizes) if self.batch_sizes else self.x.shape[0]

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.batch_sizes[0] if self.batch_sizes else self.x.shape[1]

    @property
    def drops(self) -> bool:
        """Whether dropout acts between the layers."""
        return self.train and self.dropout > 0 and self.layers > 1


def to_array(tensor: Tensor) -> np.ndarray:
    """Return the values on the host; half types become float32."""
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    return tensor.numpy(force=True)


def read_fused(operation: Any, args: Sequence[Any]) -> FusedCall:
    """Read the arguments of ``operation`` and check their shapes.

    Raises
    ------
    DoesNotFit
        If the kernel could not take them.
    """
    packed = operation in PACKED
    kind = (PACKED if packed else FUSED)[operation]
    if packed:
        x, sizes, states, parameters, bias, layers, dropout, train, both = args
        batch_sizes = tuple(sizes.tolist())
        batch_first = False
    else:
        x, states, parameters, bias, layers, dropout, train, both, batch_first = args
        batch_sizes = None
    h, c = states if kind == "lstm" else (states, None)
    directions = 2 if both else 1
    weights = _split(parameters, kind, bias, layers * directions)
    call = FusedCall(
        operation,
        kind,
        x.transpose(0, 1) if batch_first and x.dim() == 3 else x,
        h,
        c,
        weights,
        layers,
        directions,
        dropout,
        train,
        batch_first,
        batch_sizes,
    )
    _check_fused(call)
    return call


def _split(
    parameters: Sequence[Tensor], kind: Kind, bias: bool, count: int
) -> tuple[Weights, ...]:
    each = len(parameters) // count if count else 0
    plain = 4 if bias else 2
    allowed = (plain, plain + 1) if kind == "lstm" else (plain,)
    if each not in allowed or each * count != len(parameters):
        raise DoesNotFit(
            f"The {kind} operation got {len(parameters)} weights for {count} layers "
            f"and directions."
        )
    return tuple(
        Weights(tuple(parameters[i * each : (i + 1) * each]), kind, bias)
        for i in range(count)
    )


def _check_fused(call: FusedCall) -> None:
    dimensions = 2 if call.batch_sizes else 3
    if call.x.dim() != dimensions:
        raise DoesNotFit(
            f"The input of the {call.kind} has {call.x.dim()} dimensions, and needs "
            f"{dimensions}."
        )
    if not call.x.numel():
        raise DoesNotFit(
            f"The input of the {call.kind} is empty: its shape is "
            f"{tuple(call.x.shape)}.",
            "Give it at least one step and one sample.",
        )
    if call.batch_sizes and sum(call.batch_sizes) != call.x.shape[0]:
        raise DoesNotFit(
            f"The packed sequence has {call.x.shape[0]} rows, but its batch sizes "
            f"add up to {sum(call.batch_sizes)}."
        )
    first = call.weights[0].sizes
    if call.x.shape[-1] != first.input:
        raise DoesNotFit(
            f"The {call.kind} takes {first.input} features per step; its input has "
            f"{call.x.shape[-1]}.",
            f"Give a sequence with {first.input} features per step.",
        )
    count = call.layers * call.directions
    _check_state("h", call.kind, call.h, (count, call.samples, first.state))
    if call.c is not None:
        _check_state("c", call.kind, call.c, (count, call.samples, first.hidden))
    for number, weights in enumerate(call.weights):
        layer = number // call.directions
        wanted = first.input if layer == 0 else first.state * call.directions
        check_weights(weights, wanted)


def _check_state(name: str, kind: str, state: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(state.shape) != shape:
        raise DoesNotFit(
            f"The initial {name} of the {kind} has shape {tuple(state.shape)}, and "
            f"needs {shape}: layers and directions, samples, units.",
            "Give an initial state of that shape, or none for zeros.",
        )


def check_weights(weights: Weights, inputs: int) -> None:
    """Raise ``DoesNotFit`` unless the weights belong together."""
    sizes = weights.sizes
    rows = GATE_ROWS[weights.kind] * sizes.hidden
    wanted = {
        "weight_ih": (rows, inputs),
        "weight_hh": (rows, sizes.state),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
        "weight_hr": (sizes.projection, sizes.hidden),
    }
    for name, weight in weights.named.items():
        if tuple(weight.shape) != wanted[name]:
            raise DoesNotFit(
                f"{name} of the {weights.kind} has shape {tuple(weight.shape)}, and "
                f"needs {wanted[name]}."
            )


def read_cell(
    operation: Any, args: Sequence[Any]
) -> tuple[Tensor, Tensor, Tensor | None, Weights]:
    """Return input, ``h``, ``c`` and weights of a cell, checked.

    Raises
    ------
    DoesNotFit
        If the kernel could not take them.
    """
    kind = CELLS[operation]
    x, states, *parameters = args
    h, c = states if kind == "lstm" else (states, None)
    given = tuple(p for p in parameters if p is not None)
    if len(given) not in (2, 4):
        raise DoesNotFit(f"The {kind} cell got only one of its two biases.")
    weights = Weights(given, kind, len(given) == 4)
    if x.dim() != 2 or h.dim() != 2:
        raise DoesNotFit(
            f"The {kind} cell got an input of shape {tuple(x.shape)} with a state of "
            f"shape {tuple(h.shape)}.",
            "Give both with a batch dimension: (sample, feature) and (sample, unit).",
        )
    sizes = weights.sizes
    if x.shape[1] != sizes.input:
        raise DoesNotFit(
            f"The {kind} cell takes {sizes.input} features per step; its input has "
            f"{x.shape[1]}.",
            f"Give a sequence with {sizes.input} features per step.",
        )
    for name, state in (("h", h), ("c", c)):
        if state is not None and tuple(state.shape) != (x.shape[0], sizes.hidden):
            raise DoesNotFit(
                f"The initial {name} of the {kind} cell has shape "
                f"{tuple(state.shape)}, and needs {(x.shape[0], sizes.hidden)}: "
                f"samples, units.",
                "Give an initial state of that shape, or none for zeros.",
            )
    check_weights(weights, sizes.input)
    return x, h, c, weights
