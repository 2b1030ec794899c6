"""Errors that nobody foresaw reach the banner and the log file."""

import sys
import threading

import pytest
from PySide6.QtCore import qWarning
from pytestqt.qtbot import QtBot

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.messages import Failed
from lstm_studio.shell.reports import Reports, log_file
from lstm_studio.shell.window import MainWindow


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
