"""Reads and derives rows for the panels in a thread of its own."""

import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.errors import StudioError
from lstm_studio.core.recording import Recording

WAITING: Final = 64
"""Questions kept at most; a panel asks again when it draws, so old ones may go."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Ask for values: every ``step``-th row of a window, of some units."""

    layer: str
    stream: str
    start: int
    stop: int
    step: int
    units: tuple[int, ...] | None
    sample: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Ask for a window thinned to columns."""

    layer: str
    stream: str
    start: int
    stop: int
    columns: int
    sample: int


Question = Rows | Picture
Value = np.ndarray | StepBlock


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, and how much of the recording was there when it was read."""

    question: Question
    generation: int
    value: Value | None
    error: str = ""


def answer(recording: Recording, question: Question, generation: int) -> Answer:
    """Read what was asked for; an error is part of the answer."""
    try:
        match question:
            case Rows(layer, stream, start, stop, step, units, sample):
                value: Value = recording.read(
                    layer,
                    stream,
                    slice(start, stop, step),
                    slice(None) if units is None else np.asarray(units),
                    sample,
                )
            case Picture(layer, stream, start, stop, columns, sample):
                span = (start, stop)
                value = recording.overview(layer, stream, span, columns, sample)
    except (StudioError, OSError, ValueError, KeyError) as error:
        return Answer(question, generation, None, str(error))
    return Answer(question, generation, value)


class Reader(Protocol):
    """Answers questions about one recording."""

    def ask(self, question: Question, generation: int) -> None:
        """Take a question; the newest is answered first."""

    def answers(self) -> list[Answer]:
        """Return what was answered since the last look."""

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""

    def close(self) -> None:
        """End; nothing is answered any more."""


class InlineReader:
    """Answers at once, in the thread that asks: for tests of panels."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._answers: list[Answer] = []

    def ask(self, question: Question, generation: int) -> None:
        self._answers.append(answer(self._recording, question, generation))

    def answers(self) -> list[Answer]:
        answers, self._answers = self._answers, []
        return answers

    @property
    def waiting(self) -> bool:
        return bool(self._answers)

    def close(self) -> None:
        self._answers.clear()


class ThreadReader:
    """Answers in a plain thread; numpy gives the interpreter lock free in its loops."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._asked: OrderedDict[Question, int] = OrderedDict()
        self._changed = threading.Condition()
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._open = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="lstm-studio reader")
        self._thread.start()

    def ask(self, question: Question, generation: int) -> None:
        with self._changed:
            self._asked[question] = generation
            self._asked.move_to_end(question)
            while len(self._asked) > WAITING:
                self._asked.popitem(last=False)
            self._changed.notify()

    def answers(self) -> list[Answer]:
        answers: list[Answer] = []
        while not self._answers.empty():
            answers.append(self._answers.get())
        return answers

    @property
    def waiting(self) -> bool:
        return bool(self._asked or self._open) or not self._answers.empty()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._asked.clear()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._asked and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                question, generation = self._asked.popitem()
                self._open += 1
            self._answers.put(answer(self._recording, question, generation))
            self._open -= 1
