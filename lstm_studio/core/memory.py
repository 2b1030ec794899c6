"""How much memory this machine has, and how much of it is free."""

import os
import sys
from pathlib import Path
from typing import Final

UNKNOWN: Final = 8 << 30
"""Bytes of memory of a machine that does not tell."""


def machine_memory() -> int:
    """Return the bytes of memory of this machine."""
    if sys.platform == "win32":
        return UNKNOWN
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return UNKNOWN


def free_memory() -> int:
    """Return the bytes that a program can have; all of them where nothing tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        (line,) = (line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) << 10
    except (OSError, ValueError):
        return machine_memory()
