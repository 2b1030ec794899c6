"""How many bytes of weights are read into memory, at most."""

from typing import Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.memory import machine_memory

SHARE: Final = 2
"""Weights may take one in so many bytes of this machine."""


def check_memory(count: int, file: str) -> None:
    """Refuse to read so many bytes of weights where they would not fit.

    Raises
    ------
    CannotOpen
        They take more than half of the memory.
    """
    memory = machine_memory()
    if count > memory // SHARE:
        raise CannotOpen(
            f"{file} takes {count / 2**30:.1f} GB of memory, more than half of the "
            f"{memory / 2**30:.1f} GB of this machine.",
            "Open it on a machine with more memory, or save its recurrent layers by "
            "themselves.",
        )
