"""Keeps what was read, so that a frame takes what is there and never waits."""

import time
from collections import OrderedDict
from dataclasses import fields, is_dataclass
from typing import Any, Final, TypeVar

import numpy as np

from lstm_studio.core.blocks import StepBlock, column_size
from lstm_studio.core.recording import Recording
from lstm_studio.session.questions import Finer, Picture, Question, Rows
from lstm_studio.session.reader import REST_S, Reader

CAPACITY: Final = 96_000_000
"""Bytes of read values that are kept."""
PATIENCE_S: Final = 0.5
"""A question that panels drew without for so long is not on screen any more."""

Units = slice | int | tuple[int, ...] | None
Value = TypeVar("Value")


class Shelf:
    """Values by question; a stale one is better than none while a fresh one comes."""

    def __init__(self, recording: Recording, reader: Reader) -> None:
        self._recording = recording
        self._reader = reader
        self._values: OrderedDict[Question[Any], tuple[int, Any]] = OrderedDict()
        self._latest: dict[tuple[str, str, int], Picture] = {}
        self._asked: dict[Question[Any], float] = {}
        self._drawn = 0.0
        self._bytes = 0
        self._generation = 0
        self.errors: list[str] = []

    def age(self) -> None:
        """More was recorded: what is kept may be shown, but is read again."""
        self._generation += 1

    def rows(
        self, layer: str, stream: str, steps: slice | range, units: Units, sample: int
    ) -> np.ndarray | None:
        """Return rows (step, unit) if they are there; ask for them where not."""
        length = self._recording.length(layer)
        if isinstance(steps, range):
            steps = slice(steps.start, steps.stop, steps.step)
        if isinstance(units, int):
            units = (units,)
        elif isinstance(units, slice):
            width = self._recording.layers[layer].width(stream)
            units = None if units == slice(None) else tuple(range(width))[units]
        return self.get(Rows(layer, stream, *steps.indices(length), units, sample))

    def get(self, question: Question[Value]) -> Value | None:
        """Return the answer if it is there; ask for it where it is old or missing."""
        self._drawn = time.monotonic()
        if question in self._asked:
            self._asked[question] = self._drawn
        held = self._values.get(question)
        if held is not None:
            self._values.move_to_end(question)
        if held is None or held[0] < self._generation:
            self._ask(question)
            held = self._values.get(question)
        if held is None:
            return None
        value: Value = held[1]
        return value

    def picture(
        self,
        layer: str,
        stream: str,
        span: tuple[int, int],
        columns: int,
        sample: int,
        *,
        finer: bool = True,
    ) -> StepBlock | None:
        """Return the block that covers a window, or the last one of that stream.

        The window that is read is wider than the one on screen and begins and ends on
        tiles, so that a pan finds it on the shelf, and mostly a turn of the wheel too.
        A coarse one is made finer while it is asked for, unless ``finer`` says not to.
        """
        steps = max(span[1] - span[0], 1)
        size = column_size(steps, columns)
        tile = max(size, (1 << (steps - 1).bit_length()) // 2)
        beside = tile // 2
        start = max((span[0] - beside) // tile * tile, 0)
        stop = -(-(span[1] + beside) // tile) * tile
        stop = min(stop, self._recording.length(layer))
        columns = -(-(stop - start) // size)
        question = Picture(layer, stream, start, stop, columns, sample)
        key = (layer, stream, sample)
        value = self.get(question)
        if finer and value is not None and not value.exact and self._is_ended:
            value = self.get(Finer(question)) or value
        if value is None and key in self._latest:
            held = self._values.get(self._latest[key])
            value = None if held is None else held[1]
        return value

    @property
    def _is_ended(self) -> bool:
        # A run needs the processor more than a picture of it does.
        return self._recording.state != "running"

    def _ask(self, question: Question[Any]) -> None:
        # A question that is under way is not asked again for each new chunk:
        # its answer comes first, then what was recorded since is read.
        if question not in self._asked:
            self._asked[question] = self._drawn
            self._reader.ask(question, self._generation)
            self.collect()

    def collect(self) -> bool:
        """Take what was answered; return whether there was anything."""
        # In turn, and without what has left the screen: the moving cursor of a run
        # asks so much that what asks less often would never have its turn.
        past = [q for q, t in self._asked.items() if self._drawn - t > _patience(q)]
        self._reader.forget(past)
        for question in past:
            del self._asked[question]
        answers = self._reader.answers()
        for answer in answers:
            self._asked.pop(answer.question, None)
            if answer.value is None:
                self.errors.append(answer.error)
                continue
            question = answer.question
            if isinstance(question, Finer):
                # In the place of the coarse one: while that is there, more is asked.
                question = question.picture
            self._keep(question, answer.generation, answer.value)
            if isinstance(question, Picture):
                key = (question.layer, question.stream, question.sample)
                self._latest[key] = question
        if not self._reader.waiting:
            self._asked.clear()
        return bool(answers)

    def forget(self, kind: type[Question[Any]]) -> None:
        """Keep no answers to questions of this kind, nor what the questions hold."""
        self._reader.forget([q for q in self._asked if isinstance(q, kind)])
        for question in [q for q in self._values if isinstance(q, kind)]:
            self._bytes -= _size(self._values.pop(question)[1])
        self._asked = {q: t for q, t in self._asked.items() if not isinstance(q, kind)}

    def _keep(self, question: Question[Any], generation: int, value: Any) -> None:
        before = self._values.pop(question, None)
        if before is not None:
            self._bytes -= _size(before[1])
        self._values[question] = (generation, value)
        self._bytes += _size(value)
        while self._bytes > CAPACITY and len(self._values) > 1:
            self._bytes -= _size(self._values.popitem(last=False)[1][1])

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked) or self._reader.waiting

    def close(self) -> None:
        """End the reader."""
        self._reader.close()


def _patience(question: Question[Any]) -> float:
    # What waits until one rests is forgotten before, where one goes on.
    return REST_S * 0.8 if question.pace == "at rest" else PATIENCE_S


def _size(value: object) -> int:
    """Return the bytes of an array, or of all arrays of an answer."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return sum(_size(getattr(value, field.name)) for field in fields(value))
    return 0
