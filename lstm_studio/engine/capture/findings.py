"""What a run noticed that its certificate has to say, in sentences."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lstm_studio.core.recording import Recording

Difference = Callable[[Recording], float]
"""Gives a difference, with the help of the recording in which it was found."""


@dataclass(slots=True)
class Findings:
    """Sentences about the run and about single layers, each kept once.

    Attributes
    ----------
    differences
        Give how far the first steps of each module are from the plain operation's.
    """

    sentences: dict[str, None] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    _seen_not_finite: bool = False

    def say(self, sentence: str) -> None:
        """Add a sentence about the run."""
        self.sentences.setdefault(sentence)

    def say_of(self, layer: str, sentence: str) -> None:
        """Add why ``layer`` cannot be certified."""
        self.layers.setdefault(layer, sentence)

    def not_finite(
        self,
        layer: str,
        stream: str,
        rows: np.ndarray,
        start: int,
        valid: np.ndarray | None = None,
        *,
        reverse: bool = False,
    ) -> None:
        """Name the first NaN or Inf of the run in ``rows`` (step, sample, unit)."""
        bad = ~np.isfinite(rows)
        if valid is not None:
            bad &= valid[:, :, None]
        if self._seen_not_finite or not bad.any():
            return
        self._seen_not_finite = True
        steps = np.flatnonzero(bad.any(axis=(1, 2)))
        step = int(steps[-1 if reverse else 0])
        sample, unit = (int(place[0]) for place in np.nonzero(bad[step]))
        word = "NaN" if np.isnan(rows[step, sample, unit]) else "infinite"
        what = f"feature {unit} of the input" if stream == "x" else f"unit {unit}"
        self.say(
            f"{layer}: {what} is {word} at step {start + step}, sample {sample}, the "
            f"first value of the run that is not a number."
        )
