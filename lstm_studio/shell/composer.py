"""Composes the picture that is wished, shows it, and saves just that."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from lstm_studio.core.errors import StudioError
from lstm_studio.export.caption import Caption, caption_of
from lstm_studio.export.captioned import whole_size
from lstm_studio.export.picture import copy_picture, picture, save_picture
from lstm_studio.export.vector import DPI, MM
from lstm_studio.session.session import Session
from lstm_studio.shell.figure import Drawing, Figure
from lstm_studio.shell.studio import Studio
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.twin import twin_of
from lstm_studio.shell.wish import Wish, layer_files

TYPED: Final = ("live", "console")
"""Panels that are for typing, and show nothing by themselves."""
WAIT_MS: Final = 50
PATIENCE: Final = 100
"""Times that it is looked whether the window shows all of it."""
LARGEST_PREVIEW: Final = 4000
"""Pixels of a side beyond which a preview is drawn smaller."""


class Composer(QObject):
    """One picture at a time, of the window or of panels of its own."""

    composed = Signal()
    """The picture is as it will be saved."""
    finished = Signal(object)
    """All files are written; the `StudioError` that came between, or None."""

    def __init__(
        self, session: Session, window: QWidget, studio: Studio, theme: Theme
    ) -> None:
        super().__init__(window)
        self.wish = Wish()
        self._session = session
        self._window = window
        self._studio = studio
        self._theme = theme
        self._twin: Session | None = None
        self._figure: Figure | None = None
        self._drawing: Drawing | None = None
        self._of: tuple[object, ...] = ()
        self._scale = 1.0
        self._ready = False
        self._then: Callable[[], None] = self.composed.emit
        self._left: list[tuple[str, Path]] = []
        self._patience = PATIENCE
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(WAIT_MS)
        self._waiting.timeout.connect(self._await_window)

    @property
    def panels(self) -> dict[str, str]:
        """Titles of the panels that there are, by name."""
        return {
            dock.panel.id: dock.panel.title
            for dock in self._studio.docks
            if dock.panel.id not in TYPED
        }

    # Composing

    def compose(self, wish: Wish) -> None:
        """Make this picture; `composed` comes when it is there.

        Raises
        ------
        CannotOpen
            If the folder of the recording is gone.
        """
        self.wish, self._ready = wish, False
        self._then = self.composed.emit
        if not wish.panels:
            self._drop_figure()
            width = wish.width_mm or self._window.width() / DPI * MM
            self._scale = width / MM * wish.dpi / self._window.width()
            self._patience = PATIENCE
            self._await_window()
            return
        self._waiting.stop()
        scheme = "light" if wish.light else self._theme.name
        if (wish.panels, scheme) != self._of:
            self._make_figure(wish, scheme)
        self._draw()

    def _await_window(self) -> None:
        """Wait until the window has all that it asked for, but not for a run."""
        session = self._session
        self._patience -= 1
        if session.settled or session.busy or not self._patience:
            self._ready = True
            self._then()
        else:
            self._waiting.start()

    def _make_figure(self, wish: Wish, scheme: str) -> None:
        self._drop_figure()
        if self._twin is None:
            self._twin = twin_of(self._session)
        chosen = {dock.panel.id: dock.panel for dock in self._studio.docks}
        panels = [chosen[name] for name in wish.panels if name in chosen]
        kinds = [type(panel) for panel in panels]
        self._figure = Figure(self._twin, kinds, scheme, panels)
        self._drawing = Drawing(self._figure)
        self._drawing.drawn.connect(self._on_drawn)
        self._of = wish.panels, scheme

    def _draw(self) -> None:
        if self._drawing is not None:
            self._drawing.begin()

    def _on_drawn(self) -> None:
        figure = self._figure
        if figure is None:
            return
        before = figure.laid
        self._scale = figure.fit(self.wish, self.caption)
        if figure.laid != before:
            # Not what it was drawn for: once more.
            self._draw()
        else:
            self._ready = True
            self._then()

    @property
    def caption(self) -> Caption | None:
        """What stands below the picture."""
        if not self.wish.caption:
            return None
        if self._figure is None:
            return caption_of(self._session, self._studio.thinning)
        return self._figure.caption

    @property
    def widget(self) -> QWidget:
        """What the picture is of."""
        return self._window if self._figure is None else self._figure

    @property
    def pixels(self) -> QSize:
        """Size of the picture in pixels."""
        size = whole_size(self.widget, self.caption)
        return QSize(
            round(size.width() * self._scale), round(size.height() * self._scale)
        )

    @property
    def size_mm(self) -> tuple[float, float]:
        """Size of the picture on paper."""
        pixels = self.pixels
        dpi = self.wish.dpi
        return pixels.width() / dpi * MM, pixels.height() / dpi * MM

    # What becomes of it

    def preview(self) -> QImage:
        """Return the picture, with fewer pixels where it would be very large."""
        longest = max(whole_size(self.widget, self.caption).toTuple())
        scale = min(max(self._scale, 1.0), 2.0, LARGEST_PREVIEW / longest)
        with self._in_its_colours():
            return picture(self.widget, None, scale, self.caption)

    def picture(self) -> QImage:
        """Return the picture as it is saved."""
        with self._in_its_colours():
            return picture(self.widget, None, self._scale, self.caption, self.wish.dpi)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        with self._in_its_colours():
            copy_picture(self.widget, self._scale, self.caption, self.wish.dpi)

    def save(self, path: Path) -> None:
        """Save the picture as it is, or one of each layer; `finished` says how."""
        if not self._ready:
            self._then = partial(self.save, path)
            return
        if not (self.wish.each_layer and self._twin is not None):
            self._finish(self._write(path))
            return
        self._left = list(self.files(path).items())
        self._next()

    def files(self, path: Path) -> Mapping[str, Path]:
        """Return the file of each layer."""
        return layer_files(path, self._session.extent.layers)

    def _next(self) -> None:
        if not self._left or self._figure is None:
            self._finish(None)
            return
        self._figure.show_alone(self._left[0][0])
        self._then = self._on_layer_drawn
        self._draw()

    def _on_layer_drawn(self) -> None:
        error = self._write(self._left.pop(0)[1])
        if error is not None:
            self._finish(error)
        else:
            self._next()

    def _write(self, path: Path) -> StudioError | None:
        try:
            with self._in_its_colours():
                save_picture(
                    self.widget, path, self._scale, self.caption, self.wish.dpi
                )
        except StudioError as error:
            return error
        return None

    def _finish(self, error: StudioError | None) -> None:
        self._left = []
        self.finished.emit(error)

    @contextmanager
    def _in_its_colours(self) -> Iterator[None]:
        """Let the window have the colours of the picture while it is taken."""
        try:
            with self._theme.lent(self._scheme):
                self._redraw()
                yield
        finally:
            # Else the screen shows the panels of the picture until their next frame.
            if self._scheme != self._theme.name:
                self._redraw()

    @property
    def _scheme(self) -> str:
        """The theme that the window is drawn in; a figure has colours of its own."""
        light = self.wish.light and self._figure is None
        return "light" if light else self._theme.name

    def _redraw(self) -> None:
        """Let the panels of the window take the colours that it has now."""
        if self._figure is not None:
            return
        for dock in self._studio.docks:
            if dock.panel.isVisible() and dock.in_front:
                dock.panel.draw()

    # The end

    def _drop_figure(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
        if self._figure is not None:
            self._figure.end()
        self._figure = self._drawing = None
        self._of = ()

    def close(self) -> None:
        """End what is being composed."""
        self._left = []
        self._waiting.stop()
        self._drop_figure()
        if self._twin is not None:
            self._twin.close()
            self._twin = None
