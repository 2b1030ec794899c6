"""The measured proof that a recording is what the model computed, and its origin."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SHORTEST_COMPARED_S: Final = 0.1

Verdict = Literal["holds", "not certified in full", "does not hold"]


@dataclass(frozen=True, slots=True)
class LayerProof:
    """What was measured of one layer.

    Attributes
    ----------
    residual
        Largest ``|recomputed h - recorded h|`` over the steps looked at.
    checkpoint
        Largest difference of the derived ``c`` from the kernel's own at the ends
        of chunks; None for layers without ``c``.
    tolerance
        What both may reach in the precision of the run.
    steps
        Number of steps looked at.
    reason
        Why this layer cannot be certified, ``""`` where it can.
    """

    residual: float
    checkpoint: float | None
    tolerance: float
    steps: int
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the layer was measured and both figures are within tolerance."""
        # Written so that NaN does not hold.
        return (
            not self.reason
            and self.residual <= self.tolerance
            and (self.checkpoint is None or self.checkpoint <= self.tolerance)
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """Figures of all layers, and of the run's output against the plain model.

    Attributes
    ----------
    output_difference
        Largest difference between what the model returned while recorded and what
        it returns without the recorder; 0.0 means bit for bit the same, None that
        it was not compared.
    compared
        What the output was compared over: the whole run, or the first steps of the
        first chunk of each recurrent operation.
    reasons
        What could not be certified, in sentences; also ``"partial: ..."`` for a
        recording that ended early.
    """

    layers: Mapping[str, LayerProof] = field(default_factory=dict)
    output_difference: float | None = None
    output_tolerance: float = 0.0
    compared: Literal["", "first chunk", "whole run"] = ""
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every figure was measured and is within its tolerance."""
        return (
            bool(self.layers)
            and not self.reasons
            and all(proof.holds for proof in self.layers.values())
            and self.output_difference is not None
            and self.output_difference <= self.output_tolerance
        )

    @property
    def verdict(self) -> Verdict:
        """What the figures say, in words: what is wrong apart from what is unknown."""
        if self.holds:
            return "holds"
        measured = (proof for proof in self.layers.values() if not proof.reason)
        differs = self.output_difference is not None and not (
            self.output_difference <= self.output_tolerance
        )
        wrong = differs or not all(proof.holds for proof in measured)
        return "does not hold" if wrong else "not certified in full"

    @property
    def residual(self) -> float | None:
        """Largest residual of all layers, None where nothing was measured."""
        return max((p.residual for p in self.layers.values()), default=None)


class MeasuredWhenAsked:
    """Gives a certificate that is measured when it is first asked for, and once.

    Measuring takes no part of a run's time, and nothing at all of a script that never
    asks. What it looks at must be recorded, so that it does not matter when.
    """

    def __init__(self, measure: Callable[[], Certificate]) -> None:
        self._measure: Callable[[], Certificate] | None = measure
        self._measured = Certificate()
        self._lock = threading.Lock()

    def __call__(self) -> Certificate:
        """Return the certificate."""
        with self._lock:
            if self._measure is not None:
                # What was kept to be measured is let go of.
                self._measured, self._measure = self._measure(), None
            return self._measured


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from; shown under every picture."""

    model: str = ""
    model_sha256: str = ""
    sequence: str = ""
    torch: str = ""
    device: str = ""
    dtype: str = ""
    seconds: float | None = None
    plain_seconds: float | None = None
    created: str = ""
    version: str = ""

    @property
    def ratio(self) -> float | None:
        """Time of the run against the plain forward pass; None where nobody can tell.

        Of a pass of a few milliseconds the ratio would be that of opening files.
        """
        if self.seconds is None or (self.plain_seconds or 0.0) < SHORTEST_COMPARED_S:
            return None
        return self.seconds / (self.plain_seconds or 1.0)
