"""How large a run will be, said before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from lstm_studio.core.layers import Layer

BYTES: Final = 4
"""Of a value: half precision is stored as single; double is twice as much."""
ASKED_ABOVE: Final = 0.5
"""Share of the free room above which the user is asked first."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes that a run is expected to write, and how many there is room for."""

    bytes: int
    free: int

    @property
    def asks(self) -> bool:
        """Whether this is so much that the user should say yes first."""
        return self.bytes > ASKED_ABOVE * self.free

    def __str__(self) -> str:
        fits = "" if self.bytes <= self.free else ", which is not enough"
        return (
            f"The recording will take about {in_words(self.bytes)}; the disk has "
            f"{in_words(self.free)} free{fits}."
        )


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
