"""Several samples: which of them, how long each is, and rows that belong together."""

from collections.abc import Sequence

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Bool, Shaped
from lstm_studio.engine.sequences.choices import Choices


def choose_samples(
    values: Shaped[np.ndarray, "sample step *feature"],
    known: tuple[int, ...],
    choices: Choices,
) -> tuple[Shaped[np.ndarray, "chosen cut *feature"], tuple[int, ...]]:
    """Return the chosen samples, padding set to 0, and the length of each.

    Parameters
    ----------
    known
        Lengths that the file itself tells, ``()`` where it tells none.

    Returns
    -------
    tuple
        Cut to the longest sample; ``()`` for lengths where no sample ends early.
    """
    there = len(values)
    chosen = choices.wholes("samples")
    if wrong := [number for number in chosen if number >= there]:
        last = f"0 to {there - 1}" if there > 1 else "0"
        raise DoesNotFit(
            f"There is no sample {wrong[0]}: the file has {there}.", f"Choose {last}."
        )
    lengths = known or choices.wholes("lengths")
    picked = chosen or tuple(range(there))
    if chosen:
        values = values[list(chosen)]
    if not lengths:
        return values, ()
    if len(lengths) == there:
        lengths = tuple(lengths[number] for number in picked)
    elif len(lengths) != len(picked):
        raise DoesNotFit(
            f"{len(lengths)} lengths were given for {len(picked)} samples.",
            "Give one for each sample.",
        )
    steps = values.shape[1]
    for sample, length in zip(picked, lengths, strict=True):
        if not 1 <= length <= steps:
            raise DoesNotFit(
                f"Sample {sample} is given a length of {length}; it has {steps} steps.",
                f"Choose lengths of 1 to {steps}.",
            )
    if min(lengths) == steps:
        return values, ()
    values = values[:, : max(lengths)].copy()
    values[~within(lengths, values.shape[1])] = 0
    return values, lengths if min(lengths) < max(lengths) else ()


def within(lengths: Sequence[int], steps: int) -> Bool[np.ndarray, "sample step"]:
    """Return which steps of each sample are before its padding."""
    inside: np.ndarray = np.arange(steps)[None, :] < np.asarray(lengths)[:, None]
    return inside


def grouped(
    rows: Shaped[np.ndarray, "row feature"], keys: Sequence[object]
) -> tuple[Shaped[np.ndarray, "sample step feature"], tuple[int, ...]]:
    """Return rows with the same key as one sample, in the order of the first rows."""
    numbers: dict[object, int] = {}
    sample = np.array([numbers.setdefault(key, len(numbers)) for key in keys], int)
    lengths = np.bincount(sample, minlength=len(numbers))
    values = np.zeros((len(numbers), max(lengths, default=0), rows.shape[1]))
    for number in range(len(numbers)):
        values[number, : lengths[number]] = rows[sample == number]
    return values, tuple(int(length) for length in lengths)
