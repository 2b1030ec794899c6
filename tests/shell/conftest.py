"""Windows for tests, on a made-up engine or on a small recording; closed after each."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.colours import MAPS
from lstm_studio.panelkit.panel import Panel
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import open_window
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.engine import Engine


class _Plain(Panel):
    help: ClassVar[str] = "What it shows."

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.label = QLabel(self.title, self)
        QVBoxLayout(self).addWidget(self.label)

    def refresh(self) -> None:
        self.label.setText(str(self.session.view.step))


class Left(_Plain):
    id, title, area = "left", "Left & <b>right</b>", "left"


class Upper(_Plain):
    id, title, area = "upper", "Upper", "center"


class Lower(_Plain):
    id, title, area = "lower", "Lower", "center"


class Right(_Plain):
    id, title, area = "right", "Right", "right"


class First(_Plain):
    id, title, area = "first", "First", "bottom"


class Second(_Plain):
    id, title, area = "second", "Second", "bottom"


PLAIN = (Left, Upper, Lower, Right, First, Second)


def trigger(window: MainWindow, name: str) -> None:
    """Choose an action that can be done now; one that is grey does nothing."""
    # Bars follow the session at a pace of their own.
    window.refresh()
    action = window.actions_[name]
    assert action.isEnabled(), name
    action.trigger()


class Open(Protocol):
    """Opens a window; without a size it has that of the tests."""

    def __call__(
        self,
        session: Session,
        panels: tuple[type[Panel], ...] = PLAIN,
        size: tuple[int, int] | None = None,
    ) -> MainWindow: ...


@pytest.fixture
def open_on(qapp: QApplication, qtbot: QtBot) -> Iterator[Open]:
    """Open a window on a session; it is closed and gone after the test."""
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    windows: list[MainWindow] = []

    def open_it(
        session: Session,
        panels: tuple[type[Panel], ...] = PLAIN,
        size: tuple[int, int] | None = None,
    ) -> MainWindow:
        window = open_window(session, panels, size=size)
        if size is None:
            window.resize(1280, 800)
        qtbot.addWidget(window)
        qtbot.waitExposed(window)
        windows.append(window)
        return window

    yield open_it
    for window in windows:
        window.close()
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])
    qapp.setProperty(MAPS, None)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def window(open_on: Open, engine: Engine, tmp_path: Path) -> MainWindow:
    """A window with nothing open, on the made-up engine in a thread."""
    return open_on(Session(ThreadRunner(engine.perform), Workspace(tmp_path)))


@pytest.fixture
def recorded(open_on: Open, tmp_path: Path) -> MainWindow:
    """A window on two layers of six units over 120 steps."""
    return open_on(make_session(tmp_path, make_recording()))
