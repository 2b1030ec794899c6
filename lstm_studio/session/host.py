"""Runs commands in a child process, so that the window survives what they do."""

import contextlib
import multiprocessing
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from lstm_studio.core.commands import Command
from lstm_studio.core.messages import Cancelled, EngineReady, Failed, Message, Outcome
from lstm_studio.engine.host import main

PATIENCE_S: Final = 1.0
"""How long a cancelled command may go on before its process is ended."""
BATCH: Final = 256


class HostRunner:
    """The engine host: started at once, replaced when it ended."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._busy = False
        self._ready = False
        self._cancelled_at: float | None = None
        self._process: BaseProcess
        self._connection: Connection
        self._spawn()

    def _spawn(self) -> None:
        # Never fork: a child of a process that used OpenMP or Qt hangs.
        context = multiprocessing.get_context("spawn")
        self._connection, child = context.Pipe()
        self._process = context.Process(
            target=main, args=(child, str(self._log)), name="lstm-studio engine"
        )
        self._process.start()
        child.close()
        self._ready, self._cancelled_at = False, None

    def start(self, command: Command, *, paused: bool = False) -> None:
        if self._busy:
            raise RuntimeError("a command is running")
        if not self._process.is_alive():
            self._end()
            self._spawn()
        self._busy, self._cancelled_at = True, None
        self._send("start", command, paused)

    def messages(self) -> list[Message]:
        messages: list[Message] = []
        try:
            while len(messages) < BATCH and self._connection.poll():
                message = self._connection.recv()
                messages.append(message)
                self._ready = self._ready or isinstance(message, EngineReady)
                if isinstance(message, Outcome):
                    self._busy = False
        except (EOFError, OSError):
            messages.extend(self._after_the_end())
        if self._is_late():
            self._process.kill()
        return messages

    def _is_late(self) -> bool:
        return (
            self._busy
            and self._cancelled_at is not None
            and time.monotonic() - self._cancelled_at > PATIENCE_S
        )

    def _after_the_end(self) -> list[Message]:
        """Say how the process ended, and start another one."""
        code = self._end()
        outcome: Outcome = Cancelled() if self._cancelled_at else _how(code, self._log)
        was_busy, self._busy = self._busy, False
        self._spawn()
        return [outcome] if was_busy else []

    def _end(self) -> int | None:
        self._connection.close()
        self._process.join(PATIENCE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        code = self._process.exitcode
        self._process.close()
        return code

    @property
    def busy(self) -> bool:
        return self._busy or not self._ready

    def pause(self) -> None:
        self._send("pause")

    def resume(self) -> None:
        self._send("resume")

    def step(self, steps: int) -> None:
        self._send("step", steps)

    def cancel(self) -> None:
        if self._busy and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._send("cancel")

    def _send(self, *message: Any) -> None:
        # A process that has just died is found, and named, by ``messages``.
        with contextlib.suppress(OSError):
            self._connection.send(message)

    def close(self) -> None:
        self._process.terminate()
        self._end()


def _how(code: int | None, log: Path) -> Failed:
    what = f"exit code {code}"
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            what = signal.Signals(-code).name
    elif code == 0:
        what = "its own exit"
    return Failed(
        "EngineEnded",
        f"The process that ran the model ended by {what}.",
        "What was recorded is kept. A fresh process is ready: open the model again.",
        _tail(log),
    )


def _tail(log: Path, most: int = 20_000) -> str:
    try:
        data = log.read_bytes()
    except OSError:
        return ""
    return data[-most:].decode("utf-8", "replace")
