"""Readers answer in threads of their own, behind the window."""

import os
import sys
import threading
from dataclasses import dataclass
from typing import ClassVar

import pytest
from pytestqt.qtbot import QtBot

from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.session import reader as module
from lstm_studio.session.questions import Pace, UnitPicture
from lstm_studio.session.reader import Answer, ThreadReader
from tests.panels.recorded import make_recording


@dataclass(frozen=True)
class Standing:
    """Where the thread that answers stands in line for a processor."""

    pace: ClassVar[Pace] = "quick"

    def read(self, recording: Recording) -> int:
        return standing()


class StandingOfSlow(Standing):
    pace = "slow"


def standing() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority there")
def test_readers_take_no_processor_that_the_window_wants(qtbot: QtBot) -> None:
    own, answers = standing(), list[Answer]()
    reader = ThreadReader(Recorder().recording)

    def both_answered() -> bool:
        answers.extend(reader.answers())
        return len(answers) == 2

    try:
        reader.ask(Standing(), 0)
        reader.ask(StandingOfSlow(), 0)
        qtbot.waitUntil(both_answered)
    finally:
        reader.close()
    assert all(answer.value > own for answer in answers)
    assert standing() == own


def test_a_unit_is_looked_at_whole_only_where_one_rests(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = make_recording()
    unit = UnitPicture("rnn.l0", "i", 0, 120, 4, 3, 0)
    reader, answers = ThreadReader(recording), list[Answer]()

    def answered(count: int) -> bool:
        answers.extend(reader.answers())
        return len(answers) == count

    try:
        monkeypatch.setattr(module, "REST_S", 1000.0)
        reader.ask(unit, 0)
        reader.ask(StandingOfSlow(), 0)
        qtbot.waitUntil(lambda: answered(1))
        assert isinstance(answers[0].question, StandingOfSlow)
        assert reader.waiting
        reader.forget([unit])
        assert not reader.waiting
        monkeypatch.setattr(module, "REST_S", 0.0)
        reader.ask(unit, 0)
        qtbot.waitUntil(lambda: answered(2))
        assert answers[1].question == unit
        assert answers[1].value.exact
    finally:
        reader.close()
