"""Session files, what is offered after a crash, and layouts by name."""

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import OpenModel, OpenSequence, Run
from lstm_studio.core.sessionfile import read_session
from lstm_studio.core.view import Pin
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.dialogs.layouts import LayoutsDialog
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open
from tests.shell.engine import Engine
from tests.shell.keyboard import CONTROL, SHIFT, press
from tests.shell.test_studio import dock


def test_a_session_opens_again_as_it_was(
    window: MainWindow, engine: Engine, tmp_path: Path, qtbot: QtBot
) -> None:
    session, path = window.session, tmp_path / "toy.session.json"
    model = str(tmp_path / "toy.pt")
    with qtbot.waitSignal(session.ended):
        session.open_model(model, answers={"head": "every step"})
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:sine", {"steps": 40})
    window.sessions.save_session_to(str(path))
    assert str(path) in window._preferences.recent
    engine.commands.clear()
    window.opening.open_paths([str(path)])
    qtbot.waitUntil(lambda: len(engine.commands) == 2 and not session.busy)
    opened = engine.commands
    assert isinstance(opened[0], OpenModel)
    assert (opened[0].path, opened[0].trust) == (model, False)
    assert opened[1] == OpenSequence("generate:sine", {"steps": 40})
    assert "trust" not in path.read_text()


def test_a_model_that_changed_is_told(
    window: MainWindow, engine: Engine, tmp_path: Path, qtbot: QtBot
) -> None:
    session, path = window.session, tmp_path / "toy.session.json"
    with qtbot.waitSignal(session.ended):
        session.open_model(str(tmp_path / "toy.pt"))
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:sine")
    window.sessions.save_session_to(str(path))
    body = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "sha256": "00" * 32, "ran": True}))
    engine.commands.clear()
    with qtbot.waitSignal(window._reports.failed) as told:
        window.sessions.open_session_file(str(path))
        qtbot.waitUntil(lambda: len(engine.commands) == 3 and not session.busy)
    assert "toy.pt is not what it was" in told.args[0].message
    # It had been run, and its recording was not saved.
    assert isinstance(engine.commands[-1], Run)


def test_a_saved_recording_comes_back_with_its_view(
    recorded: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    session, folder = recorded.session, tmp_path / "kept"
    session.model = None
    session.save_recording(str(folder))
    session.look(layer="rnn.l1", unit=3, step=60, span=(40, 90))
    session.pin(Pin("rnn.l0", "c", 2))
    wanted = session.view
    path = tmp_path / "x.session.json"
    recorded.sessions.save_session_to(str(path))
    session.look(unit=0, step=0, span=(0, 120), pins=())
    recorded.sessions.open_session_file(str(path))
    qtbot.waitUntil(lambda: session.view.step == 60)
    for name in ("layer", "unit", "step", "span", "pins"):
        assert getattr(session.view, name) == getattr(wanted, name)
    assert session.recording is not None
    assert session.recording.path == folder


@pytest.fixture
def died(recorded: MainWindow, tmp_path: Path) -> Path:
    """A folder as a session that was killed leaves it, with a recording in it."""
    session = recorded.session
    session.model = None
    session.save_recording(str(session.folder / "recording-0001"))
    session.look(layer="rnn.l1", unit=4, step=77)
    recorded.sessions.keep()
    parent = tmp_path / "caches"
    shutil.copytree(session.folder, parent / session.folder.name)
    (parent / f"{session.folder.name}.lock").touch()
    recorded.close()
    return parent


def test_after_a_crash_what_was_open_is_offered(
    died: Path, open_on: Open, engine: Engine, qtbot: QtBot
) -> None:
    session = Session(ThreadRunner(engine.perform), Workspace(died))
    window = open_on(session)
    offered = window.welcome.recovery
    assert offered.isVisible()
    assert "is safe" in offered.text.text()
    offered.reopen.click()
    qtbot.waitUntil(lambda: session.view.step == 77)
    assert (session.view.layer, session.view.unit) == ("rnn.l1", 4)
    assert session.extent.steps == 120
    assert not offered.isVisible()
    assert not session.recoverable()


def test_a_session_is_kept_before_its_run_begins(
    window: MainWindow, qtbot: QtBot
) -> None:
    session = window.session
    kept = session.folder / "session.json"
    session.open_model("/toy.pt")
    qtbot.waitUntil(lambda: not session.busy)
    assert not kept.exists()
    session.open_sequence("generate:sine")
    qtbot.waitUntil(lambda: not session.busy)
    saved = read_session(kept)
    assert (saved.model, saved.source, saved.ran) == ("/toy.pt", "generate:sine", False)


def test_a_recording_has_its_session_from_its_first_moment(
    recorded: MainWindow, tmp_path: Path
) -> None:
    session = recorded.session
    kept = session.folder / "session.json"
    assert not kept.exists()
    session.save_recording(str(tmp_path / "saved"))
    session.open_recording(str(tmp_path / "saved"))
    assert read_session(kept).ran


def test_what_a_crash_left_can_be_forgotten(
    died: Path, open_on: Open, engine: Engine
) -> None:
    session = Session(ThreadRunner(engine.perform), Workspace(died))
    window = open_on(session)
    window.welcome.recovery.forget.click()
    assert not session.recoverable()
    assert not window.welcome.recovery.isVisible()


def test_layouts_are_saved_taken_and_deleted(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_on(make_session(tmp_path / "1", make_recording()))

    def ask() -> LayoutsDialog:
        press(qtbot, window, Qt.Key.Key_L, CONTROL | SHIFT)
        found = window.findChildren(LayoutsDialog)[-1]
        assert isinstance(found, LayoutsDialog)
        return found

    dock(window, "upper").close()
    asked = ask()
    assert not asked.use.isEnabled()
    asked.name.setText("Small")
    asked.save.click()
    dock(window, "upper").show()
    assert window.layouts.names == ("Small",)
    asked = ask()
    asked.use.click()
    assert dock(window, "upper").isHidden()
    asked = ask()
    asked.delete.click()
    assert window.layouts.names == ()
    asked.reject()


def test_the_report_of_an_error_can_be_copied(window: MainWindow, qtbot: QtBot) -> None:
    window._reports.report(RuntimeError("seven"))
    press(qtbot, window, Qt.Key.Key_R, CONTROL | SHIFT)
    copied = QGuiApplication.clipboard().text()
    assert "torch 2." in copied
    assert "RuntimeError: seven" in copied


def test_the_second_window_on_a_session_reads_only(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path, other = tmp_path / "toy.session.json", tmp_path / "other.session.json"
    saves = "save_session"

    def open_window() -> MainWindow:
        engine = Engine()
        session = Session(ThreadRunner(engine.perform), Workspace(tmp_path / "s"))
        return open_on(session)

    first, second = open_window(), open_window()
    with qtbot.waitSignal(first.session.ended):
        first.session.open_model(str(tmp_path / "toy.pt"))
    first.sessions.save_session_to(str(path))
    before = path.read_bytes()
    with qtbot.waitSignal(second.session.ended):
        second.opening.open_paths([str(path)])
    qtbot.waitUntil(second.banner.isVisible)
    assert second.banner.text.text() == (
        "toy.session.json is open in another window. Here it is open to read only."
    )
    assert second.banner.offer.text() == "Save session as…"
    assert second.windowTitle() == "toy.pt – LSTM Studio (read-only)"
    second.refresh()
    assert second.actions_[saves].text() == "Save session as…"
    assert "open in another window" in second.actions_[saves].toolTip()
    # Not even by its name can it be written from here.
    second.sessions.save_session_to(str(path))
    assert "Nothing was written." in second.banner.text.text()
    assert path.read_bytes() == before
    second.sessions.save_session_to(str(other))
    second.refresh()
    assert not second.sessions.read_only
    assert second.windowTitle() == "toy.pt – LSTM Studio"
    assert second.actions_[saves].text() == "Save session…"
    assert "open in another window" not in second.actions_[saves].toolTip()
    # The first one is gone: its session is anybody's again.
    first.close()
    with qtbot.waitSignal(second.session.ended):
        second.opening.open_paths([str(path)])
    assert not second.sessions.read_only
