"""Rows in a ``.npy`` file, and a lock that says whether its writer still lives.

Every read and write opens the file anew (some 10 µs): a recording of 500 layers
needs no 500 open files, and a folder can be moved at any time.
"""

import os
import sys
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64

HEADER: Final = 128
"""Bytes before the first row: room for any shape, so that rows never move."""

SINGLE_ROWS: Final = 1 << 14
"""Bytes of a row of all samples above which one sample is read row by row."""


class FileRows:
    """Rows in a ``.npy`` file that is valid after every commit.

    What a damaged or cut file does not have is read as NaN.
    """

    def __init__(
        self, path: Path, samples: int, width: int, dtype: np.dtype[Any]
    ) -> None:
        self.path = path
        self._shape = (samples, width)
        self._dtype = dtype.newbyteorder("<")
        self._row_bytes = samples * width * dtype.itemsize
        self._announced = -1

    def write(
        self,
        start: int,
        values: Float[Array, "row sample unit"],
        expected: int,
    ) -> None:
        rows = np.ascontiguousarray(values, self._dtype)
        if not rows.size:
            return
        with self._open_to_write() as file:
            file.seek(HEADER + start * self._row_bytes)
            _write_all(file, rows.data.cast("B"))

    def announce(self, count: int) -> None:
        """Let the header say that there are ``count`` rows."""
        if count == self._announced:
            return
        shape = (count, *self._shape)
        text = f"{{'descr': '{self._dtype.str}', 'fortran_order': False, "
        text += f"'shape': {shape}, }}"
        start = b"\x93NUMPY\x01\x00" + (HEADER - 10).to_bytes(2, "little")
        line = text.ljust(HEADER - len(start) - 1) + "\n"
        with self._open_to_write() as file:
            _write_all(file, memoryview(start + line.encode("latin1")))
        self._announced = count

    @property
    def whole_rows(self) -> int:
        """Number of rows that the file is long enough for."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return 0
        return max(size - HEADER, 0) // max(self._row_bytes, 1)

    def read(self, start: int, stop: int, sample: int) -> Float[Array, "row unit"]:
        if self._shape[0] == 1 or self._row_bytes <= SINGLE_ROWS:
            return self.block(start, stop)[:, sample]
        return self.take(np.arange(start, stop), sample)

    def block(self, start: int, stop: int) -> Float[Array, "row sample unit"]:
        result = np.empty((stop - start, *self._shape), self._dtype)
        with self.path.open("rb", buffering=0) as file:
            self._fill(file, start * self._row_bytes, result)
        return result

    def take(self, rows: Int64[Array, " row"], sample: int) -> Float[Array, "row unit"]:
        samples, width = self._shape
        skip = sample * width * self._dtype.itemsize
        result = np.empty((len(rows), width), self._dtype)
        # Neighbours are read together where there is nothing between them.
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1 if samples == 1 else None
        starts = np.arange(len(rows)) if breaks is None else np.append(0, breaks)
        stops = np.append(starts[1:], len(rows))
        with self.path.open("rb", buffering=0) as file:
            for first, stop, row in zip(
                starts.tolist(), stops.tolist(), rows[starts].tolist(), strict=True
            ):
                self._fill(file, row * self._row_bytes + skip, result[first:stop])
        return result

    def _fill(self, file: IO[bytes], offset: int, into: Array) -> None:
        """Read into an array whose values lie one after the other."""
        if not into.size:
            return
        view = into.data.cast("B")
        file.seek(HEADER + offset)
        done = 0
        while done < len(view):
            # Raw files read into a buffer; typeshed knows it of the class only.
            got = file.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                into.reshape(-1)[done // into.itemsize :] = np.nan
                return
            done += got

    def _open_to_write(self) -> IO[bytes]:
        # "r+b" does not make a file, "wb" would empty it.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self.path, flags, 0o666), "r+b", buffering=0)


def _write_all(file: IO[bytes], data: memoryview) -> None:
    while data:
        # A nearly full disk takes a part, and says so only at the next write.
        data = data[file.write(data) :]


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 40
    """Locks of Windows forbid reading what they cover: lock no byte that is there."""

    def take(file: IO[bytes]) -> bool:
        """Hold a file as its writer; False where another writer lives."""
        at = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(at)
        return True

    def is_held(path: Path) -> bool:
        """Return whether the process that writes this file lives."""
        with path.open("r+b") as file:
            file.seek(_FAR)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            except OSError:
                return True
            return False

else:
    import fcntl

    def take(file: IO[bytes]) -> bool:
        """Hold a file as its writer; False where another writer lives."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Where a file system has no locks, nobody can be told of.
            return True
        return True

    def is_held(path: Path) -> bool:
        """Return whether the process that writes this file lives."""
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                return False
            return False


def hold(file: IO[bytes]) -> None:
    """Show others that the writer of this file lives."""
    take(file)
