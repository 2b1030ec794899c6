"""Tokens fitted to a model: whole numbers below the size of its vocabulary."""

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Int64, Shaped
from lstm_studio.core.summary import InputNeeds, SequenceSummary
from lstm_studio.engine.sequences.axes import arranged, refuse_type
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.prepared import PreparedSequence
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.samples import choose_samples
from lstm_studio.engine.sequences.text import vocabulary_of


def fit_tokens(raw: Raw, needs: InputNeeds, choices: Choices) -> PreparedSequence:
    """Return tokens (sample, step) int64."""
    refuse_type(raw.values)
    values, known = raw.values, raw.axes
    if "feature" in known and values.shape[-1] != 1:
        raise DoesNotFit(
            f"The model takes one token per step; {raw.name} gives {values.shape[-1]} "
            "values per step.",
            "Choose a text, or one column of whole numbers.",
        )
    if values.ndim == 3 and known:
        # The one column of a table, in samples.
        values, known = values[:, :, 0], known[:2]
    elif values.ndim == 2 and 1 in values.shape and "axes" not in choices.names:
        # One column of a table, or one row: there is but one way to read it.
        values, known = values.reshape(1, -1), ()
    values = arranged(values, ("sample", "step"), known, choices)
    if not values.size:
        raise DoesNotFit(
            f"The sequence is empty: its shape is {values.shape}.",
            "Choose one with at least one step.",
        )
    values, lengths = choose_samples(values, raw.lengths, choices)
    tokens = _whole(values)
    _check_range(tokens, needs)
    vocabulary = vocabulary_of(needs, choices)
    labels = raw.labels or tuple(
        vocabulary[token] if token < len(vocabulary) else str(token)
        for token in tokens[0].tolist()
    )
    summary = SequenceSummary(
        name=raw.name,
        path=raw.path,
        steps=tokens.shape[1],
        samples=tokens.shape[0],
        shape=tokens.shape,
        dtype="int64",
        labels=labels,
        rate=raw.rate,
        notes=raw.notes,
        lengths=lengths,
    )
    return PreparedSequence(tokens, summary)


def _whole(
    values: Shaped[np.ndarray, "sample step"],
) -> Int64[np.ndarray, "sample step"]:
    if values.dtype.kind == "f":
        # NaN and infinity are no whole numbers either.
        broken = ~(np.isfinite(values) & (np.floor(values) == values))
        if broken.any():
            sample, step = np.argwhere(broken)[0]
            raise DoesNotFit(
                "The model takes tokens, which are whole numbers; step "
                f"{step}{_of(sample, values)} is {values[sample, step]}.",
                "Choose a sequence of whole numbers, or a text.",
            )
    return np.require(values, np.int64, ("C", "W"))


def _check_range(tokens: Int64[np.ndarray, "sample step"], needs: InputNeeds) -> None:
    below = tokens < 0
    wrong = below if needs.features is None else below | (tokens >= needs.features)
    if not wrong.any():
        return
    sample, step = np.argwhere(wrong)[0]
    limit = "0 or more" if needs.features is None else f"0 to {needs.features - 1}"
    raise DoesNotFit(
        f"The model takes tokens of {limit}; {np.count_nonzero(wrong)} are outside, "
        f"the first is {tokens[sample, step]} at step {step}{_of(sample, tokens)}.",
        "Choose a sequence that was encoded with the vocabulary of this model.",
    )


def _of(sample: np.integer, values: Shaped[np.ndarray, "sample step"]) -> str:
    return f" of sample {sample}" if len(values) > 1 else ""
