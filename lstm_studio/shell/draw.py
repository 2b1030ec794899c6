"""Draws panels of a recording into files, with no window."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop

from lstm_studio.core.errors import DoesNotFit, StudioError
from lstm_studio.core.recording import Recording
from lstm_studio.export.picture import save_picture
from lstm_studio.panels import PANELS
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import create_application
from lstm_studio.shell.figure import Figure, draw_whole, panel_of
from lstm_studio.shell.filming import Filming
from lstm_studio.shell.filmwish import FilmWish
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.reports import Reports
from lstm_studio.shell.theme import Choice, Theme
from lstm_studio.shell.view import later
from lstm_studio.shell.wish import Wish, layer_files

USUAL: Final = ("heatmaps",)


def draw(options: argparse.Namespace, wish: Wish) -> list[Path]:
    """Draw what the command line says; return the files.

    Raises
    ------
    CannotOpen, DoesNotFit, CannotSave
        With what to do; no file is left behind.
    """
    with figure_of(options, wish) as (session, figure):
        if not wish.each_layer:
            _save(figure, wish, options.output)
            return [options.output]
        files = layer_files(options.output, session.extent.layers)
        for name, path in files.items():
            figure.show_alone(name)
            _save(figure, wish, path)
        return list(files.values())


def _save(figure: Figure, wish: Wish, path: Path) -> None:
    before, scale = None, 1.0
    while before != figure.laid:
        # What it shows says how high it is.
        before = figure.laid
        draw_whole(figure)
        scale = figure.fit(wish, figure.caption if wish.caption else None)
    caption = figure.caption if wish.caption else None
    save_picture(figure, path, scale, caption, wish.dpi)


@contextmanager
def figure_of(
    options: argparse.Namespace, wish: Wish
) -> Iterator[tuple[Session, Figure]]:
    """Give a figure of the panels that are asked for, on a session of its own."""
    recording = Recording.open(options.recording)
    panels = [panel_of(PANELS, name) for name in wish.panels or USUAL]
    application = create_application()
    reports = Reports()
    reports.install()
    scheme: Choice = "light" if wish.light else "dark"
    theme = Theme(application, scheme, maps=Preferences().maps)
    session = Session(ThreadRunner(later()), Workspace())
    try:
        session.show_recording(recording)
        _look(session, options)
        figure = Figure(session, panels, theme.name)
        try:
            yield session, figure
        finally:
            figure.end()
    finally:
        session.close()
        theme.setParent(None)
        reports.remove()


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


def film(options: argparse.Namespace, wish: FilmWish) -> Path:
    """Film what the command line says; return the file.

    Raises
    ------
    CannotOpen, DoesNotFit, CannotSave
        With what to do; no file is left behind.
    """
    with figure_of(options, wish.picture) as (session, figure):
        start, stop = options.steps or (0, None)
        steps = start, min(stop or session.extent.steps, session.extent.steps)
        if steps[0] >= steps[1]:
            raise DoesNotFit(
                f"The recording has no steps {start} to {stop}.",
                f"Choose from 0 to {session.extent.steps}.",
            )
        loop, ended = QEventLoop(), list[StudioError | None]()
        filming = Filming(session, figure, replace(wish, steps=steps), options.output)
        filming.finished.connect(ended.append)
        filming.finished.connect(loop.quit)
        try:
            filming.begin()
            loop.exec()
        finally:
            filming.close()
        for error in ended:
            if error is not None:
                raise error
    return Path(options.output)
