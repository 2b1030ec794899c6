"""Pause, step, continue and cancel: the only lock between the window and a run."""

import threading
import time

from lstm_studio.core.condition import Condition
from lstm_studio.core.errors import JobCancelled


class RunControl:
    """Flags that the window sets and the running job reads between chunks."""

    def __init__(self, *, paused: bool = False) -> None:
        self._changed = threading.Condition()
        self._paused = paused
        self._granted = 0
        self._cancelled = False
        self.waited = 0.0
        """Seconds that the job stood still because it was told to."""
        self.until: Condition | None = None
        """Where the job is to pause; another one holds from its next look on."""

    def pause(self) -> None:
        """Stop before the next chunk, and wait."""
        with self._changed:
            self._paused, self._granted = True, 0

    def step(self, steps: int = 1) -> None:
        """Run ``steps`` more steps, then wait."""
        if steps < 1:
            raise ValueError(f"step({steps}): at least one step")
        with self._changed:
            self._granted = self._granted + steps if self._paused else steps
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Run on without waiting."""
        with self._changed:
            self._paused, self._granted = False, 0
            self._changed.notify_all()

    def stop_at(self, condition: Condition | None) -> None:
        """Pause where this begins to hold; None lets the job run through."""
        self.until = condition

    def cancel(self) -> None:
        """End the job at its next look; it cannot be taken back."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    @property
    def cancelled(self) -> bool:
        """Whether the job was told to end."""
        return self._cancelled

    @property
    def paused(self) -> bool:
        """Whether the job runs only the steps that it was granted."""
        return self._paused

    def take(self, most: int) -> int:
        """Return how many steps may run now, 1 to ``most``; wait while there are none.

        Raises
        ------
        JobCancelled
            As soon as the job was cancelled, also while waiting.
        """
        # Read without the lock: a flag set just now is seen at the next look.
        if not (self._paused or self._cancelled):
            return most
        with self._changed:
            self._wait()
            if not self._paused:
                return most
            steps = min(most, self._granted)
            self._granted -= steps
            return steps

    def stand_still(self) -> None:
        """Pause, and wait until told to run on or to take steps; take none of them.

        Raises
        ------
        JobCancelled
            As soon as the job was cancelled.
        """
        self.pause()
        self.listen()

    def listen(self) -> None:
        """Wait while the job is paused and granted no steps; take none.

        Raises
        ------
        JobCancelled
            As soon as the job was cancelled.
        """
        if self._paused or self._cancelled:
            with self._changed:
                self._wait()

    def checkpoint(self) -> None:
        """Raise ``JobCancelled`` if the job was cancelled; never wait."""
        if self._cancelled:
            raise JobCancelled

    def _wait(self) -> None:
        began = time.perf_counter()
        while self._paused and not self._granted and not self._cancelled:
            self._changed.wait()
        self.waited += time.perf_counter() - began
        if self._cancelled:
            raise JobCancelled
