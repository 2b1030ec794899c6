"""Starts the window: the only place that knows all parts and puts them together."""

import argparse
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from lstm_studio.core.examples import examples
from lstm_studio.core.messages import Failed
from lstm_studio.core.report import report
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panels import PANELS
from lstm_studio.session.host import HostRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.collector import Collector
from lstm_studio.shell.errands import Errands
from lstm_studio.shell.files import is_recording
from lstm_studio.shell.keys import KeyGuard
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.reports import Reports, log_file
from lstm_studio.shell.sessions import ENDING
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.theme import Choice, Theme
from lstm_studio.shell.window import MainWindow

PICTURE: Final = (1600, 1000)
"""Pixels of the window in a screenshot."""


def create_application() -> QApplication:
    """Return the application; the one that there is already, in a notebook."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    QGuiApplication.setDesktopFileName("lstm-studio")
    application = QApplication(sys.argv[:1])
    application.setApplicationName("lstm-studio")
    application.setApplicationDisplayName("LSTM Studio")
    application.setOrganizationName("LSTM Studio")
    return application


def open_window(
    session: Session,
    panels: Iterable[type[Panel]] = PANELS,
    theme_name: Choice | None = None,
    size: tuple[int, int] | None = None,
) -> MainWindow:
    """Open a window on ``session`` and show it; closing it closes the session.

    ``theme_name`` is for this window only; without it the remembered one is taken.
    With a ``size`` every panel is in its own place: pictures can be repeated.
    """
    application = create_application()
    reports = Reports()
    reports.install()
    preferences = Preferences()
    theme = Theme(application, theme_name or preferences.theme)
    window = MainWindow(session, panels, examples(), preferences, theme, reports)
    if size is None:
        window.restore()
    else:
        window.resize(*size)
    for part in (reports, theme):
        part.setParent(window)
    guard = KeyGuard(window)
    application.installEventFilter(guard)
    collector = Collector(window)
    window.closed.connect(collector.end)
    window.closed.connect(reports.remove)
    window.show()
    return window


def screenshot(window: MainWindow, path: Path) -> None:
    """Wait until the window has drawn what the session holds, then save its picture.

    Raises
    ------
    CannotSave
        If the file cannot be written.
    """
    wait_until_drawn(window.session)
    window.pictures.save_window(path)


def run(options: argparse.Namespace) -> int:
    """Do what the command line says; return the exit status."""
    application = create_application()
    engine_log = log_file().with_name("engine.log")
    workspace = Workspace()
    session = Session(HostRunner(engine_log, workspace.folder), workspace)
    session.device = options.device
    ends = bool(options.screenshot or options.report)
    size = PICTURE if ends else None
    window = open_window(session, theme_name=options.theme, size=size)
    errands = Errands(session, _wishes(window, options))
    errands.begin()
    if not ends:
        return application.exec()
    wait_until_drawn(window.session)
    try:
        return _finish(window, options)
    finally:
        window.close()


def _wishes(
    window: MainWindow, options: argparse.Namespace
) -> tuple[Callable[[], None], ...]:
    """Return what the command line asks for, each after the one before went well."""
    session = window.session
    if options.example:
        return (partial(session.open_example, options.example),)
    if not options.model:
        return ()
    if options.model.endswith(ENDING):
        return (partial(window.sessions.open_session_file, options.model),)
    if is_recording(options.model):
        return (partial(window.files.open_recording_folder, options.model),)
    answers, choices = dict(options.answer), dict(options.choice)
    opening = partial(
        session.open_model, options.model, trust=options.trust, answers=answers
    )
    if not options.sequence:
        return (opening,)
    return (
        opening,
        partial(session.open_sequence, options.sequence, choices),
        session.run,
    )


def _finish(window: MainWindow, options: argparse.Namespace) -> int:
    """Print and save what was asked for; return the exit status."""
    session = window.session
    if options.report and session.recording is not None:
        sys.stdout.write(f"{report(session.recording)}\n")
    if options.screenshot:
        window.pictures.save_window(options.screenshot)
        sys.stdout.write(f"picture of the window: {options.screenshot}\n")
    if isinstance(session.outcome, Failed):
        failed = session.outcome
        sys.stderr.write(f"lstm-studio: {failed.message} {failed.next_step}\n")
    return 0 if session.recording is not None else 1
