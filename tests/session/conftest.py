"""Sessions on a small model in this process, with threads and without."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.reader import InlineReader, ThreadReader
from lstm_studio.session.runner import InlineRunner, ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace

STEPS = 120


def make_module() -> nn.LSTM:
    torch.manual_seed(0)
    return nn.LSTM(3, 6, num_layers=2, batch_first=True)


@pytest.fixture
def make(qapp: object, tmp_path: Path) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def make(*, threads: bool = False, steps: int = STEPS) -> Session:
        x = torch.randn(2, steps, 3, generator=torch.Generator().manual_seed(1))
        bench = Workbench.of_module(make_module(), (x,), {})
        runner = (ThreadRunner if threads else InlineRunner)(bench.perform)
        reader = ThreadReader if threads else InlineReader
        session = Session(runner, Workspace(tmp_path), reader)
        session.hold(*bench.opened)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def session(make: Callable[..., Session], qtbot: QtBot) -> Session:
    session = make()
    with qtbot.waitSignal(session.ended):
        session.run()
    return session
