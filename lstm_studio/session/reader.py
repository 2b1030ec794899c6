"""Reads and derives rows for the panels in a thread of its own."""

import os
import queue
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Protocol

from lstm_studio.core.errors import StudioError
from lstm_studio.core.recording import Recording
from lstm_studio.session.questions import Question
from lstm_studio.session.turn import TURN, stand_aside

STEPS_BACK: Final = 10
"""How far behind the window the readers stand in line for a processor (`nice`)."""
REST_S: Final = 0.3
"""How long one looks at a place before questions at rest are begun."""
SLOW_REST_S: Final = 0.05
"""What takes long waits while one drags: it has much to do with the memory, and plots
would take longer beside it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, and how much of the recording was there when it was read."""

    question: Question[Any]
    generation: int
    value: Any
    error: str = ""


def answer(recording: Recording, question: Question[Any], generation: int) -> Answer:
    """Read what was asked for; an error is part of the answer."""
    try:
        value = question.read(recording)
    except (StudioError, OSError, ValueError, LookupError, MemoryError) as error:
        return Answer(question, generation, None, str(error))
    return Answer(question, generation, value)


class Reader(Protocol):
    """Answers questions about one recording."""

    def ask(self, question: Question[Any], generation: int) -> None:
        """Take a question; they are answered in the order in which they come."""

    def forget(self, questions: Collection[Question[Any]]) -> None:
        """Leave questions unanswered that nobody asks any more."""

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

    def ask(self, question: Question[Any], generation: int) -> None:
        self._answers.append(answer(self._recording, question, generation))

    def forget(self, questions: Collection[Question[Any]]) -> None:
        """All are answered already."""

    def answers(self) -> list[Answer]:
        answers, self._answers = self._answers, []
        return answers

    @property
    def waiting(self) -> bool:
        return bool(self._answers)

    def close(self) -> None:
        self._answers.clear()


class ThreadReader:
    """Answers in plain threads; numpy gives the interpreter lock free in its loops.

    Two of them: what takes long keeps nobody waiting who only pans. Neither takes a
    processor that the window wants.
    """

    def __init__(self, recording: Recording) -> None:
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._lanes = {
            slow: _Lane(recording, self._answers, slow) for slow in (False, True)
        }

    def ask(self, question: Question[Any], generation: int) -> None:
        self._lanes[question.pace != "quick"].ask(question, generation)

    def forget(self, questions: Collection[Question[Any]]) -> None:
        for lane in self._lanes.values():
            lane.forget(questions)

    def answers(self) -> list[Answer]:
        answers: list[Answer] = []
        while not self._answers.empty():
            answers.append(self._answers.get())
        return answers

    @property
    def waiting(self) -> bool:
        busy = any(lane.busy for lane in self._lanes.values())
        return busy or not self._answers.empty()

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """A thread that answers its questions in turn."""

    def __init__(
        self, recording: Recording, answers: "queue.SimpleQueue[Answer]", slow: bool
    ) -> None:
        self._slow = slow
        self._recording = recording
        self._asked: OrderedDict[Question[Any], tuple[int, float]] = OrderedDict()
        """With each the generation, and the moment before which it is not begun."""
        self._changed = threading.Condition()
        self._answers = answers
        self._open = 0
        self._closed = False
        name = "lstm-studio slow reader" if slow else "lstm-studio reader"
        self._thread = threading.Thread(target=self._work, name=name)
        self._thread.start()

    def ask(self, question: Question[Any], generation: int) -> None:
        with self._changed:
            rest = REST_S if question.pace == "at rest" else 0.0
            _, begin = self._asked.get(question, (0, time.monotonic() + rest))
            self._asked[question] = generation, begin
            self._changed.notify()

    def forget(self, questions: Collection[Question[Any]]) -> None:
        with self._changed:
            for question in questions:
                self._asked.pop(question, None)

    @property
    def busy(self) -> bool:
        return bool(self._asked or self._open)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._asked.clear()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        _stand_back()
        aside = stand_aside(TURN, SLOW_REST_S if self._slow else 0.0)
        while True:
            with self._changed:
                while (question := self._next()) is None and not self._closed:
                    self._changed.wait(self._pause())
                if question is None or self._closed:
                    return
                # First: between the two it would look as if nothing were to come.
                self._open += 1
                generation, _ = self._asked.pop(question)
            # Not where it holds a lock that the window may want.
            sys.setprofile(aside)
            found = answer(self._recording, question, generation)
            sys.setprofile(None)
            self._answers.put(found)
            self._open -= 1

    def _next(self) -> Question[Any] | None:
        """Return what is asked for longest of all that may be begun."""
        now = time.monotonic()
        ready = (asked for asked, (_, begin) in self._asked.items() if begin <= now)
        return next(ready, None)

    def _pause(self) -> float | None:
        """Return how long there is nothing to begin; None until more is asked."""
        begins = [begin for _, begin in self._asked.values()]
        return max(min(begins) - time.monotonic(), 0) if begins else None


def _stand_back() -> None:
    # There alone a thread has a priority of its own that needs no permission.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STEPS_BACK)
