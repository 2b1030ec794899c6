"""Starts the window: the only place that knows all parts and puts them together."""

import argparse
import gc
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from lstm_studio.core.examples import examples
from lstm_studio.core.messages import Failed
from lstm_studio.core.report import report
from lstm_studio.core.resources import resource
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panels import PANELS
from lstm_studio.session.host import HostRunner
from lstm_studio.session.runner import Runner, ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.errands import Errands
from lstm_studio.shell.files import is_recording, is_sequence
from lstm_studio.shell.reports import log_file
from lstm_studio.shell.sessions import ENDING
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.surroundings import Surroundings
from lstm_studio.shell.theme import Choice
from lstm_studio.shell.view import later
from lstm_studio.shell.window import MainWindow

RunnerOf = Callable[[Path], Runner]
"""Makes a runner that writes to a folder."""

BESIDE: Final = (1280, 800)
"""Pixels of a second window, until it has its place."""
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
    application.setWindowIcon(QIcon(str(resource("desktop/lstm-studio.svg"))))
    return application


def open_window(
    session: Session,
    panels: Iterable[type[Panel]] = PANELS,
    theme_name: Choice | None = None,
    size: tuple[int, int] | None = None,
    runner_of: RunnerOf | None = None,
) -> MainWindow:
    """Open a window on ``session`` and show it; closing it closes the session.

    ``theme_name`` is for this window only; without it the remembered one is taken.
    With a ``size`` every panel is in its own place: pictures can be repeated.
    ``runner_of`` makes the runner of a window that is opened beside this one.
    """
    around = Surroundings.of(create_application(), theme_name)
    window = MainWindow(
        session,
        panels,
        examples(),
        around.preferences,
        around.theme,
        around.reports,
        partial(_open_other, session, tuple(panels), runner_of or _in_a_thread),
    )
    if size is None:
        window.restore()
    else:
        window.resize(*size)
    around.add(window)
    window.show()
    return window


def _open_other(
    session: Session, panels: tuple[type[Panel], ...], runner_of: RunnerOf
) -> MainWindow:
    """Open a window beside that of ``session``, which keeps nothing for the next."""
    workspace = Workspace(session.folder.parent)
    other = Session(runner_of(workspace.folder), workspace)
    window = open_window(other, panels, size=BESIDE, runner_of=runner_of)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return window


def _in_a_thread(_folder: Path) -> Runner:
    return ThreadRunner(later())


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
    window = open_window(
        session,
        theme_name=options.theme,
        size=size,
        runner_of=partial(HostRunner, engine_log, at_once=False),
    )
    errands = Errands(session, _wishes(window, options))
    errands.begin()
    if not ends:
        status = application.exec()
        # The end of Python would look through all that was imported for garbage, for
        # a third of a second.
        gc.freeze()
        return status
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
    _put_in_order(options)
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


def _put_in_order(options: argparse.Namespace) -> None:
    """Take the model for the model where a file manager named the sequence first."""
    given = (options.model, options.sequence)
    if [is_sequence(path or "") for path in given] == [True, False] and all(given):
        options.sequence, options.model = given


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
