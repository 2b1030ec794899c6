"""Signals that need no file: sine, noise, pulses and one-hot, from a seed."""

import math
from typing import Final

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Float32
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.raw import Raw

KINDS: Final = ("sine", "noise", "pulses", "one-hot")
STEPS: Final = 200
PERIOD: Final = 25.0
DENSITY: Final = 0.05
_LARGEST: Final = 2**30


def generate(kind: str, needs: InputNeeds, choices: Choices) -> Raw:
    """Return a generated sequence (step, feature), or tokens (step).

    Sine: feature ``k`` of ``n`` is ``sin(2 pi (step / period + k / n))``. Noise:
    normal, mean 0, variance 1. Pulses: +1 or -1 at a share ``density`` of the steps.
    One-hot: one feature is 1 at each step, drawn evenly; for a model that takes
    tokens, the token itself.
    """
    if kind not in KINDS:
        raise DoesNotFit(
            f"There is no generated sequence {kind!r}.", f"Choose {', '.join(KINDS)}."
        )
    steps = choices.count("steps", STEPS) or STEPS
    width = choices.count("features", needs.features)
    if width is None:
        raise DoesNotFit(
            "How many features the model takes per step is not known.",
            "Choose the number of features.",
        )
    if steps * width > _LARGEST:
        raise DoesNotFit(
            f"{steps} steps of {width} features would take "
            f"{4 * steps * width / 2**30:.1f} GB.",
            "Choose fewer steps.",
        )
    seed = choices.count("seed", 0, least=0) or 0
    generator = np.random.default_rng(seed)
    name = f"{kind}, {steps} steps" + (f", seed {seed}" if kind != "sine" else "")
    if needs.kind == "tokens":
        if kind != "one-hot":
            raise DoesNotFit(
                f"The model takes tokens; {kind} gives numbers between them.",
                "Choose one-hot, or a text.",
            )
        return Raw(name, "", generator.integers(width, size=steps), ("step",))
    values = _values(kind, steps, width, generator, choices)
    return Raw(name, "", values, ("step", "feature"))


def _values(
    kind: str,
    steps: int,
    width: int,
    generator: np.random.Generator,
    choices: Choices,
) -> Float32[np.ndarray, "step feature"]:
    if kind == "sine":
        period = choices.number("period", PERIOD) or PERIOD
        phase = np.arange(steps)[:, None] / period + np.arange(width) / width
        return np.sin(2 * math.pi * phase).astype(np.float32)
    if kind == "noise":
        return generator.standard_normal((steps, width), np.float32)
    if kind == "pulses":
        density = choices.number("density", DENSITY) or DENSITY
        signs = generator.choice(np.array([-1, 1], np.float32), (steps, width))
        return signs * (generator.random((steps, width), np.float32) < density)
    hot = generator.integers(width, size=steps)
    return np.eye(width, dtype=np.float32)[hot]
