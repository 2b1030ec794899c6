"""How large a run will be and how long it will take, said before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from lstm_studio.core.layers import Layer

BYTES: Final = 4
"""Of a value: half precision is stored as single; double is twice as much."""
ASKED_ABOVE: Final = 0.5
"""Share of the free room above which the user is asked first."""
PRODUCTS_PER_S: Final = 2e9
LAYER_STEP_S: Final = 3e-6
"""A usual machine: multiplications in a second, and the least time of one step."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run is expected to take, and what there is room for.

    Attributes
    ----------
    bytes, free
        What it writes, and what the disk has room for.
    memory, free_memory
        What it holds while it runs, and what can be had.
    allowed
        What it may hold unasked; 0 is half of what can be had.
    seconds
        How long it takes, 0 where nothing is known of that.
    """

    bytes: int
    free: int
    memory: int = 0
    free_memory: int = 0
    seconds: float = 0.0
    allowed: int = 0

    @property
    def asks(self) -> bool:
        """Whether this is so much that the user should say yes first."""
        return self.bytes > ASKED_ABOVE * self.free or self._holds_much

    @property
    def _holds_much(self) -> bool:
        return self.memory > (self.allowed or ASKED_ABOVE * self.free_memory)

    def __str__(self) -> str:
        words = (
            f"The recording will take about {in_words(self.bytes)}; the disk has "
            f"{in_words(self.free)} free{_fits(self.bytes, self.free)}."
        )
        if self._holds_much:
            words += (
                f" The run will hold about {in_words(self.memory)} in memory, of "
                f"which {in_words(self.free_memory)} are free"
                f"{_fits(self.memory, self.free_memory)}."
            )
        if self.seconds:
            words += f" It will take about {time_in_words(self.seconds)}."
        return words


def _fits(wanted: int, free: int) -> str:
    return "" if wanted <= free else ", which is not enough"


def predicted_bytes(
    layers: Iterable[Layer],
    steps: int,
    samples: int,
    streams: Literal["derive", "all"] = "derive",
) -> int:
    """Return about how many bytes a run over these layers writes.

    Each step of each sample stores ``h`` or all streams, and ``x`` where it is not
    the state of a layer below. What other modules give and checkpoints of ``c`` are
    left out: they are small beside it.
    """
    layers = tuple(layers)
    return BYTES * steps * samples * sum(_width(layer, streams) for layer in layers)


def predicted_memory(layers: Iterable[Layer], steps: int, samples: int) -> int:
    """Return about how many bytes a run holds at once: a layer's input and output."""
    widest = max(
        (layer.sizes.input + 2 * layer.sizes.state for layer in layers), default=0
    )
    return BYTES * steps * samples * widest


def predicted_seconds(layers: Iterable[Layer], steps: int, samples: int) -> float:
    """Return about how long a run takes on a usual machine, to the power of ten."""
    layers = tuple(layers)
    products = sum(
        len(layer.streams)
        * layer.sizes.hidden
        * (layer.sizes.input + layer.sizes.state)
        for layer in layers
    )
    each = products * samples / PRODUCTS_PER_S + LAYER_STEP_S * len(layers)
    return steps * each


def _width(layer: Layer, streams: Literal["derive", "all"]) -> int:
    kept = layer.streams if streams == "all" else layer.streams[:1]
    width = sum(layer.width(stream) for stream in kept)
    # Both directions of the first layer share what they are fed.
    own = layer.index == 0 and layer.direction == "forward" and layer.kind != "module"
    return width + (layer.sizes.input if own else 0)


def in_words(count: int) -> str:
    """Return a number of bytes as people say it: ``1.5 GB``."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def time_in_words(seconds: float) -> str:
    """Return a time as people say it: ``8 s``, ``3 min``, ``2 h``, ``5 days``."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1):.0f} s"
