"""LSTM, GRU and RNN nodes of ONNX as layers of PyTorch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.layers import Kind
from lstm_studio.engine.models.foreign.onnx_graph import Constants, Scope, attributes
from lstm_studio.engine.models.foreign.translated import (
    CannotTranslate,
    as_tensor,
    is_unread,
)

BLOCKS: Final[Mapping[str, tuple[int, ...]]] = {
    "LSTM": (0, 2, 3, 1),
    "GRU": (1, 0, 2),
    "RNN": (0,),
}
"""Which block of rows PyTorch has first: ONNX keeps i, o, f, c and z, r, h."""
QUANTISED: Final = "DynamicQuantizeLSTM"

_ACTIVATIONS: Final[Mapping[str, Sequence[str]]] = {
    "LSTM": ("sigmoid", "tanh", "tanh"),
    "GRU": ("sigmoid", "tanh"),
    "RNN": ("tanh",),
}
_ZEROS: Final = ("ConstantOfShape", "Expand", "Slice", "Unsqueeze", "Squeeze")
_MOVES: Final = ("Identity", "Transpose", "Reshape", "Cast")


@dataclass(frozen=True, slots=True)
class Node:
    """A recurrent node where it stands."""

    scope: Scope
    proto: Any

    @property
    def name(self) -> str:
        """What the module is called: ``/encoder/lstm/LSTM_1`` is ``encoder.lstm``."""
        words = [
            word
            for part in (*self.scope.path, self.proto.name)
            for word in part.strip("/").split("/")
        ]
        kind = self.proto.op_type
        if words[-1] == kind or words[-1].startswith(f"{kind}_"):
            words = words[:-1]
        return ".".join(filter(None, words)) or kind.lower()


@dataclass(frozen=True, slots=True)
class OnnxLayer:
    """One layer of a recurrent module, with one direction or two.

    Attributes
    ----------
    tensors
        By PyTorch's names without the number of the layer: ``weight_ih_l{}_reverse``.
    initial
        (direction, 1, unit) of each state, None where it begins with zeros.
    """

    node: Node
    kind: Kind
    tensors: Mapping[str, Tensor]
    initial: tuple[Tensor, ...] | None
    notes: tuple[str, ...]

    @property
    def bidirectional(self) -> bool:
        """Whether it also runs backwards."""
        return "weight_ih_l{}_reverse" in self.tensors

    @property
    def fits(self) -> tuple[object, ...]:
        """What layers of one module have in common."""
        hidden = self.tensors["weight_hh_l{}"].shape
        return self.kind, tuple(hidden), tuple(self.tensors)


def translate(node: Node, constants: Constants) -> OnnxLayer:
    """Return a node as a layer of PyTorch.

    Raises
    ------
    CannotTranslate
        It computes what no layer of PyTorch does, or its weights are not in the file.
    """
    told = attributes(node.proto)
    kind = _kind(node.proto.op_type, told)
    directions = _directions(told)
    inputs = [*node.proto.input, *[""] * 8]
    w, r = (constants.value(node.scope, name) for name in inputs[1:3])
    if w is None or r is None:
        raise CannotTranslate("its weights are computed as the model runs")
    b = constants.value(node.scope, inputs[3])
    if inputs[3] and b is None:
        raise CannotTranslate("its biases are computed as the model runs")
    peepholes = constants.value(node.scope, inputs[7])
    if inputs[7] and (peepholes is None or peepholes.any()):
        raise CannotTranslate("its gates look at the cell state (peepholes)")
    _check(node.proto.op_type, directions, w, r, b)
    tensors = {}
    for index in range(directions):
        suffix = "l{}_reverse" if index else "l{}"
        tensors[f"weight_ih_{suffix}"] = _rows(node, w[index])
        tensors[f"weight_hh_{suffix}"] = _rows(node, r[index])
        if b is not None:
            of_input, of_state = np.split(b[index], 2)
            tensors[f"bias_ih_{suffix}"] = _rows(node, of_input)
            tensors[f"bias_hh_{suffix}"] = _rows(node, of_state)
    initial, notes = _initial(node, inputs, told, constants, directions)
    if inputs[4]:
        notes = (
            *notes,
            f"{node.name} is told the lengths of its sequences in the file: here it "
            "runs all steps.",
        )
    return OnnxLayer(node, kind, tensors, initial, notes)


def _kind(op_type: str, told: Mapping[str, Any]) -> Kind:
    if told.get("clip"):
        raise CannotTranslate("it clips what its gates are given")
    if told.get("input_forget"):
        raise CannotTranslate("its input gate and forget gate are coupled")
    if op_type == "GRU" and not told.get("linear_before_reset"):
        raise CannotTranslate(
            "it resets the state before the matrix product (linear_before_reset=0), "
            "and torch.nn.GRU does after it"
        )
    expected = tuple(_ACTIVATIONS[op_type])
    given = tuple(str(each).lower() for each in told.get("activations", expected))
    if op_type == "RNN" and set(given) == {"relu"}:
        return "rnn_relu"
    if given not in (expected, expected * 2):
        raise CannotTranslate(
            f"its functions are {', '.join(given)}, and PyTorch's are "
            f"{', '.join(expected)}"
        )
    kinds: Mapping[str, Kind] = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_tanh"}
    return kinds[op_type]


def _directions(told: Mapping[str, Any]) -> int:
    direction = told.get("direction", "forward")
    if direction == "reverse":
        raise CannotTranslate(
            "it runs from the last step to the first only, which no layer of PyTorch "
            "does by itself"
        )
    return 2 if direction == "bidirectional" else 1


def _check(
    op_type: str,
    directions: int,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray | None,
) -> None:
    gates = len(BLOCKS[op_type])
    hidden = r.shape[-1] if r.ndim == 3 else 0
    rows = gates * hidden
    if (
        not hidden
        or r.shape != (directions, rows, hidden)
        or w.ndim != 3
        or w.shape[:2] != (directions, rows)
        or not w.shape[2]
        or (b is not None and b.shape != (directions, 2 * rows))
    ):
        sizes = [" x ".join(map(str, each.shape)) for each in (w, r) if each.ndim]
        raise CannotTranslate(
            f"the sizes of its weights disagree ({' and '.join(sizes)})"
        )


def _rows(node: Node, values: np.ndarray) -> Tensor:
    if is_unread(values):
        return as_tensor(values)
    order = BLOCKS[node.proto.op_type]
    blocks = np.split(values, len(order))
    return as_tensor(np.concatenate([blocks[index] for index in order]), own=True)


def _initial(
    node: Node,
    inputs: Sequence[str],
    told: Mapping[str, Any],
    constants: Constants,
    directions: int,
) -> tuple[tuple[Tensor, ...] | None, tuple[str, ...]]:
    count = 2 if node.proto.op_type == "LSTM" else 1
    states, notes = [], []
    recurrent = constants.value(node.scope, inputs[2])
    hidden = 0 if recurrent is None else recurrent.shape[-1]
    for name in inputs[5 : 5 + count]:
        state = constants.value(node.scope, name)
        if state is None:
            state = np.zeros((directions, 1, hidden), np.float32)
            if name and not _is_zeros(node.scope, name, constants):
                notes.append(
                    f"The initial state of {node.name} is given to the model in the "
                    "file: here it is zeros."
                )
        elif told.get("layout"):
            state = state.swapaxes(0, 1)
        if state.ndim != 3 or state.shape[0] != directions or state.shape[2] != hidden:
            raise CannotTranslate("the size of its initial state disagrees")
        if (state != state[:, :1]).any():
            notes.append(
                f"The file has an initial state of {node.name} for each of "
                f"{state.shape[1]} samples: the first one is used."
            )
        states.append(as_tensor(state[:, :1]))
    if not any(state.any() for state in states):
        return None, tuple(dict.fromkeys(notes))
    return tuple(states), tuple(dict.fromkeys(notes))


def _is_zeros(scope: Scope, name: str, constants: Constants) -> bool:
    """Whether a state of a size that depends on the input is all zeros."""
    for _ in range(20):
        constant = constants.value(scope, name)
        if constant is not None:
            return not constant.any()
        home = scope.home(name)
        node = home.makers.get(name) if home is not None else None
        if node is None or home is None or not node.input:
            return False
        if node.op_type == "ConstantOfShape":
            value = attributes(node).get("value")
            return value is None or not constants.stored(value).any()
        if node.op_type not in (*_ZEROS, *_MOVES):
            return False
        scope, name = home, node.input[0]
    return False


def joined(layers: Sequence[OnnxLayer]) -> tuple[dict[str, Tensor], list[Tensor]]:
    """Return the weights of layers that are one module, and its initial states."""
    tensors = {
        name.format(number): tensor
        for number, layer in enumerate(layers)
        for name, tensor in layer.tensors.items()
    }
    if all(layer.initial is None for layer in layers):
        return tensors, []
    count = 2 if layers[0].kind == "lstm" else 1
    directions = 2 if layers[0].bidirectional else 1
    weight = layers[0].tensors["weight_hh_l{}"]
    zeros = torch.zeros((directions, 1, weight.shape[1]), dtype=weight.dtype)
    states = [
        torch.cat(
            [
                zeros if layer.initial is None else layer.initial[index].to(zeros.dtype)
                for layer in layers
            ]
        )
        for index in range(count)
    ]
    return tensors, states
