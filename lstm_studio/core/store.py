"""What a recorder writes and a recording reads: its tracks, and facts about them."""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from lstm_studio.core.certificate import Certificate, Origin
from lstm_studio.core.refined import Refined
from lstm_studio.core.rows import Array
from lstm_studio.core.track import Table, Track

State = Literal["running", "live", "complete", "partial"]
GROWING: Final = ("running", "live")
"""States of a recording that may get more rows."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """The sequence that was run.

    Attributes
    ----------
    read
        Gives the values, ``(step, sample, feature)`` or ``(step, sample)`` of
        tokens; they may lie in a file.
    labels
        One text per step, or per feature.
    rate
        Steps per second, where the sequence has such a rate.
    """

    read: Callable[[], Array]
    labels: tuple[str, ...] = ()
    name: str = ""
    rate: float | None = None

    @property
    def values(self) -> Array:
        """The values, read when asked for."""
        return self.read()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Store:
    """The state that one writer changes and many readers look at."""

    tracks: dict[str, Track] = field(default_factory=dict)
    state: State = "running"
    path: Path | None = None
    sequence: Sequence | None = None
    load_output: Callable[[], Any] | None = None
    load_certificate: Callable[[], Certificate] = Certificate
    origin: Origin = field(default_factory=Origin)
    problems: tuple[str, ...] = ()
    temporary: "weakref.finalize[Any, Any] | None" = None
    """Removes the folder, where it is ours and not the user's."""
    refined: dict[tuple[str, str, int, int], Refined] = field(default_factory=dict)
    """Overviews made for pictures, by layer, stream, sample and steps of a row."""

    def track(self, layer: str) -> Track:
        """Return a layer by name."""
        try:
            return self.tracks[layer]
        except KeyError:
            raise ValueError(
                f"No layer is called {layer!r}; there are: {', '.join(self.tracks)}."
            ) from None

    @property
    def certificate(self) -> Certificate:
        """The figures of the run; measured or read when asked for."""
        return self.load_certificate()

    @certificate.setter
    def certificate(self, certificate: Certificate) -> None:
        self.load_certificate = lambda: certificate

    @property
    def samples(self) -> int:
        """Number of samples of the layer that has most."""
        return max((t.samples for t in self.tracks.copy().values()), default=0)

    def sources(self, track: Track) -> tuple[Table, ...]:
        """Return the stored streams whose rows side by side are ``x`` of a layer."""
        return tuple(source.tables[stream] for source, stream in self.origins(track))

    def origins(self, track: Track) -> list[tuple[Track, str]]:
        """Return the layers and streams that ``x`` of a layer is stored as."""
        if not track.inputs:
            return [(track, "x")]
        result: list[tuple[Track, str]] = []
        for name, stream in track.inputs:
            source = self.track(name)
            result += self.origins(source) if stream == "x" else [(source, stream)]
        return result


def prepared(weights: Mapping[str, Array], dtype: np.dtype[Any]) -> dict[str, Array]:
    """Return weights as the products take them: contiguous, in the layer's dtype."""
    return {
        name: np.array(values, dtype, order="C", copy=True)
        for name, values in weights.items()
    }
