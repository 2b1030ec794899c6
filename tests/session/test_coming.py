"""A large model shows what is in it before its weights are read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.files import budget
from lstm_studio.engine.models import described
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.reader import InlineReader
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace


@pytest.fixture
def session(qapp: object, tmp_path: Path) -> Iterator[Session]:
    runner = InlineRunner(Workbench().perform)
    session = Session(runner, Workspace(tmp_path / "recordings"), InlineReader)
    yield session
    session.close()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(described, "_LARGE", 0)
    path = tmp_path / "model.pt"
    torch.save(nn.LSTM(3, 4).state_dict(), path)
    return path


def open_and_watch(
    session: Session, path: Path, qtbot: QtBot
) -> list[tuple[bool, bool]]:
    """Return, at each signal, whether a model was coming and whether one was there."""
    seen: list[tuple[bool, bool]] = []

    def note() -> None:
        seen.append((session.coming is not None, session.model is not None))

    session.opened.connect(note)
    with qtbot.waitSignal(session.ended):
        session.open_model(str(path))
    return seen


def test_a_model_comes_before_it_is_there(
    session: Session, path: Path, qtbot: QtBot
) -> None:
    assert (True, False) in open_and_watch(session, path, qtbot)
    assert session.outcome == Finished()
    assert session.model is not None
    assert session.coming is None


def test_a_model_that_does_not_fit_goes_again(
    session: Session, path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "machine_memory", lambda: 100)
    assert (True, False) in open_and_watch(session, path, qtbot)
    assert isinstance(session.outcome, Failed)
    assert session.model is None
    assert session.coming is None
