"""Whether a model run one step at a time computes what it computes of a sequence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch

from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.stepoutput import Outputs, distance, scale

TOLERANCE_EPS: Final = 128
"""What values of about 1 may differ by, in roundings of the type that the model has.

A step calls another matrix product than a sequence, which adds in another order. In
float32 that makes about 1e-7 (1 eps), and recurrence and large weights let it grow to
2e-6 in what was measured. A state that is not carried makes 1e-2 and more. 128 eps are
1.5e-5, about what the certificate allows.
"""
DRIFT: Final = 1e-3
"""Below it, and after the first steps, a difference is one of rounding that grew."""

Array = np.ndarray[Any, np.dtype[Any]]


def tolerance_of(dtypes: str) -> float:
    """Return what values of about 1 may differ by; the least exact type decides."""
    epsilons = [
        torch.finfo(getattr(torch, name)).eps for name in dtypes.split(", ") if name
    ]
    return TOLERANCE_EPS * max(epsilons, default=torch.finfo(torch.float32).eps)


def refusal(whole: Recording, steps: int) -> str:
    """Return why a model that was run over a sequence cannot be stepped, if so."""
    if steps < 2:
        return "One step proves nothing: give a sequence of at least two."
    for name, layer in whole.layers.items():
        if layer.direction == "reverse":
            return (
                f"{name} reads the sequence from its end, so the whole of it has to "
                f"be there before its first step."
            )
        if any(call.lengths is not None for call in whole.calls(name)):
            return (
                f"{name} runs over a packed sequence, which is sorted by the lengths "
                f"of its samples as a whole: give one sample, or samples of one length."
            )
    return ""


@dataclass(slots=True)
class Agreement:
    """Compares the steps of a run as they come with those of the whole sequence.

    Attributes
    ----------
    reason
        Where they differ first, and why, in a sentence; empty while they agree.
    difference
        The largest difference of a state so far.
    """

    whole: Recording
    stepped: Recording
    steps: int
    tolerance: float
    reason: str = ""
    difference: float = 0.0
    _done: int = 0
    _calls: dict[str, int] = field(default_factory=dict)

    def look(self, done: int) -> None:
        """Compare the states of the steps up to ``done``."""
        if not self._calls and not self._count(done):
            return
        first: tuple[int, str, float] | None = None
        for name, calls in self._calls.items():
            if calls > 1:
                if done == self.steps:
                    first = _earlier(first, self._look_at_several(name, calls))
                continue
            rows = np.arange(self._done, done)
            first = _earlier(first, self._differs(name, "h", rows, rows))
        self._done = done
        if first is not None:
            self.reason = self._why(*first)

    def look_at_output(self, outputs: Outputs, output: Any) -> float:
        """Compare what was returned step by step; return the largest difference."""
        step, difference = outputs.compare(output, self.tolerance)
        if step is not None and not self.reason:
            self.reason = (
                f"Run step by step, the output differs at step {step} by "
                f"{difference:.1g} though all states are the same: what comes after "
                f"the layers looks at several steps, as attention does."
            )
        return difference

    def _count(self, done: int) -> bool:
        """Count the calls of one step; return whether they make up the whole run."""
        for name in self.whole.layers:
            there = name in self.stepped.layers
            length = self.stepped.length(name) if there else 0
            calls, rest = divmod(length, done)
            whole = self.whole.length(name)
            if rest or calls * self.steps != whole or not calls:
                self.reason = (
                    f"{name} runs over {whole} steps for the {self.steps} of the "
                    f"sequence, and over {length} for {done}: its steps are not those "
                    f"of the sequence."
                )
                return False
            self._calls[name] = calls
        return True

    def _look_at_several(self, name: str, calls: int) -> tuple[int, str, float] | None:
        """Compare a layer that is called several times a step.

        Over the whole sequence it either does so step by step as well, or it goes
        over all steps several times.
        """
        rows = np.arange(self.steps * calls)
        first = self._differs(name, "h", rows, rows)
        if first is None:
            return None
        ordered = rows.reshape(self.steps, calls).T.reshape(-1)
        again = self._differs(name, "h", rows, ordered)
        if again is None:
            return None
        return first[0] // calls, name, first[2]

    def _differs(
        self, name: str, stream: str, whole: Array, stepped: Array
    ) -> tuple[int, str, float] | None:
        """Return the first row that differs, and by how much."""
        first: tuple[int, str, float] | None = None
        for sample in range(self.whole.samples_of(name)):
            left = self.whole.read(name, stream, whole, sample=sample)
            right = self.stepped.read(name, stream, stepped, sample=sample)
            apart = distance(left, right).max(axis=1, initial=0.0)
            limit = self.tolerance * scale(left)
            far = np.flatnonzero(~(apart <= limit))
            if len(far):
                first = _earlier(
                    first, (int(whole[far[0]]), name, float(apart[far[0]]))
                )
            elif stream == "h":
                self.difference = max(self.difference, float(apart.max(initial=0.0)))
        return first

    def _why(self, step: int, name: str, difference: float) -> str:
        rows = np.array([step])
        if self._calls[name] == 1 and self._differs(name, "x", rows, rows) is not None:
            return (
                f"Run step by step, {name} gets another input at step {step}: what "
                f"comes before it looks at other steps too, as a convolution over "
                f"time does."
            )
        if step == 0:
            return (
                f"Run step by step, {name} differs at step 0 by {difference:.1g} "
                f"though its input is the same: its first state depends on the "
                f"sequence."
            )
        if step > 1 and difference < DRIFT:
            return (
                f"Run step by step, {name} has drifted by {difference:.1g} at step "
                f"{step}: this model lets the rounding of single steps grow."
            )
        return (
            f"Run step by step, {name} differs at step {step} by {difference:.1g} "
            f"though its input is the same: the model does not go on from the state "
            f"of the step before."
        )


def _earlier(
    first: tuple[int, str, float] | None, other: tuple[int, str, float] | None
) -> tuple[int, str, float] | None:
    if first is None or (other is not None and other[0] < first[0]):
        return other
    return first


def axes_of_steps(
    shape: Sequence[int], whole: Recording, given: int | None
) -> tuple[int, ...]:
    """Return which axes of an input may be that of the steps, the likely one first.

    It is the one that is as long as the first layer. Where two are, the layer's
    ``batch_first`` tells, and the batch comes first where nothing tells.
    """
    if given is not None:
        return (given,)
    first = next(iter(whole.layers.values()))
    length = whole.length(first.name)
    order = (0, 1) if first.batch_first is False else (1, 0)
    axes = tuple(axis for axis in order if axis < len(shape))
    exact = tuple(axis for axis in axes if shape[axis] == length)
    return exact or axes[:1]
