"""Garbage is collected in the window's thread only."""

import ctypes
import gc
import sys
from typing import ClassVar, Final

from PySide6.QtCore import QObject, QTimer

from lstm_studio.session.turn import WAIT_MS, Patience

COLLECT_MS: Final = 1000
FULL_COLLECTION_EVERY: Final = 20


class Collector(QObject):
    """Collects garbage in the window's thread only.

    A Qt object in a cycle must not be destroyed by whichever thread happens to make
    the next object.
    """

    _first: ClassVar[bool] = True

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rounds = 0
        self._was_enabled = gc.isenabled()
        # What there is stays, and is not looked through each second. The little garbage
        # in it is not worth the tenth of a second that the first window would wait;
        # later there are whole windows in it that were closed.
        if not Collector._first:
            gc.collect()
            _give_back()
        Collector._first = False
        gc.freeze()
        gc.disable()
        self._patience = Patience()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(COLLECT_MS)

    def _collect(self) -> None:
        if self._patience.stands_aside():
            self._timer.start(WAIT_MS)
            return
        self._timer.start(COLLECT_MS)
        self._rounds += 1
        gc.collect(2 if self._rounds % FULL_COLLECTION_EVERY == 0 else 1)

    def end(self) -> None:
        """Leave the collector of Python as it was."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()


def _give_back() -> None:
    """Let the C library give the system what it keeps between what is in use.

    Each window that was closed would else leave some KB of room behind.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
