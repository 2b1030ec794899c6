"""What a model predicted held against what it was given, some steps later."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.shapes import Float, Num

Values = Num[np.ndarray, "step channel"]
Given = Num[np.ndarray, "time feature"]

MOST_STEPS: Final = 65_536
"""Steps that are compared; of more, evenly spaced ones."""
FOLLOWS: Final = 0.8
"""Correlation from which on an output is taken for a prediction."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which output is held against which input.

    Attributes
    ----------
    output
        Channel of the output; None holds each against the input of its number.
    given
        Channel of the input.
    shift
        How many steps later the input is that an output predicts.
    """

    output: int | None
    given: int
    shift: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near predicted and given are: over ``steps`` steps, all channels together."""

    difference: float
    correlation: float
    steps: int


def paired(
    output: Values, given: Given, pairing: Pairing
) -> tuple[Num[np.ndarray, "step pair"], Float[np.ndarray, "step pair"]]:
    """Return the predicted channels and, as long as these, what they predict.

    Where the sequence has ended there is NaN.
    """
    if pairing.output is None:
        predicted, there = output, given
    else:
        predicted = output[:, pairing.output : pairing.output + 1]
        there = given[:, pairing.given : pairing.given + 1]
    later = np.full(predicted.shape, np.nan, np.float32)
    shown = there[pairing.shift : pairing.shift + len(later)]
    later[: len(shown)] = shown
    return predicted, later


def agreement(predicted: Values, later: Float[np.ndarray, "step channel"]) -> Agreement:
    """Return how near they are, where both are numbers."""
    every = max(math.ceil(len(predicted) / MOST_STEPS), 1)
    one = predicted[::every].astype(np.float64)
    other = later[::every].astype(np.float64)
    both = np.isfinite(one) & np.isfinite(other)
    steps = int(both.any(axis=1).sum())
    one, other = one[both], other[both]
    if not steps:
        return Agreement(math.nan, math.nan, 0)
    difference = float(np.abs(one - other).mean())
    spread = float(one.std() * other.std())
    moved = (one - one.mean()) * (other - other.mean())
    # Of what never changes nothing follows anything.
    correlation = float(moved.mean()) / spread if spread > 0 else math.nan
    return Agreement(difference, correlation, steps)


def suggestion(output: Values, given: Given) -> tuple[Pairing, bool]:
    """Return the likeliest pairing, and whether the output follows what it pairs."""
    if output.shape[1] == given.shape[1]:
        tried = [Pairing(None, 0, shift) for shift in (1, 0)]
    else:
        channels = range(min(given.shape[1], 16))
        tried = [Pairing(0, channel, shift) for channel in channels for shift in (1, 0)]
    found = [agreement(*paired(output, given, pairing)) for pairing in tried]
    # NaN never wins; of equals the first does, which is the next step.
    follows = [each.correlation if each.steps > 2 else 0.0 for each in found]
    best = int(np.argmax(np.nan_to_num(follows)))
    if follows[best] >= FOLLOWS:
        return tried[best], True
    return tried[0], False
