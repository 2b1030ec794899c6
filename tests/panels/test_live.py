"""Live steps by mouse and keyboard, on a real engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.workbench import Workbench
from lstm_studio.panels.input_strip import InputStripPanel
from lstm_studio.panels.live import LivePanel
from lstm_studio.session.reader import InlineReader
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.panels.recorded import shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(
    qapp: QApplication, tmp_path: Path, qtbot: QtBot
) -> Iterator[Callable[[str], Session]]:
    sessions: list[Session] = []

    def opened(name: str) -> Session:
        bench = Workbench()
        runner = InlineRunner(bench.perform)
        session = Session(runner, Workspace(tmp_path), InlineReader)
        sessions.append(session)
        session.open_example(name)
        qtbot.waitUntil(lambda: session.recording is not None and not session.busy)
        return session

    yield opened
    for session in sessions:
        session.close()


def steps_of(session: Session) -> int:
    assert session.recording is not None
    return max(session.recording.length(name) for name in session.recording.layers)


def test_a_number_typed_is_the_next_step(
    opened: Callable[[str], Session], qtbot: QtBot
) -> None:
    session = opened("flip-flop")
    panel = shown(LivePanel(session), qtbot, 400)
    assert "to prove" in panel.said.text()
    qtbot.keyClicks(panel.next, "0, 0, 1")
    with qtbot.waitSignal(session.ended):
        qtbot.keyClick(panel.next, Qt.Key.Key_Return)
    panel.refresh()
    assert session.outcome == Finished(), session.outcome
    assert steps_of(session) == 401
    assert session.recording is not None
    # Long recordings are drawn from these.
    assert session.recording._store.tracks["gru.l0"].bounds
    assert session.view.step == 400
    assert panel.next.text() == ""
    assert "Asked once, and proven over the sequence" in panel.said.text()
    assert "1 step went on" in panel.said.text()
    assert panel.next.isEnabled()
    assert not panel.temperature.isEnabled()


def test_generated_characters_are_drawn_with_the_seed(
    opened: Callable[[str], Session], qtbot: QtBot
) -> None:
    session = opened("char-lstm")
    panel = shown(LivePanel(session), qtbot, 400)
    strip = shown(InputStripPanel(session), qtbot)
    panel.steps.setValue(12)
    panel.temperature.setValue(0.5)
    qtbot.keyClick(panel.fix, Qt.Key.Key_Space)
    panel.refresh()
    panel.seed.setValue(5)
    texts = []
    for _ in range(2):
        with qtbot.waitSignal(session.ended):
            qtbot.mouseClick(panel.generate, LEFT)
        strip.refresh()
        panel.refresh()
        assert session.recording is not None
        assert session.recording.sequence is not None
        texts.append(session.recording.sequence.labels[-12:])
    assert steps_of(session) == 1591 + 24
    assert len(strip._labels) == 1591 + 24
    assert session.extent.steps == 1591 + 24
    assert np.shape(session.recording.output)[1] == 1591 + 24


def test_reset_and_the_switch_are_said_to_the_engine(
    opened: Callable[[str], Session], qtbot: QtBot
) -> None:
    session = opened("flip-flop")
    panel = shown(LivePanel(session), qtbot, 400)
    assert panel.carry.isChecked()
    for act in (None, panel.reset, panel.carry, panel.each):
        if act is not None:
            qtbot.keyClick(act, Qt.Key.Key_Space)
        qtbot.keyClicks(panel.next, "0, 1, 0")
        with qtbot.waitSignal(session.ended):
            qtbot.mouseClick(panel.feed, LEFT)
        panel.refresh()
    assert session.recording is not None
    calls = session.recording.calls("gru.l0")[-4:]
    sources = [call.initial_state for call in calls]
    assert sources == ["carried", "zeros", "carried", "zeros"]
    assert panel.carry.isChecked()
    assert not panel.reset.isChecked()


def test_where_it_is_not_possible_it_says_why(
    opened: Callable[[str], Session], qtbot: QtBot
) -> None:
    session = opened("tagger")
    panel = shown(LivePanel(session), qtbot, 400)
    with qtbot.waitSignal(session.ended):
        qtbot.mouseClick(panel.generate, LEFT)
    panel.refresh()
    assert isinstance(session.outcome, Failed)
    assert "l0_reverse reads the sequence from its end" in panel.said.text()
    assert not panel.generate.isEnabled()
    assert not panel.next.isEnabled()
    assert steps_of(session) == 120
