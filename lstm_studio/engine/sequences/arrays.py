"""Arrays of NumPy: .npy, and .npz with the choice of an array."""

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from typing import Any, Final

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.found import Found
from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.named import Arrays, Tell, in_words
from lstm_studio.engine.sequences.raw import Raw

_INFLATED_LIMIT: Final = 2**30
_BAD_HEADER: Final = (
    *(ValueError, KeyError, TypeError, EOFError, SyntaxError, tokenize.TokenError),
    *(RecursionError, MemoryError),
)
_BAD_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    # An unknown method, a password, a stream that ends or seeks outside the file.
    *(NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
)
_READ_HEADER: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    # Version 3 differs in the encoding of field names, which are refused anyway.
    (3, 0): np.lib.format.read_array_header_2_0,
}


def read_array(source: Source, tell: Tell) -> Raw:
    """Read a .npy file."""
    source.file.seek(0)
    name = source.path.name
    values = _read(source.file, source.size, name)
    width = values.shape[-1] if values.ndim > 1 else 0
    said = f"An array of {in_words(values.shape, values.dtype)}."
    tell(Found("array", said, tuple(map(str, range(width)))))
    return Raw(name, str(source.path), values)


def open_archive(source: Source) -> Arrays:
    """Return the arrays of a .npz file; each is read when it is asked for."""
    name = source.path.name
    try:
        archive = zipfile.ZipFile(source.file)
        members = {
            member.filename.removesuffix(".npy"): member
            for member in archive.infolist()
            if member.filename.endswith(".npy")
        }
        said = {key: _said(archive, member) for key, member in members.items()}
    except _BAD_ARCHIVE as error:
        raise _damaged(name, error) from error
    if not members:
        raise CannotOpen(
            f"{name} is an archive without arrays of NumPy.",
            "Choose a .npz file that numpy.savez wrote.",
        )

    def read(key: str) -> Shaped[np.ndarray, "..."]:
        member = members[key]
        if member.file_size > 4 * source.size + _INFLATED_LIMIT:
            raise CannotOpen(
                f"The array {key!r} of {name} would take "
                f"{member.file_size / 2**30:.1f} GB, far more than the file.",
                "Save it uncompressed as .npy, and open that.",
            )
        try:
            content = archive.read(member)
        except _BAD_ARCHIVE as error:
            raise _damaged(name, error) from error
        return _read(io.BytesIO(content), len(content), f"{key!r} of {name}")

    return Arrays(name, str(source.path), said, read)


def _said(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return the shape of a member in words; a damaged one is refused when read."""
    try:
        with archive.open(member) as file:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = _READ_HEADER[version](file)
    except _BAD_HEADER:
        return "unknown shape"
    return in_words(shape, dtype)


def _damaged(name: str, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{name} is a damaged or incomplete archive.", "Save it again.", str(error)
    )


def _read(file: Any, size: int, name: str) -> Shaped[np.ndarray, "..."]:
    """Read an array whose header was held against the bytes that there are."""
    try:
        version = np.lib.format.read_magic(file)
        shape, _, dtype = _READ_HEADER[version](file)
    except _BAD_HEADER as error:
        raise CannotOpen(
            f"{name} is a damaged array: its header cannot be read.",
            "Save it again with numpy.save.",
            str(error),
        ) from error
    if dtype.hasobject:
        raise CannotOpen(
            f"{name} holds Python objects, which would have to be unpickled and could "
            "run code.",
            "Save it as numbers: numpy.save(path, array.astype('float32')).",
        )
    wanted = math.prod(shape) * dtype.itemsize
    if wanted > size - file.tell():
        raise CannotOpen(
            f"{name} is cut short: its header speaks of {wanted} bytes of values, and "
            f"{size - file.tell()} are there.",
            "Copy or save it again.",
        )
    file.seek(0)
    values: np.ndarray[Any, Any] = np.lib.format.read_array(file, allow_pickle=False)
    return values
