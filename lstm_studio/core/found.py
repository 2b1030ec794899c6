"""What a file of a sequence holds, before anything of it is chosen."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lstm_studio.core.shapes import Shaped
from lstm_studio.core.summary import SequenceSummary

Form = Literal["array", "table", "text", "sound", ""]
"""``""`` for a file that was not recognised, or not read yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file in words, and what there is to choose in it.

    Attributes
    ----------
    columns
        Names of the columns, or their numbers where they have no names.
    arrays
        Names of the arrays, where the file may hold several.
    """

    form: Form
    text: str
    columns: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """A sequence as it would be given to the model, or why it would not.

    Attributes
    ----------
    low, high
        (column, feature), thinned to what a small picture can show; of the first
        sample and the first features.
    message, next_step
        The refusal, ``""`` where the sequence fits.
    """

    found: Found | None = None
    summary: SequenceSummary | None = None
    low: Shaped[np.ndarray, "column feature"] = field(
        default_factory=lambda: np.empty((0, 0), np.float32)
    )
    high: Shaped[np.ndarray, "column feature"] = field(
        default_factory=lambda: np.empty((0, 0), np.float32)
    )
    message: str = ""
    next_step: str = ""
