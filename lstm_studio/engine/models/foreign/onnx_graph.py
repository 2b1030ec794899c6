"""The graph of an ONNX file: who makes a value, who takes it, and what is constant."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.contents import EXPANSION_LIMIT

Array = np.ndarray
ReadTensor = Callable[[Any], Array]

_DEPTH: Final = 50
"""Nodes between a weight and the layer that uses it; exporters need four."""


class Scope:
    """One graph, and the graphs around it, whose values it may use.

    Attributes
    ----------
    path
        Names of the nodes that hold the graph, outermost first.
    """

    def __init__(
        self, graph: Any, path: tuple[str, ...] = (), outer: "Scope | None" = None
    ) -> None:
        self.graph = graph
        self.path = path
        self.outer = outer
        self.makers = {out: node for node in graph.node for out in node.output if out}
        self.held = {tensor.name: tensor for tensor in graph.initializer}
        self.given = {value.name for value in graph.input} - set(self.held)
        self.results = {value.name for value in graph.output}
        self.takers: dict[str, list[Any]] = {}
        for node in graph.node:
            for name in dict.fromkeys(node.input):
                self.takers.setdefault(name, []).append(node)
        self.inner = [
            Scope(inside, (*path, node.name or node.op_type), self)
            for node in graph.node
            # The branch that is called "then" comes first.
            for attribute in sorted(node.attribute, key=_name, reverse=True)
            for inside in (
                *([attribute.g] if attribute.HasField("g") else []),
                *attribute.graphs,
            )
        ]

    def everything(self) -> Iterator["Scope"]:
        """Yield this graph and all inside it."""
        yield self
        for scope in self.inner:
            yield from scope.everything()

    def home(self, name: str) -> "Scope | None":
        """Return the graph that a value comes from."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.makers or name in scope.held or name in scope.given:
                return scope
            scope = scope.outer
        return None

    def maker(self, name: str) -> Any | None:
        """Return the node that makes a value, None for constants and inputs."""
        home = self.home(name)
        return home.makers.get(name) if home is not None else None


def _name(attribute: Any) -> str:
    return str(attribute.name)


def attributes(node: Any) -> dict[str, Any]:
    """Return the attributes of a node by name: numbers, texts, lists, tensors."""
    values: dict[str, Any] = {}
    for each in node.attribute:
        for part in ("f", "i", "s", "t"):
            if each.HasField(part):
                value = getattr(each, part)
                values[each.name] = (
                    value.decode("utf-8", "replace")
                    if isinstance(value, bytes)
                    else value
                )
        for part in ("floats", "ints", "strings"):
            if listed := list(getattr(each, part)):
                values[each.name] = [
                    one.decode("utf-8", "replace") if isinstance(one, bytes) else one
                    for one in listed
                ]
    return values


class Constants:
    """Values that do not depend on the input, through the few nodes that move them.

    ``read`` gives the values of a tensor of the file. What is moved may take so many
    bytes as a multiple of what is stored.
    """

    def __init__(self, read: ReadTensor) -> None:
        self._read = read
        self._allowance = 2**20
        self._known: dict[tuple[int, str], Array | None] = {}

    def value(self, scope: Scope, name: str, depth: int = 0) -> Array | None:
        """Return a constant, None for a value that is none."""
        home = scope.home(name) if name else None
        if home is None or depth > _DEPTH:
            return None
        key = id(home), name
        if key not in self._known:
            self._known[key] = self._find(home, name, depth)
        return self._known[key]

    def _spend(self, count: int) -> None:
        self._allowance -= count
        if self._allowance < 0:
            raise CannotOpen(
                f"The constants of the file take more than {EXPANSION_LIMIT} times "
                "what is stored.",
                "Do not open it; ask where it comes from.",
            )

    def stored(self, tensor: Any) -> Array:
        """Return the values of a tensor of the file."""
        values = self._read(tensor)
        self._allowance += EXPANSION_LIMIT * values.nbytes
        return values

    def _find(self, home: Scope, name: str, depth: int) -> Array | None:
        if name in home.held:
            return self.stored(home.held[name])
        node = home.makers.get(name)
        if node is None:
            return None
        told = attributes(node)
        if node.op_type == "Constant":
            if "value" in told:
                return self.stored(told["value"])
            plain = next(iter(told.values()), None)
            return None if plain is None or isinstance(plain, str) else np.array(plain)
        move = _MOVES.get(node.op_type)
        if move is None:
            return None
        inputs = [self.value(home, each, depth + 1) for each in node.input]
        if any(
            value is None and each
            for value, each in zip(inputs, node.input, strict=True)
        ):
            return None
        # None of these nodes gives more than it takes.
        self._spend(sum(value.nbytes for value in inputs if value is not None))
        try:
            return move(inputs, told)
        except (ValueError, TypeError, IndexError, KeyError):
            return None


def _axes(inputs: list[Any], told: dict[str, Any]) -> tuple[int, ...] | None:
    given = inputs[1] if len(inputs) > 1 else told.get("axes")
    return None if given is None else tuple(int(axis) for axis in given)


def _slice(inputs: list[Any], told: dict[str, Any]) -> Array:
    data = inputs[0]
    if len(inputs) < 3:
        starts, ends, steps = told["starts"], told["ends"], None
        axes = told.get("axes")
    else:
        starts, ends = inputs[1], inputs[2]
        axes = inputs[3] if len(inputs) > 3 else None
        steps = inputs[4] if len(inputs) > 4 else None
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    index = [slice(None)] * data.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[int(axis)] = slice(int(start), int(end), int(step))
    part: Array = data[tuple(index)]
    return part


def _unsqueeze(inputs: list[Any], told: dict[str, Any]) -> Array:
    return np.expand_dims(inputs[0], _axes(inputs, told) or ())


_MOVES: Final[dict[str, Callable[[list[Any], dict[str, Any]], Array]]] = {
    "Identity": lambda inputs, told: inputs[0],
    "Unsqueeze": _unsqueeze,
    "Squeeze": lambda inputs, told: np.squeeze(inputs[0], _axes(inputs, told)),
    "Concat": lambda inputs, told: np.concatenate(inputs, told["axis"]),
    "Slice": _slice,
    "Transpose": lambda inputs, told: np.transpose(inputs[0], told.get("perm")),
    "Reshape": lambda inputs, told: np.reshape(inputs[0], [int(n) for n in inputs[1]]),
}
"""How nodes move values without computing any."""
