"""Files that hold several arrays by name: which one is the sequence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.raw import Raw

LENGTHS: Final = frozenset(
    {"lengths", "length", "lens", "seq_lengths", "seq_lens", "sequence_lengths"}
)
"""Names under which the steps of each sample are kept beside the values."""

Tell = Callable[[Found], None]


@dataclass(frozen=True, slots=True)
class Arrays:
    """The arrays of a file: how large each is, and how to read it.

    Attributes
    ----------
    said
        Shape and type of each array, in words.
    read
        Gives the values of an array by its name.
    """

    name: str
    path: str
    said: Mapping[str, str]
    read: Callable[[str], Shaped[np.ndarray, "..."]]


def in_words(shape: tuple[int, ...], dtype: object) -> str:
    """Return a shape and a type as people read them: ``10 × 4, float32``."""
    return f"{' × '.join(map(str, shape)) or 'a single number'}, {dtype}"


def read_chosen(arrays: Arrays, choices: Choices, tell: Tell) -> Raw:
    """Read the chosen array, the only one where there is one, and its lengths."""
    beside = [key for key in arrays.said if _last(key) in LENGTHS]
    usual = tuple(key for key in arrays.said if key not in beside) or tuple(arrays.said)
    key = _chosen(arrays, usual, choices, tell)
    values = arrays.read(key)
    width = values.shape[-1] if values.ndim > 1 else 0
    tell(
        Found(
            "array",
            f"An array of {arrays.said[key]}.",
            tuple(map(str, range(width))),
            tuple(arrays.said) if len(arrays.said) > 1 else (),
        )
    )
    name = f"{arrays.name}: {key}" if key else arrays.name
    lengths, notes = _lengths(arrays, key, beside, values, choices)
    return Raw(name, arrays.path, values, lengths=lengths, notes=notes)


def _last(key: str) -> str:
    return key.replace("/", ".").rpartition(".")[2].lower()


def _chosen(
    arrays: Arrays, usual: tuple[str, ...], choices: Choices, tell: Tell
) -> str:
    name, known = arrays.name, tuple(arrays.said)
    if not known:
        raise CannotOpen(
            f"{name} holds no array of numbers.", "Choose a file that does."
        )
    if len(usual) == 1 and "array" not in choices.names:
        return usual[0]
    listed = ", ".join(known)
    tell(Found("array", f"{len(known)} arrays: {listed}.", arrays=known))
    if "array" not in choices.names:
        raise DoesNotFit(f"{name} holds {len(known)} arrays: {listed}.", "Choose one.")
    chosen = choices.text("array", "")
    if chosen not in known:
        raise DoesNotFit(
            f"{name} has no array {chosen!r}.", f"Choose one of: {listed}."
        )
    return chosen


def _lengths(
    arrays: Arrays,
    key: str,
    beside: list[str],
    values: Shaped[np.ndarray, "..."],
    choices: Choices,
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the lengths that the file holds, unless they were typed."""
    chosen = choices.value("lengths")
    named = isinstance(chosen, str) and chosen in arrays.said
    if chosen is not None and not named:
        return (), ()
    usual = next((one for one in beside if one != key), "")
    other = str(chosen) if named else usual
    if not other:
        return (), ()
    found = arrays.read(other)
    if not named and len(found.ravel()) not in values.shape[:2]:
        # They belong to another array of the file.
        return (), ()
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise DoesNotFit(
            f"The array {other} is {arrays.said[other]}: it cannot be the lengths.",
            "Choose lengths of whole numbers, one for each sample.",
        )
    note = f"The lengths of the samples are those of the array {other}."
    return tuple(int(length) for length in found), (note,)
