"""Windows as datasets of an HDF5 file."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lstm_studio.core.atomic import atomic_path
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.extras import bring
from lstm_studio.export.selection import Window, block_size, description, names_of


def write_hdf5(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    """Write a dataset for each window, what it is in its attributes."""
    h5py = bring("h5py", "An HDF5 file", CannotSave)
    about = description(windows)
    with (
        atomic_path(path) as temporary,
        _Disk(temporary) as disk,
        _new(h5py, disk) as file,
    ):
        file.attrs["origin"] = json.dumps(about["origin"], ensure_ascii=False)
        file.attrs["certificate_holds"] = about["certificate_holds"]
        for name, window, of in zip(
            names_of(windows), windows, about["arrays"], strict=True
        ):
            made = file.create_dataset(name, window.shape, window.dtype)
            for key, value in of.items():
                made.attrs[key] = value
            row = 0
            for block in window.blocks(block_size([window]), control):
                made[row : row + len(block)] = block
                disk.check()
                row += len(block)


def _new(h5py: Any, disk: "_Disk") -> Any:
    # Before 1.8 of the format an attribute, here the list of units, had 64 kB at most.
    return h5py.File(disk, "w", libver=("v108", "latest"))


class _Disk(io.RawIOBase):
    """A new file that takes everything, and says at its end what the disk refused.

    The library ends the process where it cannot write while it closes a file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("x+b", buffering=0)
        self._at = self._end = 0
        self._refusal: OSError | None = None

    def check(self) -> None:
        """Raise what the disk refused."""
        if self._refusal is not None:
            raise self._refusal

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        self._attempt(lambda: self._write_all(view))
        self._at += len(view)
        self._end = max(self._end, self._at)
        return len(view)

    def readinto(self, into: Any, /) -> int:
        view = memoryview(into).cast("B")
        view[:] = bytes(len(view))
        self._attempt(lambda: self._read_all(view))
        self._at += len(view)
        return len(view)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_CUR: self._at, io.SEEK_END: self._end}
        self._at = start.get(whence, 0) + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def truncate(self, size: int | None = None, /) -> int:
        end = self._end = self._at if size is None else size
        self._attempt(lambda: self._file.truncate(end))
        return end

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        try:
            self._file.close()
        except OSError as error:
            self._refusal = self._refusal or error
        self.check()

    def _write_all(self, left: memoryview) -> None:
        self._file.seek(self._at)
        while left:
            left = left[self._file.write(left) :]

    def _read_all(self, left: memoryview) -> None:
        self._file.seek(self._at)
        while left:
            got = self._file.readinto(left)
            if not got:
                return
            left = left[got:]

    def _attempt(self, what: Callable[[], object]) -> None:
        # After a refusal nothing more is asked: the file will not be kept.
        if self._refusal is None:
            try:
                what()
            except OSError as error:
                self._refusal = error
