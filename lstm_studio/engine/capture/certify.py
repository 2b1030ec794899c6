"""The proof of a layer: its recorded ``h`` and ``c`` against its own formulas."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.layers import Layer
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.findings import Findings

SAMPLED_UNITS: Final = 64
SAMPLED_STEPS: Final = 16
SAMPLED_WINDOWS: Final = 3
FIRST_STEPS: Final = 64
TOLERANCE: Final = {"float32": 1e-5, "float64": 1e-11}
"""What a derived value of about 1 may differ by."""

Look = Callable[[int], None]
"""Told the number of steps looked at; may raise ``JobCancelled``."""
Array = np.ndarray[Any, np.dtype[Any]]


def layer_proofs(
    recording: Recording, reasons: dict[str, str], look: Look, *, everything: bool
) -> dict[str, LayerProof]:
    """Measure every layer: all of it, or its beginning and some windows.

    Parameters
    ----------
    reasons
        Why a layer cannot be certified, for those where that is known.
    look
        Called after each window with its number of steps.
    """
    proofs = {}
    for name, layer in recording.layers.items():
        if layer.kind == "module":
            continue
        measure = _Measure(recording, layer, everything=everything)
        measure.measure(look)
        reason = reasons.get(name, "") or measure.reason
        proofs[name] = LayerProof(
            measure.residual,
            measure.checkpoint if layer.kind == "lstm" else None,
            measure.tolerance,
            measure.steps,
            reason,
        )
    return proofs


def steps_to_look_at(recording: Recording) -> int:
    """Return how many steps a look at everything takes, over layers and samples."""
    return (
        sum(
            stop - start
            for name, layer in recording.layers.items()
            if layer.kind != "module"
            for start, stop in recording.committed(name)
        )
        * recording.samples
    )


def sampled_proofs(
    recording: Recording, reasons: dict[str, str]
) -> dict[str, LayerProof]:
    """Measure the beginning and some windows of every layer."""
    return layer_proofs(recording, reasons, lambda _: None, everything=False)


def output_tolerance(dtypes: Iterable[str]) -> float:
    """Return what the output may differ by: the least exact layer decides."""
    return max(
        (TOLERANCE.get(dtype, TOLERANCE["float32"]) for dtype in dtypes), default=0.0
    )


def certificate_of(
    recording: Recording, findings: Findings, dtypes: Iterable[str]
) -> Certificate:
    """Return what every run gets: the beginning and sampled windows are measured.

    Parameters
    ----------
    dtypes
        In which the layers ran.
    """
    recurrent = any(layer.kind != "module" for layer in recording.layers.values())
    # Results of single steps are the kernel's own: there is nothing to compare.
    difference = max(
        (measure(recording) for measure in findings.differences), default=0.0
    )
    return Certificate(
        sampled_proofs(recording, findings.layers),
        difference if recurrent else None,
        output_tolerance(dtypes),
        "first chunk" if recurrent else "",
        tuple(findings.sentences),
    )


class _Measure:
    """Looks at windows of one layer and keeps the worst of what it saw."""

    def __init__(self, recording: Recording, layer: Layer, *, everything: bool) -> None:
        self._recording = recording
        self._layer = layer
        self._everything = everything
        self._reverse = layer.direction == "reverse"
        calls = recording.calls(layer.name)
        self._starts = np.array([call.start for call in calls], np.int64)
        self._stops = np.array([call.stop for call in calls], np.int64)
        self._set = np.array([call.initial_state != "carried" for call in calls], bool)
        self._units = self._choose(layer.sizes.hidden)
        self._units_of_h = self._choose(layer.sizes.state)
        self._scale = 1.0
        self._precision = 1e-5
        self.residual = 0.0
        self.checkpoint = 0.0
        self.steps = 0

    @property
    def tolerance(self) -> float:
        return self._precision * self._scale

    @property
    def reason(self) -> str:
        return "" if self.steps else "No step of it was recorded."

    def measure(self, look: Look) -> None:
        samples = self._recording.samples_of(self._layer.name)
        if self._everything:
            for sample in range(samples):
                self._walk(sample, look)
            return
        for sample in sorted({0, samples - 1}):
            for start, stop in self._windows(sample):
                self._look_at_window(start, stop, sample)
                look(stop - start)
            if self._layer.kind == "lstm":
                self._look_at_stretch(sample, look)

    def _walk(self, sample: int, look: Look) -> None:
        for walked in self._recording.walk(self._layer.name, sample):
            self._compare(walked.recomputed, walked.recorded)
            self.steps += len(walked.steps)
            self._widen(walked.kept)
            self.checkpoint = _worse(self.checkpoint, walked.scanned, walked.kept)
            look(len(walked.steps))

    def _compare(self, h: Array, recorded: Array) -> None:
        self._precision = TOLERANCE[str(recorded.dtype)]
        self._widen(recorded)
        self.residual = _worse(self.residual, h, recorded)

    def _choose(self, count: int) -> slice | Array:
        if count <= SAMPLED_UNITS:
            return slice(None)
        random = np.random.default_rng(0)
        return np.sort(random.choice(count, SAMPLED_UNITS, replace=False))

    def _read(self, stream: str, steps: slice | Array, sample: int) -> Array:
        return self._recording.read(
            self._layer.name, stream, steps, self._units, sample
        )

    def _windows(self, sample: int) -> Iterator[tuple[int, int]]:
        spans = self._recording.committed(self._layer.name)
        if not spans:
            return
        start, stop = spans[0][0], spans[-1][1]
        if self._reverse:
            # The first call goes down from the end of this sample in it.
            stop = min(int(self._stops[0]), stop)
            padding = self._recording.padding(self._layer.name, sample)
            valid = np.flatnonzero(~padding[start:stop])
            stop = start + int(valid[-1]) + 1 if len(valid) else stop
            yield max(start, stop - FIRST_STEPS), stop
        else:
            yield start, min(start + FIRST_STEPS, spans[0][1])
        for border in self._borders(start, spans[-1][1]):
            if self._reverse:
                yield max(border - SAMPLED_STEPS, start), border
            else:
                yield border + 1, min(border + 1 + SAMPLED_STEPS, spans[-1][1])

    def _borders(self, start: int, stop: int) -> list[int]:
        """Return steps from which little has to be derived to look further."""
        if self._layer.kind == "lstm":
            borders = np.sort(self._recording.checkpoints(self._layer.name)[0])
            inside = borders[(borders > start) & (borders < stop - 1)]
        else:
            inside = np.arange(start + 1, stop - 1)
        if not len(inside):
            return []
        places = np.linspace(0, len(inside) - 1, SAMPLED_WINDOWS).astype(int)
        return sorted({int(inside[place]) for place in places})

    def _look_at_window(self, start: int, stop: int, sample: int) -> None:
        name = self._layer.name
        padding = self._recording.padding(name, sample)
        valid = np.arange(start, stop)[~padding[start:stop]]
        if not len(valid):
            return
        h = self._recording.recomputed(name, valid, self._units_of_h, sample)
        recorded = self._recording.read(name, "h", valid, self._units_of_h, sample)
        self.steps += len(valid)
        self._compare(h, recorded)

    def _widen(self, values: Array) -> None:
        """Let large values have a larger error: they have no more digits."""
        largest = float(np.abs(values).max(initial=0.0))
        if not np.isfinite(largest):
            finite = np.abs(values[np.isfinite(values)])
            largest = float(finite.max(initial=0.0))
        self._scale = max(self._scale, largest)

    def _look_at_stretch(self, sample: int, look: Look) -> None:
        """Compare ``c`` at the first checkpoint, where that is soon."""
        steps, states = self._recording.checkpoints(self._layer.name)
        if not len(steps):
            return
        step, c = int(steps[0]), states[0, sample]
        call = int(np.searchsorted(self._starts, step, side="right")) - 1
        if self._reverse:
            stretch = np.arange(int(self._stops[call]) - 1, step - 1, -1)
        else:
            begun = self._starts[: call + 1][self._set[: call + 1]]
            stretch = np.arange(int(begun[-1]) if len(begun) else 0, step + 1)
        padding = self._recording.padding(self._layer.name, sample)
        stretch = stretch[~padding[stretch]]
        if not 0 < len(stretch) <= 2 * FIRST_STEPS:
            return
        values = self._recording.read_streams(
            self._layer.name, ("f", "i", "g"), stretch, self._units, sample
        )
        state = self._read("c_prev", stretch[:1], sample)[0]
        added = values["i"] * values["g"]
        for forget, more in zip(values["f"], added, strict=True):
            state = forget * state + more
        self._widen(c)
        self.checkpoint = _worse(self.checkpoint, state, c[self._units])
        look(len(stretch))


def _worse(worst: float, left: Array, right: Array) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(left - right).max(initial=0.0)
    # max() of Python would drop NaN, numpy's keeps it.
    return float(np.maximum(worst, difference))
