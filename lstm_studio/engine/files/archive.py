"""Zip archives as PyTorch, Keras and others write them, read within limits."""

import io
import struct
import zipfile
import zlib
from typing import Any, Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.source import HEADER_LIMIT, Source

_DIRECTORY_LIMIT: Final = 10 * 2**20
"""A hundred thousand members; Python takes ten times as much to hold it."""

_BLOCK: Final = 2**20
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_HEAD: Final = b"PK\x03\x04"
_HEAD_SIZE: Final = 30
_ENCRYPTED: Final = 1
_COMMENT_LIMIT: Final = 2**16
_INFLATION: Final = 4
_INFLATION_ALLOWANCE: Final = 100 * 2**20
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,  # a seek to where no file can be
    ValueError,
    NotImplementedError,
    RuntimeError,  # encrypted
)
"""What Python's reader raises about a damaged file."""


class Archive:
    """Members of a zip file by name; none is ever written to disk."""

    def __init__(self, source: Source) -> None:
        self.source = source
        name = source.path.name
        _check_directory(source)
        try:
            self._zip = zipfile.ZipFile(source.file)
        except _DAMAGE as error:
            raise _damaged(name, str(error)) from error
        self.sizes = {info.filename: info.file_size for info in self._zip.infolist()}
        inflated = sum(info.file_size for info in self._zip.infolist())
        if inflated > _INFLATION * source.size + _INFLATION_ALLOWANCE:
            raise CannotOpen(
                f"{name} unpacks to {inflated:,} bytes, from {source.size:,}: "
                "more than any model does.",
                "Do not open it; ask where it comes from.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in the order of the directory."""
        return tuple(self.sizes)

    def find(self, ending: str) -> str | None:
        """Return the member ``ending``, at the root or in the one folder there."""
        inside = f"{self.root}/{ending}"
        return next((name for name in (ending, inside) if name in self.sizes), None)

    @property
    def root(self) -> str:
        """Name of the folder that holds everything, as PyTorch writes it."""
        return self.names[0].partition("/")[0] if self.sizes else ""

    def read(self, name: str, limit: int | None = None) -> bytearray:
        """Return a member, and refuse one that is damaged or larger than ``limit``."""
        size = self.sizes.get(name)
        if size is None:
            raise _damaged(self.source.path.name, f"the part {name} is missing")
        if limit is not None and size > limit:
            raise CannotOpen(
                f"{self.source.path.name} has a part {name} of {size:,} bytes, where "
                f"at most {limit:,} are read.",
                "Do not open it; ask where it comes from.",
            )
        try:
            buffer = bytearray(size)
            with self._zip.open(name) as member:
                for start in range(0, size, _BLOCK):
                    block = member.read(min(_BLOCK, size - start))
                    buffer[start : start + len(block)] = block
                    self.source.meter.count(len(block))
                # The end of a member is where its checksum is compared.
                member.read(1)
            return buffer
        except _DAMAGE as error:
            raise _damaged(self.source.path.name, str(error)) from error

    def read_description(self, name: str) -> bytearray:
        """Return a member that describes others, of at most 100 MB."""
        return self.read(name, HEADER_LIMIT)

    def inner(self, name: str) -> Source:
        """Return a member as a file of its own; one that is not packed stays there."""
        if self.is_plain(name):
            size = self.sizes[name]
            window = io.BufferedReader(_Window(self.source, self._place(name), size))
            inner = Source(self.source.path, window, size)
        else:
            data = self.read(name)
            inner = Source(self.source.path, io.BytesIO(data), len(data))
        inner.meter = self.source.meter
        return inner

    def is_plain(self, name: str) -> bool:
        """Whether the bytes of a member lie in the file as they are."""
        info = self._zip.NameToInfo.get(name)
        if info is None or info.flag_bits & _ENCRYPTED:
            return False
        return (
            info.compress_type == zipfile.ZIP_STORED
            and info.compress_size == info.file_size
        )

    def check(self, name: str) -> None:
        """Compare a member with its checksum, and keep nothing of it."""
        try:
            with self._zip.open(name) as member:
                while member.read(_BLOCK):
                    self.source.meter.check()
        except _DAMAGE as error:
            raise _damaged(self.source.path.name, str(error)) from error

    def _place(self, name: str) -> int:
        """Return where the bytes of a member begin, behind the head of its own."""
        start: int = self._zip.NameToInfo[name].header_offset
        head = self.source.read(start, _HEAD_SIZE)
        if len(head) < _HEAD_SIZE or not head.startswith(_HEAD):
            raise _damaged(self.source.path.name, f"the part {name} is missing")
        start += _HEAD_SIZE + sum(struct.unpack_from("<HH", head, 26))
        if start + self.sizes[name] > self.source.size:
            raise _damaged(self.source.path.name, f"the part {name} is cut off")
        return start


class _Window(io.RawIOBase):
    """Some bytes of a file as a file of their own."""

    def __init__(self, source: Source, start: int, size: int) -> None:
        super().__init__()
        self._file = source.file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}
        self._at = max(start[whence] + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = min(len(view), max(self._size - self._at, 0))
        self._file.seek(self._start + self._at)
        read: int = self._file.readinto(view[:count])
        self._at += read
        return read


def _check_directory(source: Source) -> None:
    """Look at the end of the file before anything is read at its word."""
    tail_size = min(source.size, _COMMENT_LIMIT + _END_SIZE)
    tail = source.read(source.size - tail_size, tail_size)
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        raise CannotOpen(
            f"{source.path.name} is cut off: the zip directory at the end of the file "
            "is missing.",
            "Download or copy it again.",
        )
    directory_size = struct.unpack_from("<I", tail, at + 12)[0]
    if directory_size == 0xFFFFFFFF:
        # zip64: the true size stands in a record of its own before the locator.
        locator = source.size - tail_size + at - 20
        magic, _, record, _ = struct.unpack("<4sIQI", source.read(max(locator, 0), 20))
        head = source.read(record, 56) if magic == b"PK\x06\x07" else b""
        if len(head) < 56:
            raise _damaged(source.path.name, "its zip64 directory is missing")
        directory_size = struct.unpack_from("<Q", head, 40)[0]
    if directory_size > _DIRECTORY_LIMIT:
        raise CannotOpen(
            f"{source.path.name} claims a zip directory of {directory_size:,} bytes.",
            "Do not open it; ask where it comes from.",
        )


def _damaged(name: str, why: str) -> CannotOpen:
    return CannotOpen(f"{name} is damaged: {why}.", "Download or copy it again.")
