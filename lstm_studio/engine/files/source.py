"""A model file, opened once: regular files only, read, never mapped or changed."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.meter import Meter

HEADER_LIMIT: Final = 100 * 2**20
"""Largest description of tensors (a pickle) that is read."""

_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    # Without it, opening a FIFO waits for a writer for ever.
    | getattr(os, "O_NONBLOCK", 0)
)
_BLOCK: Final = 2**20
_LARGE: Final = 2**24
"""Between two looks at a cancel: about ten milliseconds."""


class Source:
    """Bytes of one file, or of one member of an archive."""

    def __init__(self, path: Path, file: io.BufferedIOBase, size: int) -> None:
        self.path = path
        self.file = file
        self.size = size
        self.meter = Meter(None, None)

    def read(self, offset: int = 0, count: int | None = None) -> bytes:
        """Return ``count`` bytes from ``offset``, fewer at the end of the file."""
        self.file.seek(offset)
        count = self.size - offset if count is None else count
        if count <= _LARGE:
            data = self.file.read(count)
            self.meter.count(len(data))
            return data
        return bytes(self.read_into(offset, count))

    def read_into(self, offset: int, count: int) -> bytearray:
        """Return bytes that may be changed, read in blocks; fewer at the end."""
        data = bytearray(max(min(count, self.size - offset), 0))
        view, position = memoryview(data), 0
        self.file.seek(offset)
        while position < len(data):
            step = self.file.readinto(view[position : position + _LARGE])
            if not step:
                break
            position += step
            self.meter.count(step)
        view.release()
        del data[position:]
        return data

    def sha256(self) -> str:
        """Return the digest of the whole file, which names it for trust."""
        digest = hashlib.sha256()
        self.file.seek(0)
        while block := self.file.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest()


@contextmanager
def open_source(path: Path, wanted: str = "a model file") -> Iterator[Source]:
    """Open a regular file for reading, and refuse one that changes meanwhile.

    ``wanted`` is what a message tells to choose instead.

    Raises
    ------
    CannotOpen
        The file is not there, may not be read, is a folder, a pipe or a device, is
        empty, or was changed while it was read.
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise _not_there(path, error, wanted) from error
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        # Before fdopen, which raises an error of its own for a folder.
        os.close(descriptor)
        raise CannotOpen(
            f"{path.name} is not a file: it is {_what(before.st_mode)}.",
            f"Choose {wanted}.",
        )
    with os.fdopen(descriptor, "rb") as file:
        if not before.st_size:
            raise CannotOpen(
                f"{path.name} is empty: it holds 0 bytes.", "Download or save it again."
            )
        yield Source(path, file, before.st_size)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise CannotOpen(
            f"{path.name} was changed by another program while it was read.",
            "Open it again when it is complete.",
        )


def _not_there(path: Path, error: OSError, wanted: str) -> CannotOpen:
    if isinstance(error, FileNotFoundError):
        return CannotOpen(f"There is no file {path}.", "Choose another file.")
    if isinstance(error, PermissionError):
        if path.is_dir():
            # Windows gives a folder as a lack of permission.
            return CannotOpen(
                f"{path.name} is not a file: it is a folder.", f"Choose {wanted}."
            )
        return CannotOpen(
            f"{path.name} may not be read by you.",
            "Ask its owner for permission to read it, or copy it.",
        )
    return CannotOpen(
        f"{path.name} cannot be read: {error.strerror}.", "Choose another file."
    )


def _what(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
