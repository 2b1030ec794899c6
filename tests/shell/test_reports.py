"""Errors that nobody foresaw reach the banner and the log file."""

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning
from pytestqt.qtbot import QtBot

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.messages import Failed
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.reports import Reports, log_file, report_text
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import IdleRunner
from tests.shell.conftest import Open
from tests.shell.engine import Engine
from tests.shell.keyboard import activate


def test_an_error_in_a_thread_is_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest would count it as an error of the test.
    monkeypatch.setattr(window._reports, "_hooks", (print, lambda _: None, print))

    def fail() -> None:
        raise ZeroDivisionError("by zero")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(window.banner.isVisible)
    assert "ZeroDivisionError: by zero" in window.banner.text.text()
    assert "raise ZeroDivisionError" in window.banner.report
    assert "ZeroDivisionError: by zero" in log_file().read_text()


def test_an_error_in_a_slot_is_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window._reports, "_hooks", (lambda *_: None,) * 3)
    # What Qt calls when Python code that it called has raised.
    error = KeyError("no such unit")
    sys.excepthook(type(error), error, None)
    qtbot.waitUntil(window.banner.isVisible)
    assert "KeyError: 'no such unit'" in window.banner.text.text()
    assert "KeyError" in report_text()


def test_an_error_that_nothing_could_raise_is_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window._reports, "_hooks", (lambda *_: None,) * 3)

    class Fails:
        def __del__(self) -> None:
            raise OSError("in the end")

    fails = [Fails()]
    fails.clear()
    qtbot.waitUntil(window.banner.isVisible)
    assert "OSError: in the end" in window.banner.text.text()
    assert "OSError: in the end" in report_text()


def test_what_failed_in_the_process_of_the_model_is_in_the_report(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    engine.fails = Failed("CannotRun", "The model raised.", "Look.", "line 7")
    with qtbot.waitSignal(window.session.ended):
        window.session.open_model("toy.pt")
    assert window.banner.text.text() == "The model raised."
    assert window.banner.report == "CannotRun: The model raised.\n\nLook.\n\nline 7"
    assert "CannotRun: The model raised.\nline 7" in report_text()


def test_a_refusal_keeps_its_own_words(qtbot: QtBot) -> None:
    reports = Reports()
    said: list[Failed] = []
    reports.failed.connect(said.append)
    reports.report(CannotSave("The disk is full.", "Free some space."))
    assert said[0].message == "The disk is full."
    assert said[0].next_step == "Free some space."


def test_everything_is_as_it_was_after_the_window(window: MainWindow) -> None:
    assert sys.excepthook == window._reports._on_exception
    hooks = window._reports._hooks
    window.close()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == hooks


@pytest.mark.qt_log_level_fail("CRITICAL")
def test_what_qt_says_is_noted(window: MainWindow) -> None:
    qWarning("something odd")
    assert "Qt: something odd" in log_file().read_text()


def test_two_windows_share_what_catches_errors(
    window: MainWindow, open_on: Open, tmp_path: Path
) -> None:
    before = window._reports._hooks
    second = open_on(Session(IdleRunner(), Workspace(tmp_path)))
    assert second._reports is window._reports
    assert second.theme is window.theme
    # Closed in the order in which they were opened: nobody's hooks stay behind.
    window.close()
    assert sys.excepthook == second._reports._on_exception
    second.close()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_an_error_is_shown_where_the_user_is(
    window: MainWindow, open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    second = open_on(Session(IdleRunner(), Workspace(tmp_path)))
    for each, other in ((second, window), (window, second)):
        activate(qtbot, each)
        each._reports.report(RuntimeError("seven"))
        assert each.banner.isVisible()
        assert not other.banner.isVisible()
        each.banner.hide()
