"""A session on the host: what it keeps, notices and does when the process ends."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.core.messages import Failed, Finished
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.host import HostRunner
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.session.models import SOURCE

CYCLES = 50


@pytest.fixture
def session(qapp: object, tmp_path: Path) -> Iterator[Session]:
    workspace = Workspace(tmp_path / "sessions")
    runner = HostRunner(tmp_path / "engine.log", workspace.folder)
    session = Session(runner, workspace)
    yield session
    session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_session_goes_on_after_the_end_of_its_host(
    session: Session, qtbot: QtBot
) -> None:
    source = session._workspace.folder / "models.py"
    source.write_text(SOURCE)
    with qtbot.waitSignal(session.ended):
        session.open_model(f"{source}:segfault", trust=True)
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:noise", {"steps": 1000, "features": 3})
    model = session.model
    session.run(paused=True)
    session.step(500)
    qtbot.waitUntil(lambda: session.extent.steps == 500)
    with qtbot.waitSignal(session.ended) as ended:
        session.resume()
    assert isinstance(ended.args[0], Failed)
    assert "SIGSEGV" in ended.args[0].message
    # All that was recorded is shown, and all that was open still is.
    recording = session.recording
    assert recording is not None
    assert recording.state == "partial"
    assert 500 <= recording.committed("cell")[0][1] <= 700
    assert session.model is model
    assert session.sequence is not None
    assert not session.busy
    with qtbot.waitSignal(session.ended) as ended:
        session.run()
    assert ended.args == [Finished()]
    assert session.extent.steps == 1000
    assert session.model is model


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_end_of_an_idle_host_is_noticed(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.ended):
        session.open_example("flip-flop")
    with qtbot.waitSignal(session.ended):
        pass
    qtbot.waitUntil(lambda: session.settled)
    process = session._runner._process
    with qtbot.waitSignal(session.ended) as ended:
        os.kill(process.pid, signal.SIGKILL)
    assert "The process that holds the model ended by" in ended.args[0].message
    with qtbot.waitSignal(session.ended) as ended:
        session.run()
    assert ended.args == [Finished()]


def test_a_recording_of_a_session_that_died_is_shown(
    session: Session, qtbot: QtBot
) -> None:
    with qtbot.waitSignals([session.ended, session.ended]):
        session.open_example("flip-flop")
    assert session.recording is not None
    layer = next(iter(session.recording.layers))
    rows = session.recording.read(layer, "h")
    session._workspace._lock.close()
    other = Session(_Nothing(), Workspace(session._workspace.folder.parent))
    (lost,) = other.recoverable()
    other.recover(lost)
    assert other.recording is not None
    np.testing.assert_array_equal(other.recording.read(layer, "h"), rows)
    other.close()


class _Nothing(ThreadRunner):
    def __init__(self) -> None:
        super().__init__(Workbench().perform)


def test_the_size_of_a_run_is_known_before_it(session: Session, qtbot: QtBot) -> None:
    assert session.budget is None
    with qtbot.waitSignals([session.ended, session.ended]):
        session.open_example("flip-flop")
    budget = session.budget
    assert budget is not None
    assert budget.bytes > 0
    assert budget.free > 0
    assert not budget.asks


def test_50_cycles_of_open_run_and_close_leave_nothing(
    qapp: object, qtbot: QtBot, tmp_path: Path
) -> None:
    x = torch.zeros(1, 200, 3)
    bench = Workbench.of_module(nn.LSTM(3, 8, batch_first=True), (x,), {})
    process = psutil.Process()
    seen: list[tuple[int, int, int]] = []

    def cycle() -> None:
        session = Session(ThreadRunner(bench.perform), Workspace(tmp_path))
        session.hold(*bench.opened)
        with qtbot.waitSignal(session.ended):
            session.run()
        assert session.outcome == Finished()
        layer = str(session.view.layer)
        qtbot.waitUntil(lambda: session.rows(layer, "f", slice(None)) is not None)
        session.close()
        session.deleteLater()

    for number in range(CYCLES):
        cycle()
        if number >= CYCLES // 5:
            gc.collect()
            memory = process.memory_info().rss
            seen.append((threading.active_count(), process.num_fds(), memory))
    threads, files, memory = zip(*seen, strict=True)
    assert len(set(threads)) == 1
    assert len(set(files)) == 1
    assert memory[-1] - memory[0] < 8_000_000
    assert list(tmp_path.glob("lstm-studio-*")) == []


def test_runs_in_one_host_leave_nothing_in_it(session: Session, qtbot: QtBot) -> None:
    seen: list[tuple[int, int, int]] = []
    for number in range(CYCLES):
        with qtbot.waitSignals([session.ended, session.ended]):
            session.open_example("flip-flop")
        assert session.outcome == Finished()
        host = psutil.Process(session._runner._process.pid)
        if number >= CYCLES // 5:
            seen.append((host.num_threads(), host.num_fds(), host.memory_info().rss))
    threads, files, memory = zip(*seen, strict=True)
    assert len(set(threads)) == 1
    assert len(set(files)) == 1
    assert memory[-1] - memory[0] < 16_000_000
