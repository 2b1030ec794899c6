"""Predicted and given as lines over the steps on screen."""

from dataclasses import dataclass

import numpy as np

from lstm_studio.core.predicted import Agreement, Pairing, agreement, paired
from lstm_studio.core.recording import Recording
from lstm_studio.core.shapes import Num
from lstm_studio.panelkit.arrays import ArrayReader
from lstm_studio.panelkit.lines import Channels, Series
from lstm_studio.panelkit.text import name_text
from lstm_studio.session.session import Session

Values = Num[np.ndarray, "step channel"]


@dataclass(frozen=True, slots=True)
class Lines:
    """What is drawn: ``names`` are those of the given channels."""

    predicted: tuple[Series, ...]
    given: tuple[Series, ...]
    names: tuple[str, ...]
    agreement: Agreement
    low: float
    high: float


class Compared:
    """Reads both, thinned for the screen, and keeps them while they hold."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of: tuple[Recording, int, object] | None = None
        self._given: Values | None = None
        self._made_of: tuple[object, object, Pairing | None] = (None, None, None)
        self._pair: tuple[Values, Values] = (np.zeros((0, 1)), np.zeros((0, 1)))
        self._agreement = Agreement(0.0, 0.0, 0)
        self._ends = (0.0, 0.0)
        self._readers = ArrayReader(session), ArrayReader(session)
        self._channels = Channels(), Channels()

    def given(self) -> Values | None:
        """Return the sequence of the chosen sample; None where it holds no numbers."""
        session = self._session
        recording, sample = session.recording, session.view.sample
        if recording is None or recording.sequence is None:
            return None
        of = (recording, sample, session.gone_on)
        if of != self._of:
            self._of = of
            values = np.asarray(recording.sequence.values)
            self._given = None
            if values.ndim == 3 and values.dtype.kind == "f":
                self._given = values[:, min(sample, values.shape[1] - 1)]
        return self._given

    def why_not(self, output: Values) -> str:
        """Return why the output cannot be held against the input; ``""`` if it can."""
        recording, given = self._session.recording, self.given()
        if recording is None or recording.sequence is None:
            return "The sequence was not recorded: there is nothing to compare with."
        if given is None:
            return "The sequence holds tokens, and the output is no choice of tokens."
        model = self._session.model
        if model is not None and model.needs.kind == "samples":
            return "The sequence is sound; an output of windows does not predict it."
        if len(output) < 2:
            return "There are too few steps to compare."
        return ""

    def names(self) -> tuple[str, ...]:
        """Return the names of the input's channels."""
        given, recording = self.given(), self._session.recording
        count = 0 if given is None else given.shape[1]
        labels = (
            ()
            if recording is None or recording.sequence is None
            else (recording.sequence.labels)
        )
        if len(labels) != count:
            return tuple(f"x{channel}" for channel in range(count))
        return tuple(map(name_text, labels))

    def read(self, output: Values, pairing: Pairing, columns: int) -> Lines | None:
        """Return both as lines; None while they are being read."""
        given = self.given()
        if given is None:
            return None
        before = self._made_of
        if before[0] is not output or before[1] is not given or before[2] != pairing:
            self._made_of = (output, given, pairing)
            self._pair_up(output, given, pairing)
        span = self._session.view.span
        blocks = [
            reader.read(values, span, columns)
            for reader, values in zip(self._readers, self._pair, strict=True)
        ]
        if blocks[0] is None or blocks[1] is None:
            return None
        names = self.names()
        if pairing.output is not None:
            names = names[pairing.given : pairing.given + 1]
        return Lines(
            self._channels[0].of(blocks[0]),
            self._channels[1].of(blocks[1]),
            names,
            self._agreement,
            *self._ends,
        )

    def _pair_up(self, output: Values, given: Values, pairing: Pairing) -> None:
        predicted, later = paired(output, given, pairing)
        self._pair = np.ascontiguousarray(predicted, np.float32), later
        self._agreement = agreement(*self._pair)
        finite = [part[np.isfinite(part)] for part in self._pair]
        self._ends = (
            min((float(part.min()) for part in finite if part.size), default=-1.0),
            max((float(part.max()) for part in finite if part.size), default=1.0),
        )
