"""How a process ended, in words for the person whose model it ran."""

import signal
import sys
from collections.abc import Mapping
from typing import Final

from lstm_studio.core.commands import Command, Live, Run
from lstm_studio.core.messages import Failed

_ITS_CODE: Final = "code of the model, or a library that it uses,"
_SIGNALS: Final[Mapping[str, tuple[str, str]]] = {
    "SIGSEGV": (
        "a segmentation fault",
        f"{_ITS_CODE} touched memory that is not its own",
    ),
    "SIGABRT": ("an abort", f"{_ITS_CODE} gave up"),
    "SIGKILL": (
        "a kill",
        "the system ended it, most often because memory ran out, or a person did",
    ),
    "SIGTERM": ("a request to end", "another program asked it to"),
    "SIGBUS": (
        "a bus error",
        "a file that it read was cut meanwhile, or a disk or memory failed",
    ),
    "SIGFPE": ("an arithmetic fault", f"{_ITS_CODE} divided by zero"),
    "SIGILL": (
        "an unknown instruction",
        "a library was built for another processor",
    ),
}
"""What each signal is called, and what it says."""

_WINDOWS: Final[Mapping[int, tuple[str, str]]] = {
    0xC0000005: ("an access violation", _SIGNALS["SIGSEGV"][1]),
    0xC0000409: _SIGNALS["SIGABRT"],
    0xC00000FD: ("a stack overflow", f"{_ITS_CODE} called itself too often"),
    0xC0000017: ("a lack of memory", "the system had no more to give"),
}
_MEMORY: Final = "Take a shorter sequence or fewer samples, then run again."
_AGAIN: Final = (
    "A fresh process is ready: run again, and it opens the model again first."
)


def ending(code: int | None, command: Command | None, steps: int, tail: str) -> Failed:
    """Say how the process ended: with which code, while doing what, at which step.

    Parameters
    ----------
    code
        Its exit code; a negative one is that of a signal.
    command
        What it was doing, None for nothing.
    steps
        How many were recorded.
    tail
        The end of what it printed, for the details.
    """
    what, why = _cause(code)
    at, kept = "", ""
    if isinstance(command, Run | Live):
        at = f" after step {steps - 1}" if steps else " before a step was recorded"
        kept = f" The {steps} steps that were recorded are kept." if steps else ""
    return Failed(
        "EngineEnded",
        f"The process {_role(command)} ended{at} by {what}: {why}.{kept}",
        _MEMORY if at and "memory ran out" in why else _AGAIN,
        tail,
    )


def no_beginning(code: int | None, tail: str) -> Failed:
    """Say that a process ended before it could do anything."""
    what, why = _cause(code)
    return Failed(
        "EngineEnded",
        f"The process that runs models did not start: it ended by {what}: {why}.",
        "The details hold what it said. It is tried again with the next model; "
        "`python -c 'import torch'` shows whether PyTorch itself starts.",
        tail,
    )


def _role(command: Command | None) -> str:
    if isinstance(command, Run | Live):
        return "that ran the model"
    return "that opened it" if command is not None else "that holds the model"


def _cause(code: int | None) -> tuple[str, str]:
    if code is None or code == 0:
        return "its own exit", f"{_ITS_CODE} ended it without an error"
    if sys.platform == "win32":
        named = _WINDOWS.get(code & 0xFFFFFFFF)
        if named is not None:
            return named[0], named[1]
    elif code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        what, why = _SIGNALS.get(name, ("a signal", "another program sent it"))
        return f"{what} ({name})", why
    return f"exit code {code}", f"{_ITS_CODE} ended it"
