"""Which window of which stream is exported, and what is written of it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recording import Recording

BLOCK_BYTES: Final = 8_000_000
"""Bytes that are read, and derived, at a time."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A window of one stream; ``stop`` None means all that there is."""

    layer: str
    stream: str
    start: int = 0
    stop: int | None = None
    units: tuple[int, ...] | None = None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A selection with its ends known."""

    recording: Recording
    layer: str
    stream: str
    steps: range
    units: tuple[int, ...]
    sample: int
    told: Callable[[int], None] | None = None
    """Hears how many values of it were written."""

    @property
    def name(self) -> str:
        """Layer and stream: ``lstm.l0.h``."""
        return f"{self.layer}.{self.stream}" if self.layer else self.stream

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self.read(range(self.steps.start, self.steps.start)).dtype

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and units."""
        return len(self.steps), len(self.units)

    def read(self, steps: range) -> np.ndarray[Any, np.dtype[Any]]:
        """Return some of its steps (step, unit)."""
        units = np.asarray(self.units, np.int64)
        rows = slice(steps.start, steps.stop)
        return self.recording.read(self.layer, self.stream, rows, units, self.sample)

    def blocks(self, size: int, control: RunControl | None) -> Iterator[np.ndarray]:
        """Give all its steps, ``size`` at a time; ``control`` may end it between."""
        for start in range(self.steps.start, self.steps.stop, size):
            if control is not None:
                control.checkpoint()
            block = self.read(range(start, min(start + size, self.steps.stop)))
            yield block
            if self.told is not None:
                self.told(block.size)


def window_of(
    recording: Recording,
    selection: Selection,
    told: Callable[[int], None] | None = None,
) -> Window:
    """Return a selection with its ends known, and refuse what is not recorded."""
    if selection.layer not in recording.layers:
        raise CannotSave(
            f"The recording has no layer {selection.layer!r}.",
            f"Choose one of: {', '.join(recording.layers)}.",
        )
    offered = recording.streams(selection.layer)
    if selection.stream not in offered:
        raise CannotSave(
            f"{selection.layer} has no stream {selection.stream!r}.",
            f"Choose one of: {', '.join(offered)}.",
        )
    samples = recording.samples_of(selection.layer)
    if not 0 <= selection.sample < samples:
        raise CannotSave(
            f"{selection.layer} has no sample {selection.sample}: it has {samples}.",
            f"Choose 0 to {samples - 1}.",
        )
    length = recording.length(selection.layer)
    start, stop, _ = slice(selection.start, selection.stop).indices(length)
    probe = recording.read(selection.layer, selection.stream, slice(0, 0))
    width, units = probe.shape[1], selection.units
    if units is None:
        units = tuple(range(width))
    if wrong := [unit for unit in units if not 0 <= unit < width]:
        raise CannotSave(
            f"{selection.layer} has no unit {wrong[0]} of {selection.stream}: it has "
            f"{width}.",
            f"Choose 0 to {width - 1}.",
        )
    return Window(
        recording, selection.layer, selection.stream, range(start, max(start, stop)),
        units, selection.sample, told,
    )  # fmt: skip


def block_size(windows: Sequence[Window]) -> int:
    """Return how many steps of these windows together are read at a time."""
    units = sum(len(window.units) for window in windows)
    return max(BLOCK_BYTES // max(8 * units, 1), 1)


def description(windows: Sequence[Window]) -> dict[str, Any]:
    """Return names, shapes, windows and origin, as they are written."""
    recording = windows[0].recording
    return {
        "arrays": [
            {
                "name": window.name,
                "layer": window.layer,
                "stream": window.stream,
                "axes": ["step", "unit"],
                "shape": list(window.shape),
                "first_step": window.steps.start,
                "units": list(window.units),
                "sample": window.sample,
            }
            for window in windows
        ],
        "origin": asdict(recording.origin),
        "certificate_holds": recording.certificate.holds,
    }


def in_json(windows: Sequence[Window]) -> str:
    """Return the description as it stands in a file."""
    return json.dumps(description(windows), indent=1, ensure_ascii=False)


def names_of(windows: Sequence[Window]) -> list[str]:
    """Return a name for each window, told apart where a stream is chosen twice."""
    names: list[str] = []
    for window in windows:
        name = window.name.replace("/", "_")
        if name in names:
            name += f".sample{window.sample}.step{window.steps.start}"
        while name in names:
            name += "_"
        names.append(name)
    return names


def columns_of(windows: Sequence[Window]) -> list[str]:
    """Return a name for each unit of each window: ``lstm.l0.h[37]``."""
    return [
        f"{name}[{unit}]"
        for name, window in zip(names_of(windows), windows, strict=True)
        for unit in window.units
    ]


def one_span(windows: Sequence[Window]) -> None:
    """Refuse windows of other steps than the first: a table has one row for each."""
    if len({window.steps for window in windows}) > 1:
        raise CannotSave(
            "The selected streams do not have the same steps.",
            "Choose one span for all, or save as .npz.",
        )
