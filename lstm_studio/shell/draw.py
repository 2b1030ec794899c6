"""Draws panels of a recording into a file, with no window."""

import argparse
from pathlib import Path

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recording import Recording
from lstm_studio.export.caption import caption_of
from lstm_studio.export.picture import save_picture
from lstm_studio.panels import PANELS
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import create_application
from lstm_studio.shell.figure import Figure, panel_of
from lstm_studio.shell.reports import Reports
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.view import later


def draw(options: argparse.Namespace) -> Path:
    """Draw what the command line says; return the file.

    Raises
    ------
    CannotOpen, DoesNotFit, CannotSave
        With what to do; no file is left behind.
    """
    recording = Recording.open(options.recording)
    panels = [panel_of(PANELS, name) for name in options.panel or ["heatmaps"]]
    application = create_application()
    reports = Reports()
    reports.install()
    theme = Theme(application, options.theme)
    session = Session(ThreadRunner(later()), Workspace())
    try:
        session.show_recording(recording)
        _look(session, options)
        figure = Figure(session, panels, theme.name, options.size)
        wait_until_drawn(session)
        if figure.size().toTuple() != (options.size or figure.size().toTuple()):
            size = f"{figure.width()} × {figure.height()}"
            raise CannotSave(
                "The panels do not fit in this size.", f"They need {size} pixels."
            )
        save_picture(figure, options.output, options.scale, caption_of(session))
        figure.end()
    finally:
        session.close()
        theme.setParent(None)
        reports.remove()
    output: Path = options.output
    return output


def _look(session: Session, options: argparse.Namespace) -> None:
    wanted = {
        "layer": options.layer,
        "unit": options.unit,
        "step": options.step,
        "sample": options.sample,
    }
    changes = {name: value for name, value in wanted.items() if value is not None}
    if options.steps is not None:
        start, stop = options.steps
        changes["span"] = (start, stop or session.extent.steps)
    if options.stream is not None:
        changes["streams"] = dict.fromkeys(session.extent.layers, options.stream)
    session.look(**changes)
