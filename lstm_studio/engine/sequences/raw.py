"""What a reader hands on: values of a file, before they are fitted to a model."""

from dataclasses import dataclass

import numpy as np

from lstm_studio.core.shapes import Shaped


@dataclass(frozen=True, slots=True)
class Raw:
    """Values as they were found.

    Attributes
    ----------
    values
        Any shape and numeric type; ``axes`` names each axis, "" if not known.
    names
        Names of the features, "" for one without; ``()`` where there are none.
    labels
        One text per step, for tokens.
    rate
        Steps per second, where the sequence has seconds.
    chosen
        Whether the columns were chosen already, by the reader.
    lengths
        Steps of each sample before its padding begins, ``()`` where there is none.
    notes
        What was done to the values, in sentences.
    """

    name: str
    path: str
    values: Shaped[np.ndarray, "..."]
    axes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    rate: float | None = None
    chosen: bool = False
    lengths: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
