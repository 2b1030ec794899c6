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
from lstm_studio.shell.reports import Reports, log_file
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import IdleRunner
from tests.shell.conftest import Open
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
