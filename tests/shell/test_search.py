"""Jumps to what one looks for: resets, the same input, saturation, conditions."""

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.core.condition import Condition
from lstm_studio.core.sought import Saturated
from lstm_studio.shell.dialogs.condition import ConditionDialog
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import STEPS
from tests.shell.engine import Engine
from tests.shell.keyboard import CONTROL, SHIFT, press

Key = Qt.Key


def wait(window: MainWindow, qtbot: QtBot) -> int:
    qtbot.waitUntil(lambda: not window.search.active)
    return window.session.view.step


def dialog(window: MainWindow) -> ConditionDialog:
    found = window.findChild(ConditionDialog, "condition")
    assert found is not None
    return found


def test_r_goes_to_resets(recorded: MainWindow, qtbot: QtBot) -> None:
    # The call at step 50 carries the state on, that of step 80 is given another.
    recorded.session.look(step=20, span=(10, 40))
    press(qtbot, recorded, Key.Key_R)
    assert wait(recorded, qtbot) == 80
    first, last = recorded.session.view.span
    assert first <= 80 < last
    press(qtbot, recorded, Key.Key_R)
    assert wait(recorded, qtbot) == 80
    assert "There is no later step" in recorded.status.currentMessage()
    press(qtbot, recorded, Key.Key_R, SHIFT)
    assert wait(recorded, qtbot) == 0


def test_a_goes_to_saturation_of_the_shown_gate(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    session = recorded.session
    session.look(streams={"rnn.l0": "g"}, unit=1)
    assert session.recording is not None
    marks = Saturated("rnn.l0", 1, ("g",)).marks(session.recording, 0, STEPS)
    where = np.flatnonzero(marks[1:]) + 1
    for step in where[:2]:
        press(qtbot, recorded, Key.Key_A)
        assert wait(recorded, qtbot) == step
    press(qtbot, recorded, Key.Key_A, SHIFT)
    assert wait(recorded, qtbot) == where[0]


def test_t_says_that_no_other_step_is_fed_the_same(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    recorded.session.look(step=30)
    press(qtbot, recorded, Key.Key_T)
    assert wait(recorded, qtbot) == 30
    assert recorded.status.currentMessage() == (
        "There is no later step with the input of step 30."
    )


def test_a_condition_is_typed_and_gone_to(recorded: MainWindow, qtbot: QtBot) -> None:
    session = recorded.session
    press(qtbot, recorded, Key.Key_N)
    asked = dialog(recorded)
    asked.text.setText("rnn.l1 unit 9 h > 0")
    assert "rnn.l1 has no unit 9." in asked.message.text()
    assert not asked.go.isEnabled()
    asked.text.setText("rnn.l1 unit 2 h > 0.05")
    assert not asked.message.text()
    asked.go.click()
    assert session.recording is not None
    condition = recorded.search.condition
    assert isinstance(condition, Condition)
    marks = condition.marks(session.recording, 0, STEPS)
    where = np.flatnonzero(marks[1:]) + 1
    assert wait(recorded, qtbot) == where[0]
    press(qtbot, recorded, Key.Key_N)
    assert wait(recorded, qtbot) == where[1]
    press(qtbot, recorded, Key.Key_N, SHIFT)
    assert wait(recorded, qtbot) == where[0]
    assert session.until is None


def test_a_run_is_told_where_to_pause(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    session = window.session
    with qtbot.waitSignal(session.ended):
        session.open_model("a/toy.pt")
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:sine")
    window.refresh()
    press(qtbot, window, Key.Key_F, CONTROL)
    asked = dialog(window)
    assert not asked.go.isEnabled()
    asked.text.setText("unit 3 c > 1")
    asked.stops.click()
    asked.take.click()
    window.refresh()
    assert window.actions_["break_run"].isChecked()
    with qtbot.waitSignal(session.ended):
        session.run()
    assert str(engine.commands[-1].until) == "lstm.l0 unit 3 c > 1.0"
    press(qtbot, window, Key.Key_B, CONTROL)
    assert session.until is None
    press(qtbot, window, Key.Key_B, CONTROL)
    assert session.until == window.search.condition
    assert window.status.currentMessage().startswith("The next run pauses where")


def test_to_pause_where_nothing_is_said_yet_asks_for_just_that(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    recorded.refresh()
    press(qtbot, recorded, Key.Key_B, CONTROL)
    asked = dialog(recorded)
    assert asked.stops.isChecked()
    asked.take.click()
    assert recorded.session.until == recorded.search.condition is not None


def test_l_loops_what_is_in_sight(recorded: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, recorded, Key.Key_L)
    assert recorded.session.loop
    recorded.refresh()
    assert recorded.actions_["loop"].isChecked()
    press(qtbot, recorded, Key.Key_L)
    assert not recorded.session.loop
