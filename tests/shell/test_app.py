"""The window starts without torch, and draws itself into a file."""

import gc
import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

from lstm_studio.shell.app import screenshot
from lstm_studio.shell.window import MainWindow

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
