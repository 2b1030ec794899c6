"""How much memory this machine has."""

import os
import sys
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
