"""Disks that refuse: a limit that the kernel holds, and calls that fail in turn."""

import builtins
import contextlib
import io
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from lstm_studio.core import exchange

CALLS: Final = (
    "write",
    "pwrite",
    "sendfile",
    "copy_file_range",
    "fsync",
    "ftruncate",
    "replace",
    "rename",
    "mkdir",
    "link",
)
"""Functions of `os` that change a disk, beside ``open`` and what files do."""

_open, _os_open = open, os.open


@contextlib.contextmanager
def largest_file(limit: int) -> Iterator[None]:
    """Let the kernel refuse every byte of a file beyond so many (not on Windows)."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Faults:
    """Counts calls that change a disk, and lets the one with a number fail.

    Parameters
    ----------
    number
        Which call raises, counted from 1; 0 for none.
    lasting
        Whether all calls after it raise too, as on a disk that went away.
    """

    def __init__(self, number: int, code: int, *, lasting: bool = False) -> None:
        self.calls = 0
        self._number = number
        self._code = code
        self._lasting = lasting

    def call(self) -> None:
        """Count, and raise where it is the turn of this call."""
        self.calls += 1
        over = self.calls > self._number if self._lasting else False
        if self._number and (self.calls == self._number or over):
            raise OSError(self._code, os.strerror(self._code))

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Stand between Python and the disk."""
        with pytest.MonkeyPatch.context() as patch:
            for module in (builtins, io):
                patch.setattr(module, "open", self._open)
            for name in CALLS:
                if hasattr(os, name):
                    patch.setattr(os, name, self._counted(getattr(os, name)))
            patch.setattr(os, "open", self._os_open)
            swap = self._counted(exchange.exchange)
            patch.setattr(exchange, "exchange", swap)
            yield

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.call()
            return real(*args, **kwargs)

        return counted

    def _os_open(self, path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.call()
        return _os_open(path, flags, *args, **kwargs)

    def _open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if not set(mode) & set("wxa+"):
            return _open(
                file, mode, buffering, encoding, errors, newline, closefd, opener
            )
        if not isinstance(file, int):
            self.call()
        raw = _FaultyFile(
            file, mode.translate({ord("b"): None, ord("t"): None}), closefd, opener
        )
        raw.faults = self
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding, errors, newline)


class _FaultyFile(io.FileIO):
    """A file whose writes, cuts and end are calls that may fail."""

    faults: Faults | None = None

    def write(self, data: Any, /) -> int:
        self._call()
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        self._call()
        return super().truncate(size)

    def close(self) -> None:
        was_open = not self.closed
        super().close()
        if was_open:
            # The file is closed, and what it still had to write is not there.
            self._call()

    def _call(self) -> None:
        if self.faults is not None:
            self.faults.call()
