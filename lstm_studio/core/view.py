"""What the user looks at, as one value, and the one place where it is clamped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lstm_studio.core.layers import Layer
from lstm_studio.core.spans import NONE, Spans, common

SHORTEST_SPAN: Final = 8


@dataclass(frozen=True, slots=True)
class Pin:
    """A unit that stays on screen as a line; ``sample`` is None for the chosen one."""

    layer: str
    stream: str
    unit: int
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Units of a stream over the steps from the first up to, not with, the last."""

    layer: str
    stream: str
    steps: tuple[int, int]
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: replaced as a whole, never edited.

    Attributes
    ----------
    layer, unit, step, sample
        What was picked; ``layer`` is None only while there is no recording.
    span
        First and last+1 step on screen, the same in every panel.
    streams
        Stream that the heat map of a layer shows; a layer not named shows its first.
    pins
        Units drawn as lines, in the order in which they were pinned.
    follow
        Whether the span and the cursor move along with a run.
    brush
        Steps that were brushed, and stand out in every panel.
    seconds
        Whether step axes are marked in seconds, where the sequence has a rate.
    """

    layer: str | None = None
    unit: int = 0
    step: int = 0
    sample: int = 0
    span: tuple[int, int] = (0, 1)
    streams: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()
    follow: bool = True
    brush: Spans = NONE
    seconds: bool = False

    def stream(self, layer: Layer) -> str:
        """Return the stream that the heat map of ``layer`` shows."""
        return self.streams.get(layer.name, layer.streams[0])


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a recording reaches: what a view is clamped to."""

    layers: Mapping[str, Layer]
    steps: int
    samples: int


def resolve(view: View, extent: Extent) -> View:
    """Return ``view`` clamped to what ``extent`` holds; every panel may trust it."""
    layers = extent.layers
    if not layers:
        return View(follow=view.follow, seconds=view.seconds)
    name = view.layer
    if name is None or name not in layers:
        name = next(iter(layers))
    layer = layers[name]
    steps = max(extent.steps, 1)
    return replace(
        view,
        layer=name,
        unit=_clamp(view.unit, layer.sizes.hidden or layer.sizes.state),
        step=_clamp(view.step, steps),
        sample=_clamp(view.sample, max(extent.samples, 1)),
        span=_clamp_span(view.span, steps),
        streams={
            of: stream
            for of, stream in view.streams.items()
            if of in layers and stream in layers[of].streams
        },
        pins=tuple(
            pin
            for pin in dict.fromkeys(view.pins)
            if pin.layer in layers
            and pin.stream in layers[pin.layer].streams
            and pin.unit < layers[pin.layer].width(pin.stream)
            and (pin.sample is None or 0 <= pin.sample < extent.samples)
        ),
        brush=common(view.brush, ((0, steps),)),
    )


def _clamp(value: int, count: int) -> int:
    return min(max(value, 0), count - 1)


def _clamp_span(span: tuple[int, int], steps: int) -> tuple[int, int]:
    length = min(max(span[1] - span[0], min(SHORTEST_SPAN, steps)), steps)
    start = min(max(span[0], 0), steps - length)
    return start, start + length
