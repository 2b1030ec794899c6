"""In which order an ONNX graph runs what is around its recurrent layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from torch import Tensor

from lstm_studio.engine.models.foreign.onnx_graph import Constants, Scope, attributes
from lstm_studio.engine.models.foreign.onnx_layers import BLOCKS, OnnxLayer
from lstm_studio.engine.models.foreign.translated import as_tensor

_MOVES: Final = frozenset(
    {"Identity", "Dropout", "Squeeze", "Unsqueeze", "Transpose", "Reshape", "Cast"}
)
"""Nodes that move the axes of a sequence, which has one order in the studio."""
_ASKING: Final = frozenset({"Shape", "Size"})
_ACTIVATIONS: Final[Mapping[str, str]] = {
    "Relu": "relu",
    "LeakyRelu": "leaky_relu",
    "Elu": "elu",
    "Gelu": "gelu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}
_SLOPES: Final = {"LeakyRelu": 0.01, "Elu": 1.0}
"""What the functions of the studio have for alpha."""


@dataclass(frozen=True, slots=True)
class Around:
    """A layer that is not recurrent: its name in the graph, and its weights."""

    name: str
    tensors: Mapping[str, Tensor]


Step = Around | OnnxLayer | str


@dataclass(slots=True)
class Order:
    """The parts that follow each other, and where the graph goes on unknown.

    ``head`` is ``"last step"`` or ``"final state"`` where only that is read.
    """

    steps: list[Step] = field(default_factory=list)
    head: str = ""
    before: str = ""
    after: str = ""


def order_of(
    first: OnnxLayer, layers: Sequence[OnnxLayer], constants: Constants
) -> Order:
    """Return what the graph runs from its input through ``first`` to its output."""
    walk = _Walk(constants, {id(each.node.proto): each for each in layers})
    return walk.through(first)


class _Walk:
    def __init__(self, constants: Constants, layers: Mapping[int, OnnxLayer]) -> None:
        self.constants = constants
        self.layers = layers
        self.order = Order()

    def through(self, first: OnnxLayer) -> Order:
        self._back(first.node.scope, first.node.proto.input[0])
        self.order.steps.reverse()
        self._on(first)
        return self.order

    def _back(self, scope: Scope, name: str) -> None:
        bias: np.ndarray | None = None
        while (home := scope.home(name)) is not None:
            scope, node = home, home.makers.get(name)
            if node is None:
                return
            if node.op_type == "Add" and bias is None:
                split = self._split(scope, node)
                if split is not None:
                    name, bias = split
                    continue
            found = self._part(scope, node, bias)
            if found is None:
                self.order.before = node.op_type
                return
            name, step = found
            if step is not None:
                self.order.steps.append(step)
                bias = None
            if isinstance(step, Around) and "embedding" in step.name:
                return

    def _part(
        self, scope: Scope, node: Any, bias: np.ndarray | None
    ) -> tuple[str, Step | None] | None:
        """Return what a node takes, and the part that it is, None if it is none."""
        told = attributes(node)
        if node.op_type == "Gather" and not told.get("axis"):
            table = self.constants.value(scope, node.input[0])
            if table is None or table.ndim != 2 or not _is_real(table):
                return None
            name = _name(node, node.input[0], "Gather")
            name = name if "emb" in name.lower() else f"{name}.embedding"
            return node.input[1], Around(name, {"weight": as_tensor(table)})
        if bias is None and node.op_type in _MOVES:
            return node.input[0], None
        if bias is None and (word := _activation(node, told)):
            return node.input[0], word
        return self._linear(scope, node, told, bias)

    def _linear(
        self, scope: Scope, node: Any, told: Mapping[str, Any], bias: np.ndarray | None
    ) -> tuple[str, Step] | None:
        if node.op_type not in ("MatMul", "Gemm") or told.get("transA"):
            return None
        weight = self.constants.value(scope, node.input[1])
        if weight is None or weight.ndim != 2 or not _is_real(weight):
            return None
        if node.op_type == "MatMul" or not told.get("transB"):
            weight = weight.T
        if node.op_type == "Gemm":
            if (told.get("alpha", 1.0), told.get("beta", 1.0)) != (1.0, 1.0):
                return None
            if len(node.input) > 2 and node.input[2]:
                bias = self.constants.value(scope, node.input[2])
                if bias is None:
                    return None
        tensors = {"weight": as_tensor(weight)}
        if bias is not None:
            if bias.size != len(weight) or not _is_real(bias):
                return None
            tensors["bias"] = as_tensor(bias.reshape(-1))
        name = _name(node, node.input[1], node.op_type)
        return node.input[0], Around(name, tensors)

    def _split(self, scope: Scope, node: Any) -> tuple[str, np.ndarray] | None:
        """Return what a bias is added to, and the bias."""
        for one, other in (node.input, node.input[::-1]):
            constant = self.constants.value(scope, other)
            if constant is not None and constant.size == max(constant.shape, default=0):
                return one, constant
        return None

    def _on(self, layer: OnnxLayer) -> None:
        self.order.steps.append(layer)
        scope, outputs = layer.node.scope, list(layer.node.proto.output)
        name = outputs[0] if outputs else ""
        if not self._takers(scope, name) and name not in scope.results:
            last = outputs[1] if len(outputs) > 1 else ""
            if last:
                name, self.order.head = last, "final state"
        while True:
            takers = self._takers(scope, name)
            if len(takers) != 1:
                self.order.after = takers[0].op_type if takers else ""
                return
            node = takers[0]
            following = self.layers.get(id(node))
            if following is not None and node.input[0] == name and not self.order.head:
                self._on(following)
                return
            found = self._after(scope, node, name)
            if found is None:
                self.order.after = node.op_type
                return
            name = found

    def _after(self, scope: Scope, node: Any, name: str) -> str | None:
        if self.order.head == "final state" and self._is_top(scope, node, name):
            return str(node.output[0])
        if node.op_type in BLOCKS or node.input[0] != name:
            return None
        if not self.order.head and self._is_last(scope, node):
            self.order.head = "last step"
            return str(node.output[0])
        if node.op_type == "Gather":
            return None
        if node.op_type == "MatMul":
            following = self._takers(scope, node.output[0])
            if len(following) == 1 and following[0].op_type == "Add":
                split = self._split(scope, following[0])
                if split is not None:
                    return self._take(scope, node, split[1], following[0])
        return self._take(scope, node, None, node)

    def _take(
        self, scope: Scope, node: Any, bias: np.ndarray | None, last: Any
    ) -> str | None:
        found = self._part(scope, node, bias)
        if found is None:
            return None
        if found[1] is not None:
            self.order.steps.append(found[1])
        return str(last.output[0])

    def _is_last(self, scope: Scope, node: Any) -> bool:
        return node.op_type in ("Gather", "Slice") and self._index(scope, node) == -1

    def _is_top(self, scope: Scope, node: Any, name: str) -> bool:
        """Whether a node takes the state of the top layer out of those of all."""
        recurrent = [step for step in self.order.steps if isinstance(step, OnnxLayer)]
        if recurrent[-1].bidirectional:
            return False
        if node.op_type == "Concat":
            return bool(node.input[-1] == name)
        return node.op_type == "Gather" and self._index(scope, node) == -1

    def _index(self, scope: Scope, node: Any) -> int | None:
        """Return the only index that a node takes, from the front or the back."""
        if len(node.input) < 2:
            return None
        index = self.constants.value(scope, node.input[1])
        if index is None or index.size != 1:
            return None
        return int(index.reshape(-1)[0])

    def _takers(self, scope: Scope, name: str) -> list[Any]:
        found = [
            node
            for each in scope.everything()
            for node in each.takers.get(name, ())
            if node.op_type not in _ASKING
        ]
        return found if name else []


def _is_real(values: np.ndarray) -> bool:
    return values.dtype.kind == "f"


def _activation(node: Any, told: Mapping[str, Any]) -> str:
    word = _ACTIVATIONS.get(node.op_type, "")
    slope = _SLOPES.get(node.op_type)
    if slope is not None and abs(told.get("alpha", slope) - slope) > 1e-6:
        return ""
    # A sequence in the studio has its values last.
    if word.endswith("softmax") and told.get("axis", -1) not in (-1, 1, 2):
        return ""
    return word


def _name(node: Any, weight: str, kind: str) -> str:
    if weight.endswith(".weight"):
        return weight.removesuffix(".weight")
    words = node.name.strip("/").split("/")
    if words[-1] == kind or words[-1].startswith(f"{kind}_"):
        words = words[:-1]
    return ".".join(filter(None, words)) or kind.lower()
