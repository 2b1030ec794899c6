"""Files of before: listed in the File menu, opened, missing and forgotten."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import OpenModel
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.recent import MENU
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import trigger
from tests.shell.engine import Engine


@pytest.fixture
def saved(window: MainWindow, tmp_path: Path) -> Path:
    path = tmp_path / "a & b\u202e.pt"
    path.touch()
    window._preferences.remember_recent(str(path))
    return path


def entries(window: MainWindow) -> list[QAction]:
    window.menus["File"].aboutToShow.emit()
    return [action for action in window.menus[MENU].actions() if action.data()]


def test_without_files_there_is_nothing_to_open(window: MainWindow) -> None:
    assert entries(window) == []
    assert not window.menus[MENU].menuAction().isEnabled()
    window.refresh()
    assert not window.actions_["clear_recent"].isEnabled()


def test_a_file_of_before_opens_from_the_menu(
    window: MainWindow, saved: Path, engine: Engine, qtbot: QtBot
) -> None:
    (entry,) = entries(window)
    assert window.menus[MENU].menuAction().isEnabled()
    assert entry.text().startswith("a && b\\u202e.pt    ")
    menu = window.menus[MENU]
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.mouseClick(
        menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center()
    )
    qtbot.waitUntil(lambda: bool(engine.commands) and not window.session.busy)
    assert engine.commands == [OpenModel(str(saved))]


def test_the_latest_stands_first_each_time_the_menu_opens(
    window: MainWindow, saved: Path
) -> None:
    for name in ("one.pt", "two.pt"):
        window._preferences.remember_recent(f"/m/{name}")
    assert [Path(entry.data()).name for entry in entries(window)] == [
        "two.pt",
        "one.pt",
        saved.name,
    ]
    # Those of before do not stay behind.
    assert len(entries(window)) == len(window.menus[MENU].actions()) - 2
    assert len(window.menus[MENU].findChildren(QAction)) <= 5


@pytest.mark.parametrize("name", ["gone.pt", "gone.npy", "gone.run", "gone.lstm"])
def test_a_file_that_is_gone_is_named(
    window: MainWindow, engine: Engine, name: str
) -> None:
    window._preferences.remember_recent(f"/m/{name}")
    (entry,) = entries(window)
    entry.trigger()
    assert f"There is no /m/{name} any more." in window.banner.text.text()
    assert engine.commands == []


def test_the_list_can_be_cleared(window: MainWindow, saved: Path) -> None:
    window._show_recent()
    shown = window.welcome.findChildren(QToolButton)
    assert [button.property("path") for button in shown] == [str(saved)]
    assert "a && b\\u202e.pt" in shown[0].text()
    trigger(window, "clear_recent")
    assert Preferences().recent == ()
    assert saved.exists()
    assert not window.welcome._recent_title.isVisible()
    assert entries(window) == []
    assert not window.actions_["clear_recent"].isEnabled()


def test_the_submenu_stands_below_what_opens(window: MainWindow) -> None:
    file = window.menus["File"]
    names = [action.text() for action in file.actions()]
    assert names.index("Open recent") == names.index("Open recording…") + 1
    assert isinstance(window.menus[MENU], QMenu)
