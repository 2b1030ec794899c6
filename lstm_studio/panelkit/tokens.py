"""The tokens that a model was given, as texts."""

import numpy as np

from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import ModelSummary


def tokens_of(
    recording: Recording, sample: int, model: ModelSummary | None
) -> tuple[str, ...]:
    """Return a text for each step of a sample; none where it is no token sequence."""
    sequence = recording.sequence
    if sequence is None:
        return ()
    values = np.asarray(sequence.values)
    if values.ndim != 2:
        return ()
    numbers = values[:, min(sample, values.shape[1] - 1)]
    # The labels are those of the first sample; the others are only known as numbers.
    if sample == 0 and len(sequence.labels) == len(numbers):
        return sequence.labels
    words = () if model is None else model.needs.vocabulary
    return tuple(
        words[number] if 0 <= number < len(words) else str(number)
        for number in numbers.tolist()
    )
