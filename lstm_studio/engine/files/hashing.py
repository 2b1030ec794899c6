"""The digest of a file, made in a thread beside the reading of its weights."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.source import Source

_BLOCK: Final = 2**22
_LOOK_SECONDS: Final = 0.05


@contextmanager
def hashed(source: Source, check: Callable[[], None]) -> Iterator[Callable[[], str]]:
    """Give a function that waits for the SHA-256 of a file and returns it.

    ``check`` is called while it waits, and may raise. The thread ends with the block.

    Raises
    ------
    CannotOpen
        From that function: another file stands there by now.
    """
    digest = hashlib.sha256()
    stop = threading.Event()
    failed: list[Exception] = []

    def read() -> None:
        try:
            # A descriptor of its own: the other one is moved by the reading.
            with source.path.open("rb") as file:
                if not os.path.sameopenfile(file.fileno(), source.file.fileno()):
                    raise OSError("another file")
                while not stop.is_set() and (block := file.read(_BLOCK)):
                    digest.update(block)
        except (OSError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=read, name="sha256")

    def result() -> str:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            check()
        if failed:
            raise CannotOpen(
                f"{source.path.name} was changed by another program while it was read.",
                "Open it again when it is complete.",
            ) from failed[0]
        return digest.hexdigest()

    thread.start()
    try:
        yield result
    finally:
        stop.set()
        thread.join()
