"""The digest of files, made in a thread beside the reading of their weights."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.source import Source

_BLOCK: Final = 2**22
_LOOK_SECONDS: Final = 0.05
_SMALL: Final = 2**20


@contextmanager
def hashed(
    sources: Sequence[Source], check: Callable[[], None]
) -> Iterator[Callable[[], str]]:
    """Give a function that waits for the SHA-256 of files and returns it.

    Of several files it is that of the lines which ``sha256sum`` prints for them.
    ``check`` is called while it waits, and may raise. The thread ends with the block.

    Raises
    ------
    CannotOpen
        From that function: another file stands there by now.
    """
    digests: list[str] = []
    stop = threading.Event()
    failed: list[tuple[Source, Exception]] = []

    def read() -> None:
        for source in sources:
            try:
                digests.append(_digest(source, stop))
            except (OSError, ValueError) as error:
                failed.append((source, error))

    thread = threading.Thread(target=read, name="sha256")

    def result() -> str:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            check()
        if failed:
            source, error = failed[0]
            raise CannotOpen(
                f"{source.path.name} was changed by another program while it was read.",
                "Open it again when it is complete.",
            ) from error
        if len(sources) == 1:
            return digests[0]
        lines = zip(digests, sources, strict=True)
        text = "".join(f"{digest}  {each.path.name}\n" for digest, each in lines)
        return hashlib.sha256(text.encode()).hexdigest()

    if sum(source.size for source in sources) <= _SMALL:
        # Done sooner than a thread is started.
        read()
    else:
        thread.start()
    try:
        yield result
    finally:
        stop.set()
        if thread.ident is not None:
            thread.join()


def _digest(source: Source, stop: threading.Event) -> str:
    digest = hashlib.sha256()
    # A descriptor of its own: the other one is moved by the reading.
    with source.path.open("rb") as file:
        if not os.path.sameopenfile(file.fileno(), source.file.fileno()):
            raise OSError("another file")
        while not stop.is_set() and (block := file.read(_BLOCK)):
            digest.update(block)
    return digest.hexdigest()
