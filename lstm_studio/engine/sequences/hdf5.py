"""Arrays of HDF5 files, read through h5py."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.core.memory import machine_memory
from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.files.hdf5 import datasets, is_built_in
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.named import Arrays, in_words

_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)


@contextmanager
def opened_hdf5(source: Source) -> Iterator[Arrays]:
    """Open an HDF5 file; its arrays are read when they are asked for.

    Only arrays that lie in the file itself are offered.
    """
    h5py = bring("h5py", "An HDF5 file")
    name = source.path.name
    source.file.seek(0)
    try:
        file = h5py.File(source.file, "r")
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    with file:
        try:
            found = {
                key: each
                for key, each in datasets(h5py, file)
                if each.dtype.kind in "biuf"
            }
        except _DAMAGE as error:
            raise _damaged(name, error) from error

        def read(key: str) -> Shaped[np.ndarray, "..."]:
            return _read(found[key], key, name)

        said = {key: in_words(each.shape, each.dtype) for key, each in found.items()}
        yield Arrays(name, str(source.path), said, read)


def _read(dataset: Any, key: str, name: str) -> Shaped[np.ndarray, "..."]:
    wanted = math.prod(dataset.shape) * dataset.dtype.itemsize
    if wanted > machine_memory() // 4:
        raise CannotOpen(
            f"The array {key!r} of {name} would take {wanted / 2**30:.1f} GB, more "
            "than a quarter of the memory.",
            "Save the part that is meant by itself.",
        )
    if not is_built_in(dataset):
        raise CannotOpen(
            f"The array {key!r} of {name} is packed by a program of others.",
            "Save it with gzip, lzf, or unpacked.",
        )
    try:
        values: np.ndarray = dataset[()]
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    return np.asarray(values)


def _damaged(name: str, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{name} is a damaged or incomplete HDF5 file.", "Save it again.", str(error)
    )
