"""What was read is kept; what is asked is answered in turn; the past is forgotten."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

from lstm_studio.core import overview, refining
from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.session import questions
from lstm_studio.session import shelf as module
from lstm_studio.session.questions import Finer, Question
from lstm_studio.session.reader import Answer, answer
from lstm_studio.session.shelf import Shelf
from tests.core.reference import Planned, feed
from tests.core.test_overview import fake

LAYER = Layer("rnn.l0", "module", "rnn", 0, "forward", Sizes(0, 3), bias=False)


class SlowReader:
    """Answers only when the test says so."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.asked: list[tuple[Question[Any], int]] = []
        self.ready: list[Answer] = []

    def ask(self, question: Question[Any], generation: int) -> None:
        self.asked.append((question, generation))

    def forget(self, questions: Collection[Question[Any]]) -> None:
        self.asked = [pair for pair in self.asked if pair[0] not in questions]

    def answer_first(self) -> None:
        self.ready.append(answer(self.recording, *self.asked.pop(0)))

    def answers(self) -> list[Answer]:
        ready, self.ready = self.ready, []
        return ready

    @property
    def waiting(self) -> bool:
        return bool(self.asked or self.ready)

    def close(self) -> None:
        self.asked.clear()


class Clock:
    """The time as the test sets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    recorder.declare(LAYER, {}, 1, np.dtype(np.float32))
    recorder.begin_call("rnn.l0", 8, {}, "zeros")
    return recorder


def write(recorder: Recorder, start: int, stop: int) -> None:
    rows = np.arange(start * 3, stop * 3, dtype=np.float32).reshape(-1, 1, 3)
    recorder.write("rnn.l0", start, {"output": rows})
    recorder.commit()


def test_what_is_not_there_is_asked_once_and_comes_later(recorder: Recorder) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    assert shelf.rows("rnn.l0", "output", slice(0, 2), 1, 0) is None
    assert shelf.rows("rnn.l0", "output", slice(0, 2), 1, 0) is None
    assert len(reader.asked) == 1
    assert shelf.waiting
    reader.answer_first()
    assert shelf.collect()
    rows = shelf.rows("rnn.l0", "output", slice(0, 2), 1, 0)
    np.testing.assert_array_equal(rows, [[1], [4]])
    assert not shelf.waiting


def test_what_is_old_is_shown_while_the_new_is_read(recorder: Recorder) -> None:
    write(recorder, 0, 4)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.rows("rnn.l0", "output", slice(None), 0, 0)
    reader.answer_first()
    write(recorder, 4, 8)
    shelf.collect()
    shelf.age()
    old = shelf.rows("rnn.l0", "output", slice(None), 0, 0)
    assert old is not None
    assert np.isnan(old[4:]).all()
    reader.answer_first()
    shelf.collect()
    new = shelf.rows("rnn.l0", "output", slice(None), 0, 0)
    np.testing.assert_array_equal(new, np.arange(0, 24, 3)[:, None])


def test_what_has_left_the_screen_is_forgotten(
    recorder: Recorder, clock: Clock
) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.rows("rnn.l0", "output", slice(0, 1), 0, 0)
    shelf.rows("rnn.l0", "output", slice(0, 8), 0, 0)
    clock.now = module.PATIENCE_S + 0.1
    # Drawn again, and only the second is on screen still.
    shelf.rows("rnn.l0", "output", slice(0, 8), 0, 0)
    shelf.collect()
    assert len(reader.asked) == 1
    reader.answer_first()
    shelf.collect()
    assert shelf.rows("rnn.l0", "output", slice(0, 8), 0, 0) is not None


def test_nothing_is_forgotten_while_nothing_is_drawn(
    recorder: Recorder, clock: Clock
) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.rows("rnn.l0", "output", slice(0, 1), 0, 0)
    clock.now = 100.0
    shelf.collect()
    assert len(reader.asked) == 1


def test_a_pan_within_what_was_read_reads_nothing(recorder: Recorder) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.picture("rnn.l0", "output", (2, 4), 100, 0)
    reader.answer_first()
    shelf.collect()
    block = shelf.picture("rnn.l0", "output", (2, 4), 100, 0)
    assert block is not None
    assert block.start <= 2
    assert block.stop >= 4
    assert not reader.asked


def test_the_last_picture_stays_until_the_next_is_there(recorder: Recorder) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.picture("rnn.l0", "output", (0, 8), 100, 0)
    reader.answer_first()
    shelf.collect()
    before = shelf.picture("rnn.l0", "output", (0, 8), 100, 0)
    assert shelf.picture("rnn.l0", "output", (0, 8), 2, 0) is before


def test_an_error_is_kept_and_not_drawn(recorder: Recorder) -> None:
    write(recorder, 0, 8)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)
    shelf.rows("rnn.l0", "output", slice(0, 2), 99, 0)
    reader.answer_first()
    shelf.collect()
    assert len(shelf.errors) == 1


def test_a_coarse_picture_is_made_finer_when_the_run_has_ended(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 64)
    monkeypatch.setattr(refining, "TILE_VALUES", 1000)
    monkeypatch.setattr(questions, "SLICE_S", 0.0)
    recorder = Recorder()
    feed(recorder, fake([Planned(6400)]), chunks=lambda _: [100] * 64)
    reader = SlowReader(recorder.recording)
    shelf = Shelf(recorder.recording, reader)

    def draw() -> StepBlock | None:
        return shelf.picture("rnn.l0", "i", (0, 6400), 100, 0)

    draw()
    reader.answer_first()
    shelf.collect()
    coarse = draw()
    assert coarse is not None
    assert not coarse.exact
    assert not reader.asked

    recorder.finish("complete")
    shelf.age()
    shown = [draw()]
    while not (shown[-1] is not None and shown[-1].exact):
        reader.answer_first()
        shelf.collect()
        shown.append(draw())
    assert len(shown) > 5
    assert not reader.asked
    gate = recorder.recording.read("rnn.l0", "i")
    # Kept in half precision, rounded outwards.
    lowest = gate[192:256].min(axis=0)
    np.testing.assert_allclose(shown[-1].low[3], lowest, rtol=2**-10)
    assert (shown[-1].low[3] <= lowest).all()

    shelf.picture("rnn.l0", "f", (0, 6400), 100, 0)
    reader.answer_first()
    shelf.collect()
    shelf.picture("rnn.l0", "f", (0, 6400), 100, 0)
    assert [type(asked) for asked, _ in reader.asked] == [Finer]
    clock.now = module.PATIENCE_S + 0.1
    draw()
    shelf.collect()
    assert not reader.asked
