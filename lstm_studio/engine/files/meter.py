"""How far a file is read, for whoever waits for it, and whether to go on."""

import time
from collections.abc import Callable
from typing import Final

from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Message, Progress

MEGABYTE: Final = 10**6
WHAT: Final = "MB of weights"
_SECONDS: Final = 0.1
"""Between two messages: a window draws no more of them."""


class Meter:
    """Counts bytes as they are read.

    Parameters
    ----------
    control
        Its cancel is looked at after every block.
    publish
        Gets ``Progress`` in megabytes once it is known how many there are.
    """

    def __init__(
        self, control: RunControl | None, publish: Callable[[Message], None] | None
    ) -> None:
        self._control = control
        self._publish = publish
        self._total = 0
        self._done = 0
        self._began = self._said = time.monotonic()

    def expect(self, count: int) -> None:
        """Say how many bytes will be read from now on."""
        self._total, self._done = count, 0
        self._began = time.monotonic()

    def check(self) -> None:
        """Raise ``JobCancelled`` if the job was cancelled."""
        if self._control is not None:
            self._control.checkpoint()

    def count(self, count: int) -> None:
        """Note that so many bytes were read.

        Raises
        ------
        JobCancelled
            The job was cancelled.
        """
        self.check()
        self._done += count
        now = time.monotonic()
        if self._publish is None or not self._total or now - self._said < _SECONDS:
            return
        self._said = now
        done = min(self._done, self._total) // MEGABYTE
        total = max(self._total // MEGABYTE, 1)
        self._publish(Progress(WHAT, done, total, now - self._began))
