"""Films a figure step by step: drawn in turns of the event loop, written in a thread.

The window stays usable, and is not filmed itself: the figure has a session of its own.
"""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave, JobCancelled, StudioError
from lstm_studio.export.film import Frame, open_film
from lstm_studio.export.picture import picture
from lstm_studio.session.session import Session
from lstm_studio.shell.figure import Drawing, Figure
from lstm_studio.shell.filmwish import FilmWish

SAMPLES: Final = 6
"""Frames that are drawn before, to know the colours of the film."""
AHEAD: Final = 3
"""Frames that wait to be written: what is drawn faster than that waits too."""
WAIT_MS: Final = 10

Said = queue.SimpleQueue[StudioError | None]


class Filming(QObject):
    """One film that is being made; `close` it, whatever became of it."""

    advanced = Signal(int)
    """Frames that are drawn."""
    finished = Signal(object)
    """The `StudioError` that ended it, or None; not sent where it was cancelled."""

    def __init__(
        self,
        session: Session,
        figure: Figure,
        wish: FilmWish,
        path: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._figure = figure
        self._wish = wish
        self._path = path
        self._scale = 1.0
        self._size: tuple[int, int] | None = None
        self._samples: list[Frame] = []
        self._count = 0
        self._steps = self._order()
        self._frames: queue.Queue[Frame | None] = queue.Queue(AHEAD)
        self._said: Said = queue.SimpleQueue()
        self._control = RunControl()
        self._thread: threading.Thread | None = None
        self._drawing = Drawing(figure)
        self._drawing.drawn.connect(self._on_drawn)
        self._held: Frame | None = None
        self._look = QTimer(self)
        self._look.setInterval(WAIT_MS)
        self._look.timeout.connect(self._on_look)

    def _order(self) -> Iterator[int]:
        """Give the steps to draw: samples, then all."""
        frames = self._wish.frames
        count = min(SAMPLES, len(frames))
        # The last one is first: its caption is the longest, so that all others fit.
        picks = np.linspace(len(frames) - 1, 0, count).round().astype(int)
        yield from (frames[pick] for pick in picks)
        yield from frames

    def begin(self) -> None:
        """Begin to film; `finished` comes when the file is written."""
        first, stop = self._wish.steps
        start, end = self._session.view.span
        if not start <= first < stop <= end:
            self._session.look(span=(first, stop))
        self._look.start()
        self._next()

    def _next(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._held = None
            self._end_frames()
            return
        self._session.look(step=step)
        self._drawing.begin()

    def _on_drawn(self) -> None:
        figure, wish = self._figure, self._wish.picture
        if self._size is None:
            before = figure.laid
            self._scale = figure.fit(wish, figure.caption if wish.caption else None)
            if figure.laid != before:
                self._drawing.begin()
                return
        try:
            frame = self._frame()
        except StudioError as error:
            self._said.put(error)
            return
        if self._thread is not None:
            self._held = frame
            self._push()
            return
        self._samples.append(frame)
        if len(self._samples) == min(SAMPLES, len(self._wish.frames)):
            self._thread = threading.Thread(
                target=_write,
                args=(
                    self._path,
                    self._wish.fps,
                    self._samples,
                    self._frames,
                    self._control,
                    self._said,
                ),
                name="lstm-studio film",
            )
            self._thread.start()
        self._next()

    def _frame(self) -> Frame:
        caption = self._figure.caption if self._wish.caption else None
        image = picture(self._figure, None, self._scale, caption)
        frame = pixels_of(image)
        if self._size is None:
            self._size = frame.shape[:2]
        height, width = self._size
        missing = max(height - len(frame), 0), max(width - frame.shape[1], 0)
        # A caption may need a line less: the background goes on.
        filled = np.pad(frame, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
        return filled[:height, :width]

    def _push(self) -> None:
        """Hand a frame to the thread, now or when it has room."""
        if self._held is None:
            return
        try:
            self._frames.put_nowait(self._held)
        except queue.Full:
            return
        self._held = None
        self._count += 1
        self.advanced.emit(self._count)
        self._next()

    def _end_frames(self) -> None:
        try:
            self._frames.put_nowait(None)
        except queue.Full:
            QTimer.singleShot(WAIT_MS, self, self._end_frames)

    def _on_look(self) -> None:
        if not self._said.empty():
            error = self._said.get()
            self.close()
            self.finished.emit(error)
            return
        self._push()

    def close(self) -> None:
        """End it; a film that is not whole is not left."""
        self._look.stop()
        self._drawing.stop()
        self._held = None
        self._control.cancel()
        if self._thread is not None:
            self._drain()
            self._thread.join()
            self._thread = None

    def _drain(self) -> None:
        """Wake the thread, which then sees that it is cancelled."""
        while True:
            try:
                self._frames.put_nowait(None)
                return
            except queue.Full:
                self._frames.get()


def pixels_of(image: QImage) -> Frame:
    """Return a copy of the pixels (row, column, colour) of an image."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8)
    rows = rows.reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def _write(
    path: Path,
    fps: int,
    samples: list[Frame],
    frames: "queue.Queue[Frame | None]",
    control: RunControl,
    said: Said,
) -> None:
    try:
        with open_film(path, fps, samples) as film:
            while (frame := frames.get()) is not None:
                control.checkpoint()
                film.add(frame)
            # None also wakes it to be cancelled.
            control.checkpoint()
    except JobCancelled:
        return
    except StudioError as error:
        said.put(error)
    except (OSError, ValueError, MemoryError, RuntimeError) as error:
        said.put(
            CannotSave(f"The film could not be written: {error}.", "Choose less of it.")
        )
    else:
        said.put(None)
