"""The pictures on the cards of the welcome page show the examples as they are.

Each is a piece of a panel, at twice its size on the card, so that it is sharp on
screens of scale 2. ``scripts/pictures`` draws them anew, to be looked at.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow
from pytestqt.qtbot import QtBot

from lstm_studio.core.examples import example, examples
from lstm_studio.engine.workbench import Workbench
from lstm_studio.panels import PANELS
from lstm_studio.panels.text import TextPanel
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.cardpicture import HEIGHT, WIDTH
from lstm_studio.shell.catalogue import ACTIONS
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.welcome import Welcome
from tests.screens.approving import approve

SCALE = 2


@dataclass(frozen=True)
class Piece:
    """What of a panel stands on a card: from its corner on, so many times as large."""

    panel: str
    size: tuple[int, int]
    corner: tuple[int, int]
    zoom: float = 1
    look: dict[str, Any] = field(default_factory=dict)


PIECES = {
    # Seven whole lines.
    "char-lstm": Piece("text", (640, 310), (34, 187), HEIGHT / (7 * 17)),
    "flip-flop": Piece("phase", (560, 250), (138, 40), 0.6),
    "tagger": Piece("heatmaps", (300, 330), (50, 189)),
    "forecaster": Piece(
        "trajectories", (300, 170), (52, 39), look={"span": (336, 600)}
    ),
}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM") != "offscreen",
    reason="pictures were approved on Linux off screen: letters differ elsewhere",
)


@pytest.fixture
def coloured(
    qapp: QApplication, letters: None, theme: Literal["dark", "light"]
) -> Iterator[None]:
    """Give the application the theme of a window."""
    taken = Theme(qapp, theme)
    yield
    taken.choose("system")
    taken.setParent(None)


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    session = Session(ThreadRunner(Workbench().perform), Workspace(tmp_path))
    yield session
    session.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", PIECES)
def test_a_card_shows_its_example(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    coloured: None,
    session: Session,
    name: str,
    theme: str,
) -> None:
    piece = PIECES[name]
    session.open_example(name)
    wait_until_drawn(session)
    session.look(**piece.look)
    kind = next(kind for kind in PANELS if kind.id == piece.panel)
    host = QMainWindow()
    qtbot.addWidget(host)
    dock = QDockWidget(host)
    panel = kind(session)
    if isinstance(panel, TextPanel):
        panel.below.setCurrentIndex(0)
    panel.setFixedSize(*piece.size)
    dock.setWidget(panel)
    host.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    host.show()
    wait_until_drawn(session)
    shown = QSize(WIDTH, HEIGHT)
    assert panel.rect().contains(QRect(QPoint(*piece.corner), shown / piece.zoom))
    drawn = QImage(shown * SCALE, QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    painter.scale(SCALE * piece.zoom, SCALE * piece.zoom)
    painter.translate(-QPoint(*piece.corner))
    panel.render(painter, QPoint())
    painter.end()
    approve(request, drawn, example(name).picture(theme))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_welcome_page_looks_as_approved(
    request: pytest.FixtureRequest, qtbot: QtBot, coloured: None, theme: str
) -> None:
    holder = QObject()
    actions = Actions(holder, ACTIONS, {action.name: _nothing for action in ACTIONS})
    page = Welcome(examples(), actions)
    qtbot.addWidget(page)
    page.show_recent(["/usr/share/fonts"])
    page.resize(1024, 640)
    page.show()
    page.cards[1].setFocus()
    QApplication.processEvents()
    name = f"welcome-{theme}.png"
    approve(request, page.grab().toImage(), Path(__file__).parent / "approved" / name)


def _nothing() -> None:
    """Stand in for what an action does."""
