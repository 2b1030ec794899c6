"""Arrays of Zarr stores, folders or zip archives of them, read through zarr."""

import json
import lzma
import math
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.core.memory import machine_memory
from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.files.archive import Archive
from lstm_studio.engine.files.source import Source
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
    zipfile.BadZipFile,
)
"""What codecs raise about damaged chunks."""


def is_store(path: Path) -> bool:
    """Return whether a folder is a Zarr store."""
    return any((path / name).is_file() for name in (*_HEADS, ".zgroup"))


def is_zipped_store(source: Source) -> bool:
    """Return whether an archive is a Zarr store."""
    try:
        names = Archive(source).names
    except CannotOpen:
        return False
    return any(name.rpartition("/")[2] in (*_HEADS, ".zgroup") for name in names)


@contextmanager
def opened_store(path: Path, zipped: Source | None = None) -> Iterator[Arrays]:
    """Open a Zarr store; its arrays are read when they are asked for."""
    zarr = bring("zarr", "A Zarr store")
    sync = bring("zarr.core.sync", "A Zarr store")
    inside = _heads(path) if zipped is None else _zipped_heads(zipped)
    found = dict(_arrays(inside, path.name))

    def read(key: str) -> Shaped[np.ndarray, "..."]:
        _check_packing(found[key], path.name)
        if zipped is None:
            return _read(zarr, str(path), key, path.name)
        store = zarr.storage.ZipStore(path, mode="r")
        try:
            return _read(zarr, store, key, path.name)
        finally:
            # One that could not be opened raises that it has no lock.
            with suppress(AttributeError):
                store.close()

    said = {key: in_words(*_form(head, path.name)) for key, head in found.items()}
    try:
        yield Arrays(path.name, str(path), said, read)
    finally:
        # Else its thread would outlive what it was started for.
        sync.cleanup_resources()


def _arrays(
    heads: Iterator[tuple[str, str, bytes]], name: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the description of each array by its path, from those of everything."""
    for key, file, text in heads:
        try:
            head = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _damaged(name, f"{file}: {error}") from error
        if not isinstance(head, dict):
            raise _damaged(name, f"{file} is no object")
        if file == ".zarray" or head.get("node_type") == "array":
            yield key, head


def _heads(root: Path) -> Iterator[tuple[str, str, bytes]]:
    todo = [""]
    while todo:
        key = todo.pop()
        folder = root / key
        heads = [file for file in _HEADS if (folder / file).is_file()]
        for file in heads[:1]:
            if (folder / file).stat().st_size > _HEAD_LIMIT:
                raise _damaged(root.name, f"{file} is far too long")
            yield key, file, (folder / file).read_bytes()
        # Below an array lie its chunks.
        if key.count("/") <= _DEPTH and not (folder / ".zarray").is_file():
            with os.scandir(folder) as entries:
                inside = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
            todo += [f"{key}/{n}" if key else n for n in sorted(inside, reverse=True)]


def _zipped_heads(source: Source) -> Iterator[tuple[str, str, bytes]]:
    archive = Archive(source)
    for name in archive.names:
        key, _, file = name.rpartition("/")
        if file in _HEADS:
            yield key, file, bytes(archive.read(name, _HEAD_LIMIT))


def _form(head: dict[str, Any], name: str) -> tuple[tuple[int, ...], str]:
    shape = head.get("shape")
    dtype = str(head.get("dtype", head.get("data_type")))
    if not isinstance(shape, list) or not all(type(n) is int for n in shape):
        raise _damaged(name, "an array without a shape")
    try:
        # Version 2 writes the type as NumPy does: <f4.
        named = np.dtype(dtype).name if dtype[:1] in "<>|" else dtype
    except TypeError as error:
        raise _damaged(name, f"an array of the unknown type {dtype}") from error
    return tuple(shape), named


def _check_packing(head: dict[str, Any], name: str) -> None:
    if strange := [c for c in _packing(head) if c.lower() not in _CODECS]:
        raise CannotOpen(
            f"{name} is packed by {strange[0]!r}, which is not read here: it could run "
            "code.",
            "Save it with the usual codecs of Zarr.",
        )


def _read(zarr: Any, store: Any, key: str, name: str) -> Shaped[np.ndarray, "..."]:
    try:
        array = zarr.open_array(store=store, path=key or None, mode="r")
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
