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
from jaxtyping import Shaped

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.engine.models.source import Source
from lstm_studio.engine.sequences.choices import Choices
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


def read_array(source: Source) -> Raw:
    """Read a .npy file."""
    source.file.seek(0)
    name = source.path.name
    return Raw(name, str(source.path), _read(source.file, source.size, name))


def read_archive(source: Source, choices: Choices) -> Raw:
    """Read the chosen array of a .npz file, the only one where there is one."""
    name = source.path.name
    try:
        with zipfile.ZipFile(source.file) as archive:
            arrays = {
                member.filename.removesuffix(".npy"): member
                for member in archive.infolist()
                if member.filename.endswith(".npy")
            }
            if any(one.endswith("data.pkl") for one in archive.namelist()):
                raise CannotOpen(
                    f"{name} is a file of PyTorch, not of NumPy.",
                    "Save its tensor: numpy.save(path, tensor.numpy()).",
                )
            key = _chosen_array(name, tuple(arrays), choices)
            member = arrays[key]
            if member.file_size > 4 * source.size + _INFLATED_LIMIT:
                raise CannotOpen(
                    f"The array {key!r} of {name} would take "
                    f"{member.file_size / 2**30:.1f} GB, far more than the file.",
                    "Save it uncompressed as .npy, and open that.",
                )
            content = archive.read(member)
    except _BAD_ARCHIVE as error:
        raise CannotOpen(
            f"{name} is a damaged or incomplete archive.", "Save it again.", str(error)
        ) from error
    values = _read(io.BytesIO(content), len(content), f"{key!r} of {name}")
    return Raw(f"{name}: {key}", str(source.path), values)


def _chosen_array(name: str, arrays: tuple[str, ...], choices: Choices) -> str:
    if not arrays:
        raise CannotOpen(
            f"{name} is an archive without arrays of NumPy.",
            "Choose a .npz file that numpy.savez wrote.",
        )
    if len(arrays) == 1 and "array" not in choices.names:
        return arrays[0]
    listed = ", ".join(arrays)
    if "array" not in choices.names:
        raise DoesNotFit(f"{name} holds {len(arrays)} arrays: {listed}.", "Choose one.")
    chosen = choices.text("array", "")
    if chosen not in arrays:
        raise DoesNotFit(
            f"{name} has no array {chosen!r}.", f"Choose one of: {listed}."
        )
    return chosen


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
