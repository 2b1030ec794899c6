import math

import pytest
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.panel import Panel
from lstm_studio.session import turn
from lstm_studio.session.session import Session
from lstm_studio.session.turn import TURN


class Counting(Panel):
    id = "counting"
    title = "Counting"
    help = "Counts."

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.drawn: list[int] = []
        self.backgrounds: list[str] = []

    def refresh(self) -> None:
        self.drawn.append(self.session.view.step)

    def recolour(self) -> None:
        self.backgrounds.append(self.colours.background.name())


class Beside(Counting):
    area = "right"


@pytest.fixture
def panel(recorded_session: Session, qtbot: QtBot) -> Counting:
    panel = Counting(recorded_session)
    qtbot.addWidget(panel)
    return panel


def test_many_changes_are_drawn_once(panel: Counting, qtbot: QtBot) -> None:
    panel.show()
    qtbot.waitUntil(lambda: len(panel.drawn) == 1)
    for step in range(1, 40):
        panel.session.look(step=step)
    assert len(panel.drawn) == 1
    qtbot.waitUntil(lambda: len(panel.drawn) == 2)
    assert panel.drawn[-1] == 39


def test_nothing_is_drawn_while_hidden(panel: Counting, qtbot: QtBot) -> None:
    panel.session.look(step=7)
    panel.session.advanced.emit()
    qtbot.wait(50)
    assert panel.drawn == []
    panel.show()
    qtbot.waitUntil(lambda: panel.drawn == [7])
    panel.hide()
    panel.session.look(step=9)
    qtbot.wait(50)
    assert panel.drawn == [7]


def test_nothing_is_drawn_again_when_shown_unchanged(
    panel: Counting, qtbot: QtBot
) -> None:
    panel.show()
    qtbot.waitUntil(lambda: len(panel.drawn) == 1)
    panel.hide()
    panel.show()
    qtbot.wait(50)
    assert len(panel.drawn) == 1


def test_a_new_palette_gives_colours_before_it_is_drawn(
    panel: Counting, qtbot: QtBot
) -> None:
    panel.show()
    qtbot.waitUntil(lambda: len(panel.drawn) == 1)
    palette = QPalette(panel.palette())
    palette.setColor(QPalette.ColorRole.Base, QColor("#123456"))
    panel.setPalette(palette)
    qtbot.waitUntil(lambda: len(panel.drawn) == 2)
    assert panel.backgrounds[-1] == "#123456"


@pytest.fixture
def beside(recorded_session: Session, qtbot: QtBot) -> Beside:
    panel = Beside(recorded_session)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: len(panel.drawn) == 1)
    return panel


def test_what_stands_beside_lets_the_plots_go_first(
    beside: Beside, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "MOST_WAITS", math.inf)
    TURN.until = math.inf
    try:
        beside.session.look(step=5)
        qtbot.wait(20)
        assert len(beside.drawn) == 1
    finally:
        TURN.end()
    qtbot.waitUntil(lambda: beside.drawn[1:] == [5])


def test_what_stands_beside_is_drawn_even_where_plots_take_all_the_time(
    beside: Beside, qtbot: QtBot
) -> None:
    TURN.until = math.inf
    try:
        beside.session.look(step=5)
        qtbot.waitUntil(lambda: beside.drawn[1:] == [5])
    finally:
        TURN.end()


def test_plots_say_when_they_are_drawn(panel: Counting, qtbot: QtBot) -> None:
    turns: list[bool] = []
    panel.refresh = lambda: turns.append(TURN.of_the_plots)  # type: ignore[method-assign]
    panel.show()
    qtbot.waitUntil(lambda: turns == [True])
    qtbot.waitUntil(lambda: not TURN.of_the_plots)
