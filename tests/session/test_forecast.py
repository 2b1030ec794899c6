"""A run that takes most of the room that there is waits for a second word."""

from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.core.budget import Budget
from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session import forecast
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace


@pytest.fixture
def session(qapp: object, qtbot: QtBot, tmp_path: Path) -> Session:
    session = Session(InlineRunner(Workbench().perform), Workspace(tmp_path / "s"))
    torch.save(nn.LSTM(3, 64).state_dict(), tmp_path / "model.pt")
    with qtbot.waitSignal(session.ended):
        session.open_model(str(tmp_path / "model.pt"))
    yield session
    session.close()


def feed(session: Session, qtbot: QtBot, steps: int) -> Budget:
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:noise", {"steps": steps})
    assert session.budget is not None
    return session.budget


def test_a_run_of_usual_size_is_made_at_once(session: Session, qtbot: QtBot) -> None:
    assert not feed(session, qtbot, 100).asks
    with qtbot.waitSignal(session.ended) as ended:
        session.run()
    assert ended.args == [Finished()]


@pytest.mark.parametrize("short_of", ["disk", "memory"])
def test_a_large_run_is_asked_about_before_it_begins(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, short_of: str
) -> None:
    if short_of == "disk":
        monkeypatch.setattr(Workspace, "free", 40_000)
    else:
        monkeypatch.setattr(forecast, "free_memory", lambda: 60_000)
    budget = feed(session, qtbot, 100)
    assert budget.asks
    with qtbot.waitSignal(session.ended) as ended:
        session.run()
    failed = ended.args[0]
    assert isinstance(failed, Failed)
    assert failed.kind == "TooLarge"
    assert failed.message == str(budget)
    assert failed.next_step == "Take fewer steps or samples, or run all the same."
    assert not session.busy
    assert session.recording is None
    assert list(session.folder.iterdir()) == []
    with qtbot.waitSignal(session.ended) as ended:
        session.run(sure=True)
    assert ended.args == [Finished()]


def test_the_time_is_that_of_the_run_before(session: Session, qtbot: QtBot) -> None:
    feed(session, qtbot, 100)
    with qtbot.waitSignal(session.ended):
        session.run()
    assert session.recording is not None
    seconds = session.recording.origin.seconds
    assert seconds
    assert feed(session, qtbot, 300).seconds == pytest.approx(3 * seconds)
