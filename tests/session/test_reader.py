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
from lstm_studio.session.reader import Answer, ThreadReader


@dataclass(frozen=True)
class Standing:
    """Where the thread that answers stands in line for a processor."""

    slow: ClassVar[bool] = False

    def read(self, recording: Recording) -> int:
        return standing()


class StandingOfSlow(Standing):
    slow = True


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
