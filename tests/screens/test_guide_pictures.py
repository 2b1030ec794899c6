"""The pictures of README and guide show the program as it is.

``scripts/pictures`` draws them anew, all at once, to be looked at.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow
from pytestqt.qtbot import QtBot

from lstm_studio.core.recording import Recording
from lstm_studio.core.view import Pin
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.workbench import Workbench
from lstm_studio.panels import PANELS
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import open_window
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.theme import Theme
from tests.panels.recorded import make_session
from tests.screens.approving import approve

PICTURES = Path(__file__).parents[2] / "docs" / "guide" / "pictures"
WINDOW = (1600, 1000)
WIDE = (920, 300)


@dataclass(frozen=True)
class Shot:
    """A panel on a bundled example, after it was run."""

    panel: str
    example: str = "char-lstm"
    size: tuple[int, int] = WIDE
    look: dict[str, Any] = field(default_factory=dict)


SHOTS = {
    "layers": Shot("layers", "tagger", (300, 430)),
    "input": Shot("input", look={"span": (520, 620)}, size=(920, 130)),
    "states": Shot("heatmaps", size=(920, 520)),
    "trajectories": Shot("trajectories", look={"span": (450, 750)}),
    "gates": Shot("gates", look={"span": (500, 640)}, size=(920, 380)),
    "inspector": Shot("inspector", size=(420, 900)),
    "pins": Shot("pins", size=(300, 160)),
    "output-tokens": Shot("output", look={"span": (530, 570)}),
    "output-values": Shot("output", "forecaster", look={"span": (336, 600)}),
    "text": Shot("text", size=(920, 260)),
    "live": Shot("live", size=(420, 340)),
    "returned": Shot("returned", "tagger", size=(920, 150)),
    "saturation": Shot("saturation", size=(460, 470)),
    "phase": Shot("phase", "flip-flop", size=(460, 560)),
}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM") != "offscreen",
    reason="pictures were approved on Linux off screen: letters differ elsewhere",
)


@pytest.fixture
def light(qapp: QApplication, letters: None) -> Iterator[None]:
    """Give the application the theme of a window."""
    theme = Theme(qapp, "light")
    yield
    theme.choose("system")
    theme.setParent(None)


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    session = Session(ThreadRunner(Workbench().perform), Workspace(tmp_path))
    yield session
    session.close()


@pytest.mark.parametrize("name", SHOTS)
def test_a_panel_is_as_in_the_guide(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    light: None,
    session: Session,
    name: str,
) -> None:
    shot = SHOTS[name]
    session.open_example(shot.example)
    wait_until_drawn(session)
    session.look(**shot.look)
    compare(request, qtbot, session, shot.panel, shot.size, name)


def compare(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    session: Session,
    panel: str,
    size: tuple[int, int],
    name: str,
) -> None:
    kind = next(kind for kind in PANELS if kind.id == panel)
    host = QMainWindow()
    qtbot.addWidget(host)
    dock = QDockWidget(host)
    widget = kind(session)
    widget.setFixedSize(*size)
    dock.setWidget(widget)
    host.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    host.show()
    host.setFocus()
    wait_until_drawn(session)
    approve(request, widget.grab().toImage(), PICTURES / f"{name}.png")


class Segments(torch.nn.Module):
    """Runs ten steps at a time, and takes the state along or forgets to."""

    def __init__(self, *, carry: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = torch.nn.LSTM(3, 12)
        self.carry = carry

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = None
        outputs = []
        for segment in torch.split(x, 20):
            y, new = self.lstm(3 * segment, state)
            state = new if self.carry else None
            outputs.append(y)
        return torch.cat(outputs)


def segments(*, carry: bool) -> Recording:
    """Return a recording of 100 steps in five segments."""
    torch.manual_seed(1)
    return record(Segments(carry=carry), torch.randn(100, 1, 3).cumsum(0) / 8)


@pytest.mark.parametrize("name", ["carried", "reset"])
def test_segments_are_as_in_the_guide(
    request: pytest.FixtureRequest, qtbot: QtBot, light: None, tmp_path: Path, name: str
) -> None:
    session = make_session(tmp_path, segments(carry=name == "carried"))
    session.look(layer="lstm.l0", unit=4, step=40, streams={"lstm.l0": "c"})
    session.look(pins=(Pin("lstm.l0", "c", 4),))
    compare(request, qtbot, session, "heatmaps", (920, 260), name)
    session.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_window_is_as_in_the_readme(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    letters: None,
    session: Session,
    theme: Literal["dark", "light"],
) -> None:
    session.open_example("char-lstm")
    window = open_window(session, theme_name=theme, size=WINDOW)
    qtbot.addWidget(window)
    wait_until_drawn(session)
    drawn = window.grab().toImage()
    # The line at the bottom says how long the run took.
    leave = (
        window.height()
        - window.status.mapTo(window, window.status.rect().topLeft()).y()
    )
    name = "window" if theme == "dark" else "window-light"
    approve(request, drawn, PICTURES / f"{name}.png", leave)
    window.close()
