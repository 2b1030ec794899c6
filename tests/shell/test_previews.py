"""A preview comes from the engine, and never at the cost of a run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import Command, LookAtSequence, Run
from lstm_studio.core.control import RunControl
from lstm_studio.core.found import Found, Sight
from lstm_studio.core.messages import Message, Outcome, SequenceSeen
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.dialogs.sequence import WAITS, SequenceDialog
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import Open, trigger
from tests.shell.engine import Engine


class Seeing(Engine):
    """Finds the same in every file."""

    def perform(
        self, command: Command, control: RunControl, publish: Callable[[Message], None]
    ) -> Outcome:
        if isinstance(command, LookAtSequence):
            sight = Sight(Found("array", "An array."), message=f"No {command.source}.")
            publish(SequenceSeen(command.source, sight))
        return super().perform(command, control, publish)


@pytest.fixture
def engine() -> Engine:
    return Seeing()


@pytest.fixture
def opened(
    open_on: Open, engine: Engine, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> MainWindow:
    window = open_on(Session(ThreadRunner(engine.perform), Workspace(tmp_path)))
    window.session.open_model("/toy.pt")
    qtbot.waitUntil(lambda: not window.session.busy)
    window.session.open_sequence("generate:sine")
    qtbot.waitUntil(lambda: not window.session.busy)
    return window


def dialog_of(window: MainWindow) -> SequenceDialog:
    trigger(window, "open_sequence")
    dialog = window.findChild(SequenceDialog)
    assert dialog is not None
    dialog.show_page(dialog.generated)
    return dialog


def test_a_preview_opens_nothing(
    opened: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    before = opened.session.sequence
    dialog = dialog_of(opened)
    qtbot.waitUntil(lambda: dialog.picture.said.text() == "No generate:sine.")
    assert isinstance(engine.commands[-1], LookAtSequence)
    assert opened.session.sequence is before
    assert not opened.banner.isVisible()
    dialog.reject()


def test_a_run_is_not_ended_for_a_preview(
    opened: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    opened.session.run(paused=True)
    assert engine.started.wait(5)
    dialog = dialog_of(opened)
    qtbot.waitUntil(lambda: dialog.picture.said.text() == WAITS)
    assert opened.session.busy
    opened.session.resume()
    qtbot.waitUntil(lambda: dialog.picture.said.text() == "No generate:sine.")
    assert [type(command) for command in engine.commands[-2:]] == [Run, LookAtSequence]
    dialog.reject()
