"""What foreign code prints: a file that does not grow without end."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO, Final

from lstm_studio.core.files import hold, is_held

MOST: Final = 4_000_000
"""Bytes above which the file begins anew; the end of what it held is kept beside it."""
WINDOWS: Final = 100


class EngineLog:
    """The log of one window's host; the window cuts it while the host writes it.

    The host writes straight to the file and waits for nobody, so it may be a moment
    beyond ``MOST``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin = 0
        self._file: BinaryIO | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.path = _free(path)
            self._file = self.path.open("wb")
            hold(self._file)
        except OSError:
            # A home that cannot be written to: what is printed is lost.
            self.path = Path(os.devnull)

    @property
    def _size(self) -> int:
        return 0 if self._file is None else os.fstat(self._file.fileno()).st_size

    def begin(self) -> None:
        """Another host writes from here on."""
        self._begin = self._size

    def trim(self) -> None:
        """Cut the file where it has grown too long."""
        if self._file is None or self._size <= MOST:
            return
        older = self.path.with_suffix(".older.log")
        with contextlib.suppress(OSError):
            older.write_bytes(self._end(MOST))
        os.truncate(self.path, 0)
        self._begin = 0

    def _end(self, most: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(max(self._size - most, self._begin))
            return file.read(most)

    def tail(self, most: int = 20_000) -> str:
        """Return the end of what the present host wrote."""
        if self._file is None:
            return ""
        return self._end(most).decode("utf-8", "replace")

    def close(self) -> None:
        """Leave the log to be read, and its name to the next window."""
        if self._file is not None:
            self._file.close()


def _free(path: Path) -> Path:
    """Return the path, or one with a number where another window writes to it."""
    for number in range(1, WINDOWS):
        name = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        if not name.exists() or not is_held(name):
            return name
    return path
