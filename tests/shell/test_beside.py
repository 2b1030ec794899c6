"""Two windows of one studio: another recording beside this one, one cursor for both."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.session.other import Other
from lstm_studio.shell.dialogs.compare import CompareDialog
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open

RUN = "recording-0001"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "before.run"
    make_recording(units=6).save(path)
    return path


def other_of(window: MainWindow, qapp: QApplication) -> MainWindow:
    found = [
        each
        for each in qapp.topLevelWidgets()
        if isinstance(each, MainWindow) and each is not window and each.isVisible()
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def pair(
    recorded: MainWindow, saved: Path, qapp: QApplication
) -> tuple[MainWindow, MainWindow]:
    recorded.session.look(layer="rnn.l1", unit=2, step=30)
    recorded.session.pin(Pin("rnn.l0", "c", 1))
    recorded.beside.compare_with(str(saved))
    other = other_of(recorded, qapp)
    return recorded, other


def test_the_cursor_of_both_is_one(
    pair: tuple[MainWindow, MainWindow], qapp: QApplication
) -> None:
    window, other = pair
    view = other.session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l1", 2, 30)
    assert view.pins == (Pin("rnn.l0", "c", 1),)
    other.navigation.step_forth()
    assert window.session.view.step == 31
    other.close()
    window.navigation.step_forth()
    assert window.session.view.step == 32


def test_each_shows_how_the_other_differs(
    pair: tuple[MainWindow, MainWindow],
) -> None:
    window, other = pair
    for one, two, second in ((window, other, True), (other, window, False)):
        assert one.session.other == Other(two.session.recording, is_second=second)
    other.session.show_recording(make_recording(units=3))
    assert window.session.other == Other(other.session.recording, is_second=True)
    other.close()
    assert window.session.other is None


def test_titles_and_switches_say_which_is_which(
    pair: tuple[MainWindow, MainWindow],
) -> None:
    window, other = pair
    assert window.windowTitle().startswith("A: ")
    assert other.windowTitle().startswith("B: before.run")
    action = window.actions_["link_cursor"]
    assert action in window.bar.actions()
    assert action.iconText() == "A linked with B"
    other.actions_["link_cursor"].trigger()
    assert action.iconText() == "A apart from B"
    window.session.look(step=77)
    assert other.session.view.step == 30
    window.refresh()
    assert not action.isChecked()
    action.trigger()
    assert other.session.view.step == 77
    other.close()
    assert not window.windowTitle().startswith("A")
    assert action not in window.bar.actions()


def test_the_first_may_be_closed_first(
    pair: tuple[MainWindow, MainWindow], qtbot: QtBot
) -> None:
    window, other = pair
    window.close()
    other.navigation.step_forth()
    assert other.session.view.step == 31
    other.refresh()
    assert other.actions_["compare"].isEnabled()
    # The errors of the one that is left are still caught.
    window._reports.report(RuntimeError("seven"))
    qtbot.waitUntil(other.banner.isVisible)
    other.close()


def test_nothing_is_left_of_the_second(
    pair: tuple[MainWindow, MainWindow], tmp_path: Path
) -> None:
    window, other = pair
    folder = other.session.folder
    gone: list[bool] = []
    other.destroyed.connect(lambda: gone.append(True))
    assert folder.is_dir()
    other.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert gone
    assert not folder.exists()
    assert window.isVisible()


def test_another_recording_comes_into_the_same_window(
    pair: tuple[MainWindow, MainWindow], tmp_path: Path, qapp: QApplication
) -> None:
    window, other = pair
    path = tmp_path / "later.run"
    make_recording(units=4).save(path)
    window.beside.compare_with(str(path))
    assert other_of(window, qapp) is other
    assert other.windowTitle().startswith("B: later.run")
    other.refresh()
    assert not other.actions_["compare"].isEnabled()
    other.close()


def test_a_run_before_outlives_the_window_that_made_it(
    open_on: Open, tmp_path: Path, saved: Path, qapp: QApplication
) -> None:
    session = make_session(tmp_path)
    for number in (1, 2):
        shutil.copytree(saved, session.folder / f"recording-000{number}")
    session.open_recording(str(session.folder / "recording-0002"))
    session.saved = ""
    window = open_on(session)
    before = session.folder / RUN
    assert session.earlier_runs == (before,)
    window.beside.compare_with(str(before))
    other = other_of(window, qapp)
    assert other.windowTitle().startswith("B: run 1")
    assert window.windowTitle().startswith("A: run 2")
    window.close()
    assert not before.exists()
    recording = other.session.recording
    assert recording is not None
    assert recording.read("rnn.l1", "c", slice(50, 60)).shape == (10, 6)
    other.close()


def test_runs_and_saved_recordings_are_offered(
    recorded: MainWindow, saved: Path, qapp: QApplication
) -> None:
    shutil.copytree(saved, recorded.session.folder / RUN)
    recorded._preferences.remember_recent(str(saved))
    recorded.beside.compare()
    dialog = recorded.findChild(QDialog, "compare")
    assert isinstance(dialog, CompareDialog)
    said = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert said[0].startswith("run 1")
    assert said[1].startswith("before.run")
    assert "120 steps" in said[1]
    dialog.list.setCurrentRow(1)
    dialog.compare.click()
    other_of(recorded, qapp).close()


def test_what_is_no_recording_opens_no_window(
    recorded: MainWindow, tmp_path: Path, qapp: QApplication
) -> None:
    recorded.beside.compare_with(str(tmp_path))
    assert recorded.banner.isVisible()
    visible = [w for w in qapp.topLevelWidgets() if w.isVisible()]
    assert visible == [recorded]


def test_the_arrangement_of_the_second_is_not_kept(
    pair: tuple[MainWindow, MainWindow],
) -> None:
    window, other = pair
    other.studio.docks[0].hide()
    other.close()
    assert window._preferences.state("arrangement").isEmpty()


def test_a_session_file_keeps_the_first_alone(
    pair: tuple[MainWindow, MainWindow], saved: Path
) -> None:
    window, other = pair
    assert window.sessions.present.recording == ""
    assert other.sessions.present.recording == str(saved)
    other.close()
