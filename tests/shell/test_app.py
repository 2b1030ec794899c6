"""The window starts without torch, and draws itself into a file."""

import argparse
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import OpenModel, OpenSequence
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell import surroundings
from lstm_studio.shell.app import _wishes, screenshot
from lstm_studio.shell.errands import Errands
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import Open
from tests.shell.engine import Engine

OPEN = """
import sys
from pathlib import Path
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import create_application, open_window
from lstm_studio.shell.settle import wait_until_drawn
create_application()
window = open_window(Session(InlineRunner(None), Workspace(Path(sys.argv[1]))))
wait_until_drawn(window.session)
assert window.isVisible()
assert "torch" not in sys.modules
window.close()
"""


def test_the_window_leaves_torch_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_a_screenshot_carries_its_origin(recorded: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "window.png"
    screenshot(recorded, path)
    image = QImage(str(path))
    assert image.width() == recorded.width()
    assert image.height() >= recorded.height()
    assert "LSTM Studio" in image.text("Software")
    assert image.text("Layer") == "rnn.l0"


def test_garbage_is_collected_on_the_timer_while_the_window_is_open(
    window: MainWindow,
) -> None:
    assert not gc.isenabled()
    window.close()
    assert gc.isenabled()


@pytest.mark.parametrize("files", [("net.pt", "x.npy"), ("x.npy", "net.pt")])
def test_a_model_and_its_sequence_open_in_any_order(
    window: MainWindow, engine: Engine, qtbot: QtBot, files: tuple[str, str]
) -> None:
    options = argparse.Namespace(
        example=None,
        model=files[0],
        sequence=files[1],
        answer=[],
        choice=[],
        trust=False,
    )
    Errands(window.session, _wishes(window, options)).begin()
    qtbot.waitUntil(lambda: len(engine.commands) == 3)
    assert engine.commands[:2] == [OpenModel("net.pt"), OpenSequence("x.npy")]
    qtbot.waitUntil(lambda: not window.session.busy)


def test_a_bad_version_is_said_once(
    open_on: Open,
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    said = ("torch 2.9.1 opens files less safely.", 'pip install "torch>=2.10"')
    monkeypatch.setattr(surroundings, "bad_here", lambda: [said])

    def open_window() -> MainWindow:
        return open_on(Session(ThreadRunner(engine.perform), Workspace(tmp_path)))

    first, second = open_window(), open_window()
    qtbot.waitUntil(first.banner.isVisible)
    assert first.banner.text.text() == said[0]
    assert first.banner.next_step.text() == f"Close the studio, and run: {said[1]}"
    assert not second.banner.isVisible()
