"""Performs commands away from the window's thread: messages in, outcome last."""

import ctypes
import queue
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from lstm_studio.core.commands import Command
from lstm_studio.core.condition import Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import Cancelled, Failed, Message, Outcome

PATIENCE_S: Final = 0.6
"""How long a cancelled command may go on before it is ended from outside."""
CLOSE_S: Final = 2.0
"""How long closing waits for a command that cannot be ended."""
MAILBOX: Final = 256
"""Messages that may wait to be read; then the job waits, and nothing is dropped."""

Publish = Callable[[Message], None]
Perform = Callable[[Command, RunControl, Publish], Outcome]
"""Runs one command to its outcome; never raises (``Workbench.perform``)."""


class Runner(Protocol):
    """One command at a time, in another thread or process."""

    @property
    def apart(self) -> bool:
        """Whether models run in a process that is not that of the window."""

    def start(self, command: Command, *, paused: bool = False) -> None:
        """Begin a command; ``RuntimeError`` while one is running."""

    def messages(self) -> list[Message]:
        """Return what was said since the last look; the outcome is the last."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def step(self, steps: int) -> None: ...
    def stop_at(self, condition: Condition | None) -> None:
        """Let what runs pause where this begins to hold."""

    def cancel(self) -> None: ...

    @property
    def busy(self) -> bool:
        """Whether a message is still to come or to be read."""

    def close(self) -> None:
        """Cancel what runs, wait for its end and leave nothing behind."""


class ThreadRunner:
    """Runs each command in a plain thread of this process."""

    apart: Final = False

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._control = RunControl()
        self._mailbox: queue.Queue[Message] = queue.Queue(MAILBOX)
        self._thread: threading.Thread | None = None
        self._cancelled_at: float | None = None

    def start(self, command: Command, *, paused: bool = False) -> None:
        if self.busy:
            raise RuntimeError("a command is running")
        # A mailbox for each command: what is late has no reader.
        self._control = RunControl(paused=paused)
        self._mailbox = queue.Queue(MAILBOX)
        self._cancelled_at = None
        self._thread = threading.Thread(
            target=self._work,
            args=(command, self._control, self._mailbox),
            name=f"lstm-studio {type(command).__name__}",
        )
        self._thread.start()

    def _work(
        self, command: Command, control: RunControl, mailbox: "queue.Queue[Message]"
    ) -> None:
        mailbox.put(self._perform(command, control, mailbox.put))

    def messages(self) -> list[Message]:
        # Asked first: what it said before it ended is read below.
        ended = self._thread is not None and not self._thread.is_alive()
        messages: list[Message] = []
        while len(messages) < MAILBOX:
            try:
                messages.append(self._mailbox.get_nowait())
            except queue.Empty:
                break
        if ended and not messages:
            # Ended from outside, in its very last words.
            messages.append(self._without_outcome())
        if messages and isinstance(messages[-1], Outcome) and self._thread:
            self._thread.join()
            self._thread = None
        self._hurry()
        return messages

    def _without_outcome(self) -> Outcome:
        if self._cancelled_at is not None:
            return Cancelled()
        return Failed("CannotRun", "The job ended without a word.", "Run it again.")

    def _hurry(self) -> None:
        """Raise the cancel in the job's own code where it never looks at the flag."""
        if self._thread is None or self._cancelled_at is None:
            return
        if time.monotonic() - self._cancelled_at > PATIENCE_S:
            self._cancelled_at = time.monotonic()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(JobCancelled)
            )

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def pause(self) -> None:
        self._control.pause()

    def resume(self) -> None:
        self._control.resume()

    def step(self, steps: int) -> None:
        self._control.step(steps)

    def stop_at(self, condition: Condition | None) -> None:
        self._control.stop_at(condition)

    def cancel(self) -> None:
        self._control.cancel()
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()

    def close(self) -> None:
        self.cancel()
        last = time.monotonic() + CLOSE_S
        while self._thread is not None and time.monotonic() < last:
            # The job may wait for room in its mailbox: read until its outcome.
            if not self.messages():
                self._thread.join(0.005)


class InlineRunner:
    """Runs each command to its end within ``start``: for tests without threads."""

    apart: Final = False

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._messages: list[Message] = []

    def start(self, command: Command, *, paused: bool = False) -> None:
        control = RunControl()
        self._messages.append(self._perform(command, control, self._messages.append))

    def messages(self) -> list[Message]:
        messages, self._messages = self._messages, []
        return messages

    @property
    def busy(self) -> bool:
        return bool(self._messages)

    def pause(self) -> None:
        """Nothing runs between two calls."""

    resume = cancel = close = pause

    def step(self, steps: int) -> None:
        """Nothing runs between two calls."""

    def stop_at(self, condition: Condition | None) -> None:
        """Nothing runs between two calls."""
