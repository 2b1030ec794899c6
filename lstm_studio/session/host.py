"""Runs commands in a child process, so that the window survives what they do."""

import contextlib
import io
import multiprocessing
import os
import pickle
import signal
import sys
import time
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from lstm_studio.core.commands import Command
from lstm_studio.core.condition import Condition
from lstm_studio.core.messages import (
    Advanced,
    Cancelled,
    EngineReady,
    Failed,
    Message,
    Outcome,
)
from lstm_studio.engine.host import lost, main
from lstm_studio.session.ending import ending, no_beginning
from lstm_studio.session.enginelog import EngineLog
from lstm_studio.session.remembered import Remembered
from lstm_studio.session.runner import PATIENCE_S

LAST_WORDS_S: Final = 0.1
"""How long a process that closed its end of the connection may take to end."""
MOST_UNASKED_ENDS: Final = 3
"""How often it may end one after the other with nothing to do, and is replaced."""
NO_MORE: Final = (
    "It has ended several times with nothing to do, so no other one was started. The "
    "next model or run starts one; “lstm-studio doctor” looks for what is wrong here."
)
BATCH: Final = 256
"""Messages that are read at a time, so that a frame stays short."""


class HostRunner:
    """The engine host: started early, replaced when it ended.

    Parameters
    ----------
    log
        File for what the model prints; with a number where another window has it.
    folder
        The only folder that the host writes to: where its recordings go.
    at_once
        Whether it starts now, or only with the first command.
    """

    apart: Final = True

    def __init__(self, log: Path, folder: Path, *, at_once: bool = True) -> None:
        self._log = EngineLog(log)
        self._folder = folder
        self._remembered = Remembered()
        self._command: Command | None = None
        self._steps = 0
        self._ready = False
        self._unasked_ends = 0
        self._cancelled_at: float | None = None
        self._process: BaseProcess | None = None
        if at_once:
            self._spawn()

    def _spawn(self) -> None:
        # Never fork: a child of a process that used OpenMP or Qt hangs.
        context = multiprocessing.get_context("spawn")
        self._log.begin()
        self._connection, child = context.Pipe()
        self._process = context.Process(
            target=main,
            args=(child, str(self._log.path), str(self._folder)),
            name="lstm-studio engine",
        )
        self._process.start()
        child.close()
        self._ready = False

    def start(self, command: Command, *, paused: bool = False) -> None:
        if self._command is not None:
            raise RuntimeError("a command is running")
        if self._process is not None and _has_ended(self._process):
            self._end(self._process)
        if self._process is None:
            self._spawn()
        self._command, self._cancelled_at, self._steps = command, None, 0
        self._send("start", command, self._remembered.asked(command), paused)

    def messages(self) -> list[Message]:
        if self._process is None:
            return []
        # Asked first: what it said before it ended is read below.
        ended = _has_ended(self._process)
        if ended:
            # Whoever else holds its end of the connection could keep it open.
            _kill_group(self._process)
        messages: list[Message] = []
        try:
            while len(messages) < BATCH and self._connection.poll():
                message = _message(self._connection.recv_bytes())
                self._hear(message)
                messages.append(message)
        except (EOFError, OSError, pickle.UnpicklingError):
            messages.extend(self._after_the_end(self._process))
        else:
            if ended and len(messages) < BATCH:
                messages.extend(self._after_the_end(self._process))
        self._log.trim()
        if self._process is not None:
            if self._is_late():
                _kill_group(self._process)
            if messages and isinstance(messages[-1], Failed) and lost(messages[-1]):
                self._end(self._process)
                self._spawn()
        return messages

    def _hear(self, message: Message) -> None:
        self._remembered.heard(message)
        match message:
            case EngineReady():
                self._ready = True
            case Advanced(rows):
                self._steps = max(rows.values(), default=0)
            case _ if isinstance(message, Outcome):
                self._command = None

    def _is_late(self) -> bool:
        return (
            self._command is not None
            and self._cancelled_at is not None
            and time.monotonic() - self._cancelled_at > PATIENCE_S
        )

    def _after_the_end(self, process: BaseProcess) -> list[Message]:
        """Say how the process ended, and start another one."""
        code, command = self._end(process), self._command
        outcome: Outcome
        if command is not None and self._cancelled_at is not None:
            outcome = Cancelled()
        elif self._ready:
            outcome = ending(code, command, self._steps, self._log.tail())
        else:
            outcome = no_beginning(code, self._log.tail())
        self._command = None
        self._remembered.heard(outcome)
        self._unasked_ends = self._unasked_ends + 1 if command is None else 0
        # One that cannot start, or does not stay, is not tried again and again.
        if self._unasked_ends > MOST_UNASKED_ENDS and isinstance(outcome, Failed):
            outcome = replace(outcome, next_step=NO_MORE)
        elif self._ready or self._cancelled_at is not None:
            self._spawn()
        return [outcome]

    def _end(self, process: BaseProcess) -> int | None:
        self._process = None
        self._connection.close()
        wait([process.sentinel], LAST_WORDS_S)
        _kill_group(process)
        process.join()
        code = process.exitcode
        process.close()
        return code

    @property
    def busy(self) -> bool:
        waits = self._process is not None and not self._ready
        return self._command is not None or waits

    def pause(self) -> None:
        self._send("pause")

    def resume(self) -> None:
        self._send("resume")

    def step(self, steps: int) -> None:
        self._send("step", steps)

    def stop_at(self, condition: Condition | None) -> None:
        # Of what does not run yet the command says it.
        if self._command is not None:
            self._send("stop_at", condition)

    def cancel(self) -> None:
        if self._command is not None and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._send("cancel")

    def _send(self, *message: Any) -> None:
        # A process that has just died is found, and named, by ``messages``.
        with contextlib.suppress(OSError):
            self._connection.send(message)

    def close(self) -> None:
        if self._process is not None:
            _kill_group(self._process)
            self._end(self._process)
        self._command = None
        self._log.close()


_ARRAYS: Final = ("ndarray", "dtype", "_reconstruct", "_frombuffer")


class _Messages(pickle.Unpickler):
    """Reads messages, and nothing else that foreign code in the host might send."""

    def find_class(self, module: str, name: str) -> Any:
        array = module.startswith("numpy") and name in _ARRAYS
        if not (array or module.startswith("lstm_studio.core.")):
            raise pickle.UnpicklingError(f"{module}.{name} is no message")
        return super().find_class(module, name)


def _message(data: bytes) -> Message:
    try:
        message = _Messages(io.BytesIO(data)).load()
    except (ValueError, TypeError, LookupError, AttributeError, ImportError) as error:
        raise pickle.UnpicklingError(str(error)) from error
    if not isinstance(message, Message):
        raise pickle.UnpicklingError(f"{type(message)} is no message")
    return message


def _has_ended(process: BaseProcess) -> bool:
    if sys.platform != "linux" or process.pid is None:
        return not process.is_alive()
    # Seen, but not taken notice of: its number, and its group, stay its own.
    found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return found is not None


def _kill_group(process: BaseProcess) -> None:
    """End the process and what it started."""
    if sys.platform != "win32" and process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
