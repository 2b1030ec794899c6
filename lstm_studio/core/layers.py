"""What is recorded, in words: layers, their streams, and the calls that filled them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["lstm", "gru", "rnn_tanh", "rnn_relu", "module"]
Direction = Literal["forward", "reverse"]
InitialState = Literal["zeros", "given", "carried"]

STREAMS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "lstm": ("h", "c", "i", "f", "g", "o"),
    "gru": ("h", "r", "z", "n"),
    "rnn_tanh": ("h",),
    "rnn_relu": ("h",),
    "module": ("output",),
}
"""Streams of each kind of layer, in the order in which they are offered."""

GATES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "lstm": ("i", "f", "g", "o"),
    "gru": ("r", "z", "n"),
    "rnn_tanh": ("h",),
    "rnn_relu": ("h",),
    "module": (),
}
"""Quantities that have a pre-activation, in the order of PyTorch's weight rows."""

PARTS: Final = ("input", "recurrent", "bias")
"""The three terms that a pre-activation is the sum of."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Widths of a layer: ``projection`` is 0 where there is none."""

    input: int
    hidden: int
    projection: int = 0

    @property
    def state(self) -> int:
        """Width of ``h``: the projected width where there is a projection."""
        return self.projection or self.hidden


@dataclass(frozen=True, slots=True)
class Layer:
    """One direction of one layer of one recurrent module.

    Attributes
    ----------
    name
        As PyTorch names its weights: ``encoder.lstm.l1_reverse``; a cell or a
        watched module: the name of the module.
    kind
        ``module`` is the output of a watched module that is not recurrent.
    module
        Name of the module in the model, ``""`` where it is the model itself.
    index
        Number of the layer within its module.
    cell
        True for ``LSTMCell``, ``GRUCell`` and ``RNNCell``.
    batch_first
        As the module has it; None for cells and where nobody could tell.
    """

    name: str
    kind: Kind
    module: str
    index: int
    direction: Direction
    sizes: Sizes
    bias: bool = True
    cell: bool = False
    batch_first: bool | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """Streams that a reader may ask for, without pre-activations and input."""
        return STREAMS[self.kind]

    def width(self, stream: str) -> int:
        """Return the number of units of a stream of this layer."""
        if stream == "x":
            return self.sizes.input
        return self.sizes.state if stream in ("h", "output") else self.sizes.hidden


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation of a recurrent operation: ``start`` up to, not with, ``stop``.

    ``lengths`` holds the number of valid steps of each sample where the input was
    packed; the rest of the call is padding for that sample.
    """

    start: int
    stop: int
    initial_state: InitialState
    lengths: tuple[int, ...] | None = None
