"""What the kernel lets the process that runs foreign code do: Landlock, on Linux.

Where the kernel has none, nothing is limited, and ``protection`` says so.
"""

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_CREATE: Final = 444
_ADD: Final = 445
_RESTRICT: Final = 446
"""Numbers of the system calls, the same on every processor."""
_ASK_VERSION: Final = 1
_BELOW_PATH: Final = 1
_NO_NEW_PRIVILEGES: Final = 38

_WRITE: Final = 1 << 1
_TRUNCATE: Final = 1 << 14
_RIGHTS: Final[Mapping[int, int]] = {
    # Write a file; remove folders and files; make files and nodes of every kind.
    1: _WRITE | sum(1 << bit for bit in range(4, 13)),
    # Link or move into another folder, which is refused where it is not named.
    2: 1 << 13,
    3: _TRUNCATE,
}
"""Rights to change files, by the version of Landlock that brought them."""
_TCP: Final = 0b11
"""Bind and connect."""
_SCOPES: Final = 0b11
"""Abstract Unix sockets and signals of processes outside."""
_TCP_SINCE: Final = 4
_SCOPES_SINCE: Final = 6


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(_system_call(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION), 0)


def protection() -> str:
    """Say in words what code from a file is kept from on this machine."""
    found = version()
    if not found:
        return (
            "This system limits it in nothing: it can read, change and send whatever "
            "you can. A crash in it cannot end the window."
        )
    more = ", open no TCP connection" if found >= _TCP_SINCE else ""
    if found >= _SCOPES_SINCE:
        more += ", end no other program"
    return (
        "On this system it runs in a process that the kernel (Landlock) limits: it can "
        f"change no file outside of the studio's own folder{more}. It can still read "
        "every file that you can, use memory and processor, and ask other programs of "
        "yours to act for it. That holds off accidents, not someone who is determined."
    )


def restrict(writable: Iterable[Path]) -> bool:
    """Let this process and its children change files below these folders only.

    For ever, and for the threads that are made from now on. Reading stays as it is.
    Return whether the kernel does it.
    """
    found = version()
    if not found:
        return False
    files = sum(rights for since, rights in _RIGHTS.items() if since <= found)
    rules = struct.pack("=Q", files)
    # A kernel refuses a longer structure than it knows.
    if found >= _TCP_SINCE:
        rules += struct.pack("=Q", _TCP)
    if found >= _SCOPES_SINCE:
        rules += struct.pack("=Q", _SCOPES)
    ruleset = _system_call(_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return False
    try:
        for folder in (*writable, Path("/dev/shm")):
            _allow(ruleset, folder, files)
        # The devices of graphics cards are files that are written to.
        _allow(ruleset, Path("/dev"), files & (_WRITE | _TRUNCATE))
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        return _system_call(_RESTRICT, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, folder: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        opened = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", rights, opened)
            _system_call(_ADD, ruleset, _BELOW_PATH, rule, 0)
        finally:
            os.close(opened)


def _system_call(number: int, *arguments: object) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    return result
