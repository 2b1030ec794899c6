"""The recurrent layers, embeddings and linear layers that weights were made for.

Everything here follows from names and shapes alone, as PyTorch gives them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lstm_studio.core.layers import Kind, Layer, Sizes

Shapes = Mapping[str, tuple[int, ...]]

RECURRENT_NAME: Final = re.compile(
    r"(?P<what>weight|bias)_(?P<of>ih|hh|hr)(?:_l(?P<layer>\d+)(?P<reverse>_reverse)?)?"
)
_KINDS: Final[Mapping[int, Kind]] = {4: "lstm", 3: "gru", 1: "rnn_tanh"}


class Inconsistent(ValueError):
    """Weights of one module whose sizes do not belong together."""


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A recurrent module; ``rnn_tanh`` stands for an RNN until its file tells more."""

    module: str
    kind: Kind
    input: int
    hidden: int
    projection: int = 0
    layers: int = 1
    bidirectional: bool = False
    bias: bool = True
    cell: bool = False

    @property
    def width(self) -> int:
        """Number of values that it gives per step."""
        return (self.projection or self.hidden) * (2 if self.bidirectional else 1)

    @property
    def text(self) -> str:
        """The module as PyTorch writes it: ``LSTM(4, 126)``."""
        name = {"lstm": "LSTM", "gru": "GRU"}.get(self.kind, "RNN")
        flags = [str(self.input), str(self.hidden)]
        if self.layers > 1:
            flags.append(f"num_layers={self.layers}")
        if self.projection:
            flags.append(f"proj_size={self.projection}")
        if self.bidirectional:
            flags.append("bidirectional=True")
        if not self.bias:
            flags.append("bias=False")
        return f"{name}{'Cell' if self.cell else ''}({', '.join(flags)})"


@dataclass(frozen=True, slots=True)
class Around:
    """A module before or after the recurrent ones: ``width_in`` to ``width_out``."""

    module: str
    kind: Literal["embedding", "linear", "conv"]
    width_in: int
    width_out: int
    bias: bool

    @property
    def text(self) -> str:
        """The module as PyTorch writes it: ``Linear(126, 1)``."""
        name = {"embedding": "Embedding", "linear": "Linear", "conv": "Conv1d"}
        flags = f"{self.width_in}, {self.width_out}"
        if self.kind == "conv":
            flags += ", 1"
        if not self.bias and self.kind != "embedding":
            flags += ", bias=False"
        return f"{name[self.kind]}({flags})"


@dataclass(frozen=True, slots=True)
class Layout:
    """What was recognised among the weights, and what was not, in file order."""

    recurrent: tuple[Recurrent, ...]
    around: tuple[Around, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    """Recurrent modules whose weights do not fit together, and why."""
    other: tuple[str, ...] = ()
    """Names of the weights that belong to nothing of the above."""
    order: tuple[str, ...] = ()
    """Names of all modules that have weights, in file order."""


def lay_out(shapes: Shapes) -> Layout:
    """Return the modules that weights of these names and shapes belong to."""
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        module, _, last = name.rpartition(".")
        groups.setdefault(module, {})[last] = shape
    recurrent: list[Recurrent] = []
    around: list[Around] = []
    broken: dict[str, str] = {}
    other: list[str] = []
    for module, group in groups.items():
        own = {n: s for n, s in group.items() if RECURRENT_NAME.fullmatch(n)}
        if any(name.startswith("weight_hh") for name in own):
            try:
                recurrent.append(_recurrent(module, own))
            except Inconsistent as error:
                broken[module] = str(error)
            rest = {n: s for n, s in group.items() if n not in own}
        else:
            rest = group
        if found := _around(module, rest):
            around.append(found)
        else:
            other.extend(f"{module}.{n}" if module else n for n in rest)
    return Layout(tuple(recurrent), tuple(around), broken, tuple(other), tuple(groups))


def _recurrent(module: str, group: Shapes) -> Recurrent:
    cells = "weight_hh" in group
    if cells and len(group) > 4:
        raise Inconsistent("it has weights of a cell and of a layer")
    depth = 1 + max(
        int(match["layer"] or 0)
        for match in map(RECURRENT_NAME.fullmatch, group)
        if match
    )
    if depth > len(group):
        raise Inconsistent(f"it names layer {depth - 1}, but not all before it")
    suffix = "" if cells else "_l0"
    first = _matrix(group, f"weight_ih{suffix}")
    rows, state = _matrix(group, f"weight_hh{suffix}")
    projection = 0
    hidden = state
    if f"weight_hr{suffix}" in group:
        projection, hidden = _matrix(group, f"weight_hr{suffix}")
    blocks = rows // hidden if hidden and rows % hidden == 0 else 0
    if blocks not in _KINDS or (projection and blocks != 4):
        raise Inconsistent(
            f"weight_hh{suffix} is {rows} x {state}: an LSTM has 4 rows per unit, a "
            "GRU 3, an RNN 1"
        )
    made = Recurrent(
        module,
        _KINDS[blocks],
        first[1],
        hidden,
        projection,
        depth,
        bidirectional="weight_hh_l0_reverse" in group,
        bias=f"bias_ih{suffix}" in group,
        cell=cells,
    )
    _check(made, group)
    return made


def _matrix(group: Shapes, name: str) -> tuple[int, int]:
    shape = group.get(name)
    if shape is None:
        raise Inconsistent(f"{name} is missing")
    if len(shape) != 2 or 0 in shape:
        raise Inconsistent(f"{name} is no matrix: {times(shape)}")
    return shape[0], shape[1]


def _check(made: Recurrent, group: Shapes) -> None:
    expected = expected_shapes(made)
    for name, shape in expected.items():
        if name not in group:
            raise Inconsistent(f"{name} is missing")
        if group[name] != shape:
            raise Inconsistent(
                f"{name} is {times(group[name])}, where the other weights give "
                f"{times(shape)}"
            )
    if extra := [name for name in group if name not in expected]:
        raise Inconsistent(f"{extra[0]} belongs to no layer of it")


def expected_shapes(made: Recurrent) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights of a recurrent module."""
    gates = {kind: blocks for blocks, kind in _KINDS.items()}.get(made.kind, 1)
    rows = gates * made.hidden
    state = made.projection or made.hidden
    shapes: dict[str, tuple[int, ...]] = {}
    for suffix, width in _suffixes(made):
        shapes[f"weight_ih{suffix}"] = (rows, width)
        shapes[f"weight_hh{suffix}"] = (rows, state)
        if made.bias:
            shapes[f"bias_ih{suffix}"] = shapes[f"bias_hh{suffix}"] = (rows,)
        if made.projection:
            shapes[f"weight_hr{suffix}"] = (made.projection, made.hidden)
    return shapes


def _suffixes(made: Recurrent) -> Iterable[tuple[str, int]]:
    if made.cell:
        yield "", made.input
        return
    for layer in range(made.layers):
        width = made.width if layer else made.input
        yield f"_l{layer}", width
        if made.bidirectional:
            yield f"_l{layer}_reverse", width


def layers_of(made: Recurrent) -> tuple[Layer, ...]:
    """Return the layers of a recurrent module, named as PyTorch names its weights."""
    if made.cell:
        return (_layer(made, made.module, 0, reverse=False, width=made.input),)
    layers = []
    for suffix, width in _suffixes(made):
        reverse = suffix.endswith("_reverse")
        index = int(suffix.removesuffix("_reverse")[2:])
        name = ".".join(filter(None, (made.module, suffix[1:])))
        layers.append(_layer(made, name, index, reverse=reverse, width=width))
    return tuple(layers)


def _layer(
    made: Recurrent, name: str, index: int, *, reverse: bool, width: int
) -> Layer:
    return Layer(
        name,
        made.kind,
        made.module,
        index,
        "reverse" if reverse else "forward",
        Sizes(width, made.hidden, made.projection),
        bias=made.bias,
        cell=made.cell,
    )


def _around(module: str, group: Shapes) -> Around | None:
    weight = group.get("weight")
    if weight is None or len(group) > 2 or 0 in weight:
        return None
    bias = group.get("bias")
    if len(group) == 2 and bias != (weight[0],):
        return None
    if len(weight) == 3 and weight[2] == 1:
        return Around(module, "conv", weight[1], weight[0], bias is not None)
    if len(weight) != 2:
        return None
    return Around(module, "linear", weight[1], weight[0], bias is not None)


def times(shape: tuple[int, ...]) -> str:
    """Return a shape in words: ``504 x 126``."""
    return " x ".join(map(str, shape)) or "a single number"
