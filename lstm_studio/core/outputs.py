"""What a model returned, as rows over steps: which axis is which, and what it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.shapes import Bool, Float, Int64

Values = Float[np.ndarray, "step channel"]


RANKS: Final = 5
MOST_RANKED: Final = 1 << 26
"""Values of a whole output up to which the most likely tokens are looked for."""
PIECE_VALUES: Final = 1 << 20
"""Values that are ranked at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The most likely tokens of each step, and their shares of 1.

    ``kind`` is ``"softmax"`` where the shares were made of logits.
    """

    tokens: Int64[np.ndarray, "step rank"]
    shares: Float[np.ndarray, "step rank"]
    kind: Literal["softmax", "probabilities"]


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """One array of a model's output, of one sample.

    Attributes
    ----------
    axis
        ``"step"`` where there is a row for each step, ``"none"`` where there is one
        row for the whole sequence, ``"absent"`` where there are no numbers.
    low, high
        The least and the largest finite value.
    ranking
        Where the channels are tokens.
    """

    name: str
    values: Values
    axis: Literal["step", "none", "absent"]
    low: float = 0.0
    high: float = 0.0
    probabilities: bool = False
    ranking: Ranking | None = None


def read_output(recording: Recording, sample: int, tokens: int) -> Output:
    """Return what a model returned, ready to be drawn.

    ``tokens`` is the size of its vocabulary, 0 where it has none.
    """
    lengths = sorted({recording.length(name) for name in recording.layers})
    found = find_output(recording.output, lengths[::-1], recording.samples, sample)
    if found is None:
        return Output("", np.zeros((0, 0), np.float32), "absent")
    padding = _padding(recording, len(found.values), sample)
    # What a model makes of padding is nothing that it said about the sequence.
    values = np.where(padding[:, np.newaxis], np.float32(np.nan), found.values)
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    probabilities = are_probabilities(found.values[~padding])
    ranking = None
    if tokens == values.shape[1] and found.axis == "step" and tokens > 1:
        ranking = rank(values, probabilities=probabilities)
    return replace(
        found,
        values=values,
        low=float(low),
        high=float(high),
        probabilities=probabilities,
        ranking=ranking,
    )


def _padding(
    recording: Recording, steps: int, sample: int
) -> Bool[np.ndarray, " step"]:
    for name in recording.layers:
        if recording.length(name) == steps:
            return recording.padding(name, sample)
    return np.zeros(steps, bool)


def rank(values: Values, *, probabilities: bool) -> Ranking | None:
    """Return the most likely tokens; None where there is too much to look through."""
    if not 0 < values.size <= MOST_RANKED:
        return None
    size = max(PIECE_VALUES // values.shape[1], 1)
    pieces = [values[at : at + size] for at in range(0, len(values), size)]
    found = [top(p if probabilities else softmax(p), RANKS) for p in pieces]
    tokens, shares = zip(*found, strict=True)
    kind: Literal["softmax", "probabilities"] = (
        "probabilities" if probabilities else "softmax"
    )
    return Ranking(np.concatenate(tokens), np.concatenate(shares), kind)


def find_output(
    output: object, lengths: Sequence[int], samples: int, sample: int
) -> Output | None:
    """Return the first array with a step axis, else the first of all.

    ``lengths`` are the numbers of steps of the layers: an axis of that length is the
    step axis. Batch first is tried before time first.
    """
    arrays = [(name, np.asarray(a)) for name, a in _arrays(output, "output")]
    arrays = [(name, a) for name, a in arrays if a.dtype.kind in "fiub" and a.size]
    for name, array in arrays:
        for steps in lengths:
            rows = _rows(array, steps, samples, sample)
            if rows is not None:
                return Output(name, rows, "step")
    for name, array in arrays:
        row = array[sample] if array.ndim > 1 and array.shape[0] == samples else array
        return Output(name, np.asarray(row, np.float32).reshape(1, -1), "none")
    return None


def _rows(array: np.ndarray, steps: int, samples: int, sample: int) -> Values | None:
    shape = array.shape
    if steps < 2 and shape[:1] != (steps,):
        return None
    if array.ndim >= 2 and shape[:2] == (samples, steps):
        rows = array[sample]
    elif array.ndim >= 2 and shape[:2] == (steps, samples):
        rows = array[:, sample]
    elif shape[:1] == (steps,):
        rows = array
    else:
        return None
    return np.ascontiguousarray(rows.reshape(steps, -1), np.float32)


def _arrays(output: object, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(output, np.ndarray):
        yield name, output
    elif isinstance(output, Mapping):
        for key, part in output.items():
            yield from _arrays(part, f"{name}[{key!r}]")
    elif isinstance(output, list | tuple):
        for index, part in enumerate(output):
            yield from _arrays(part, f"{name}[{index}]")


def softmax(values: Values) -> Values:
    """Return the softmax of each row."""
    shifted = values - values.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    result: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result


def top(
    values: Values, most: int
) -> tuple[Int64[np.ndarray, "step rank"], Float[np.ndarray, "step rank"]]:
    """Return the indices (step, rank) of the largest values of each row, and these."""
    most = min(most, values.shape[1])
    indices = np.argpartition(-values, most - 1, axis=1)[:, :most]
    found = np.take_along_axis(values, indices, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return (
        np.take_along_axis(indices, order, axis=1),
        np.take_along_axis(found, order, axis=1),
    )


def are_probabilities(values: Values) -> bool:
    """Whether each row looks like shares of 1 (looked at in up to 1,000 rows)."""
    rows = values[:: max(len(values) // 1000, 1)]
    return bool(
        rows.shape[1] > 1
        and (rows >= 0).all()
        and np.allclose(rows.sum(axis=1), 1, atol=1e-3)
    )
