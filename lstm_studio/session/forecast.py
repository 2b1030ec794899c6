"""What the next run will take, from the sizes of the model and the pace of the last."""

from lstm_studio.core.budget import (
    Budget,
    predicted_bytes,
    predicted_memory,
    predicted_seconds,
)
from lstm_studio.core.memory import free_memory
from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import ModelSummary, SequenceSummary


class Forecast:
    """Knows how long the last run took, and so about how long the next one will."""

    def __init__(self) -> None:
        self._model = ""
        self._device = ""
        self._step_s = 0.0

    def learn(self, model: ModelSummary, device: str, recording: Recording) -> None:
        """Take the pace of a run that came to its end."""
        steps = max(map(recording.length, recording.layers), default=0)
        if recording.origin.seconds and steps:
            self._model, self._device = model.path, device
            self._step_s = recording.origin.seconds / (steps * recording.samples)

    def budget(
        self,
        model: ModelSummary,
        sequence: SequenceSummary,
        device: str,
        free: int,
        allowed: int = 0,
    ) -> Budget | None:
        """Return what a run will take; None where the length is not known.

        ``free`` are bytes of the disk, ``allowed`` those of memory that need no
        question; 0 leaves them to the studio.
        """
        size = model.layers, sequence.steps, sequence.samples
        written = predicted_bytes(*size)
        if not written:
            return None
        seconds = predicted_seconds(*size)
        if (self._model, self._device) == (model.path, device):
            seconds = self._step_s * sequence.steps * sequence.samples
        memory = predicted_memory(*size)
        return Budget(written, free, memory, free_memory(), seconds, allowed)
