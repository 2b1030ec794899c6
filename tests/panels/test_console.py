"""The console: what is at hand, what is typed, and what comes back."""

import sys

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.interpreter import Interpreter, is_whole
from lstm_studio.panels.console import Console, ConsolePanel
from lstm_studio.session.session import Session
from tests.panels.recorded import make_recording, shown

Key = Qt.Key


@pytest.fixture
def console(recorded_session: Session, qtbot: QtBot) -> Console:
    panel = shown(ConsolePanel(recorded_session), qtbot)
    assert panel.console is not None
    return panel.console


def last(console: Console) -> str:
    return console.text.toPlainText().splitlines()[-1]


def test_it_is_made_when_it_is_first_seen(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = ConsolePanel(recorded_session)
    qtbot.addWidget(panel)
    assert panel.console is None
    panel.show()
    qtbot.waitUntil(lambda: panel.console is not None)


def test_what_the_window_shows_is_at_hand(
    console: Console, recorded_session: Session, qtbot: QtBot
) -> None:
    assert "model is its summary" in console.text.toPlainText()
    qtbot.keyClicks(console.line, "recording.read('rnn.l1', 'h').shape")
    qtbot.keyClick(console.line, Key.Key_Return)
    assert last(console) == "(120, 6)"
    qtbot.keyClicks(console.line, "session.look(step=7)")
    qtbot.keyClick(console.line, Key.Key_Return)
    assert recorded_session.view.step == 7
    qtbot.keyClicks(console.line, "_[0]")
    qtbot.keyClick(console.line, Key.Key_Return)
    assert last(console) == "120"


def test_another_recording_takes_the_name(
    console: Console, recorded_session: Session
) -> None:
    recorded_session.show_recording(make_recording(units=3))
    console.run("recording.read('rnn.l1', 'h').shape")
    assert last(console) == "(120, 3)"


def test_a_name_of_the_users_own_stays(console: Console) -> None:
    console.run("model = 3")
    console.run("model")
    assert last(console) == "3"


def test_the_module_itself_is_there_where_it_is_in_this_process(
    recorded_session: Session, qtbot: QtBot
) -> None:
    module = object()
    model = recorded_session.model
    assert model is not None
    recorded_session.module = module
    panel = shown(ConsolePanel(recorded_session), qtbot)
    assert panel.console is not None
    assert panel.console.python.names["model"] is module
    assert "model is the module itself" in panel.console.text.toPlainText()


def test_a_block_takes_lines_and_runs_after_an_empty_one(
    console: Console, qtbot: QtBot
) -> None:
    line = console.line
    qtbot.keyClicks(line, "for k in range(2):")
    qtbot.keyClick(line, Key.Key_Return)
    qtbot.keyClicks(line, "print(k + 40)")
    qtbot.keyClick(line, Key.Key_Return)
    assert line.toPlainText() == "for k in range(2):\n    print(k + 40)\n    "
    # Every line of it is in sight.
    height = 3 * line.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: line.height() >= height)
    assert line.verticalScrollBar().value() == 0
    qtbot.keyClick(line, Key.Key_Return)
    assert console.text.toPlainText().endswith("40\n41")
    assert line.toPlainText() == ""


def test_up_recalls_and_down_returns_to_what_was_begun(
    console: Console, qtbot: QtBot
) -> None:
    line = console.line
    console.line._enter("1 + 1")
    console.line._enter("2 + 2")
    qtbot.keyClicks(line, "begun")
    for key, text in (
        (Key.Key_Up, "2 + 2"),
        (Key.Key_Up, "1 + 1"),
        (Key.Key_Up, "1 + 1"),
        (Key.Key_Down, "2 + 2"),
        (Key.Key_Down, "begun"),
    ):
        qtbot.keyClick(line, key)
        assert line.toPlainText() == text


def test_tab_completes_or_lists(console: Console, qtbot: QtBot) -> None:
    qtbot.keyClicks(console.line, "recording.certif")
    qtbot.keyClick(console.line, Key.Key_Tab)
    assert console.line.toPlainText() == "recording.certificate"
    console.line.clear()
    qtbot.keyClicks(console.line, "session.view.s")
    qtbot.keyClick(console.line, Key.Key_Tab)
    assert "span" in last(console)
    assert "step" in last(console)


def test_an_error_begins_at_the_users_own_line(console: Console) -> None:
    hooks = sys.excepthook, sys.displayhook, sys.stdin, sys.stdout
    console.run("def f():\n    return 1 / 0\nf()")
    text = console.text.toPlainText()
    assert text.endswith("ZeroDivisionError: division by zero")
    assert "interpreter.py" not in text
    assert hooks == (sys.excepthook, sys.displayhook, sys.stdin, sys.stdout)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("input()", "EOFError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("1 +", "SyntaxError"),
        ("x = '\0'", "null bytes"),
    ],
)
def test_nothing_that_is_typed_ends_or_holds_the_window(
    source: str, error: str
) -> None:
    assert error in Interpreter().run(source).error


def test_exit_is_answered() -> None:
    said = Interpreter().run("raise SystemExit")
    assert "Ctrl+Q" in said.text
    assert said.error == ""


def test_what_is_long_is_cut() -> None:
    said = Interpreter().run("print('a' * 60_000)")
    assert said.text.endswith("characters more\n")
    assert len(said.text) < 51_000


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        ("1 + 1", True),
        ("f(", False),
        ("for k in x:", False),
        ("for k in x:\n    k", False),
        ("for k in x:\n    k\n", True),
        ("'''a", False),
        ("a b", True),
        ("x = 1\ny = 2", True),
    ],
)
def test_what_needs_another_line(source: str, whole: bool) -> None:
    assert is_whole(source) == whole
