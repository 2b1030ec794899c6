"""Arrays of Zarr stores, which are folders, read through zarr."""

import json
import lzma
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Shaped

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.core.memory import machine_memory
from lstm_studio.engine.sequences.named import Arrays, in_words

_HEADS: Final = ("zarr.json", ".zarray")
_HEAD_LIMIT: Final = 10 * 2**20
_DEPTH: Final = 20
_CODECS: Final = frozenset(
    {
        *("bytes", "endian", "transpose", "sharding_indexed", "crc32c"),
        *("blosc", "zstd", "gzip", "zlib", "lz4", "bz2", "lzma", "shuffle", "delta"),
        *("fixedscaleoffset", "quantize", "bitround", "astype", "packbits"),
    }
)
"""How chunks may be packed. Others are not let near: one of them is pickle."""
_DAMAGE: Final = (
    *(OSError, ValueError, LookupError, TypeError, RuntimeError, AttributeError),
    *(EOFError, OverflowError, MemoryError, zlib.error, lzma.LZMAError),
)
"""What codecs raise about damaged chunks."""


def is_store(path: Path) -> bool:
    """Return whether a folder is a Zarr store."""
    return any((path / name).is_file() for name in (*_HEADS, ".zgroup"))


@contextmanager
def opened_store(path: Path) -> Iterator[Arrays]:
    """Open a Zarr store; its arrays are read when they are asked for."""
    zarr = bring("zarr", "A Zarr store")
    sync = bring("zarr.core.sync", "A Zarr store")
    found = dict(_arrays(path, "", path.name))

    def read(key: str) -> Shaped[np.ndarray, "..."]:
        return _read(zarr, path / key, found[key], path.name)

    said = {key: in_words(*_form(head, path.name)) for key, head in found.items()}
    try:
        yield Arrays(path.name, str(path), said, read)
    finally:
        # Else its thread would outlive what it was started for.
        sync.cleanup_resources()


def _arrays(folder: Path, key: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if key.count("/") > _DEPTH:
        return
    for file in _HEADS:
        if (folder / file).is_file():
            head = _head(folder / file, name)
            if file == ".zarray" or head.get("node_type") == "array":
                yield key, head
                return
    with os.scandir(folder) as entries:
        inside = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    for child in inside:
        yield from _arrays(folder / child, f"{key}/{child}" if key else child, name)


def _head(file: Path, name: str) -> dict[str, Any]:
    try:
        if file.stat().st_size > _HEAD_LIMIT:
            raise ValueError("it is far too long")
        head = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(name, f"{file.name}: {error}") from error
    if not isinstance(head, dict):
        raise _damaged(name, f"{file.name} is no object")
    return head


def _form(head: dict[str, Any], name: str) -> tuple[tuple[int, ...], str]:
    shape = head.get("shape")
    dtype = str(head.get("dtype", head.get("data_type")))
    if not isinstance(shape, list) or not all(type(n) is int for n in shape):
        raise _damaged(name, "an array without a shape")
    # Version 2 writes the type as NumPy does: <f4.
    return tuple(shape), np.dtype(dtype).name if dtype[:1] in "<>|" else dtype


def _read(
    zarr: Any, folder: Path, head: dict[str, Any], name: str
) -> Shaped[np.ndarray, "..."]:
    if strange := [c for c in _packing(head) if c.lower() not in _CODECS]:
        raise CannotOpen(
            f"{name} is packed by {strange[0]!r}, which is not read here: it could run "
            "code.",
            "Save it with the usual codecs of Zarr.",
        )
    try:
        array = zarr.open_array(store=str(folder), mode="r")
        wanted = math.prod(array.shape) * array.dtype.itemsize
        if array.dtype.kind not in "biuf":
            raise CannotOpen(
                f"{name} holds no numbers but {array.dtype}.",
                "Choose an array of numbers.",
            )
        if wanted > machine_memory() // 4:
            raise CannotOpen(
                f"{name} would take {wanted / 2**30:.1f} GB, more than a quarter of "
                "the memory.",
                "Save the part that is meant by itself.",
            )
        values: np.ndarray = array[...]
    except CannotOpen:
        raise
    except _DAMAGE as error:
        raise _damaged(name, str(error)) from error
    return np.asarray(values)


def _packing(head: dict[str, Any]) -> Iterator[str]:
    """Return the names of everything that chunks pass through."""
    for entry in (head.get("compressor"), *_listed(head.get("filters"))):
        if isinstance(entry, dict):
            yield str(entry.get("id"))
    for entry in _listed(head.get("codecs")):
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            yield str(entry.get("name")).removeprefix("numcodecs.")
            inner = entry.get("configuration")
            if isinstance(inner, dict):
                yield from _packing({"codecs": inner.get("codecs")})
                yield from _packing({"codecs": inner.get("index_codecs")})


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _damaged(name: str, why: str) -> CannotOpen:
    return CannotOpen(
        f"{name} is a damaged or incomplete Zarr store.", "Save it again.", why
    )
