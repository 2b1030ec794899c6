"""Arrays of HDF5 files, read through h5py."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from jaxtyping import Shaped

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.core.memory import machine_memory
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.named import Arrays, in_words

_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)


@contextmanager
def opened_hdf5(source: Source) -> Iterator[Arrays]:
    """Open an HDF5 file; its arrays are read when they are asked for.

    Only arrays that lie in the file itself are offered: links, and arrays whose
    values lie elsewhere, could name any file of the user.
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
            found = dict(_datasets(h5py, file, ""))
        except _DAMAGE as error:
            raise _damaged(name, error) from error

        def read(key: str) -> Shaped[np.ndarray, "..."]:
            return _read(found[key], key, name)

        said = {key: in_words(each.shape, each.dtype) for key, each in found.items()}
        yield Arrays(name, str(source.path), said, read)


def _datasets(h5py: Any, group: Any, path: str) -> Iterator[tuple[str, Any]]:
    # A group may hold itself by a hard link, so its depth is no bound.
    if path.count("/") > 20:
        return
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        child = group[key]
        if isinstance(child, h5py.Group):
            yield from _datasets(h5py, child, f"{path}{key}/")
        elif (
            isinstance(child, h5py.Dataset)
            and child.shape is not None
            and child.dtype.kind in "biuf"
            and not child.is_virtual
            and not child.external
        ):
            yield f"{path}{key}", child


def _read(dataset: Any, key: str, name: str) -> Shaped[np.ndarray, "..."]:
    wanted = math.prod(dataset.shape) * dataset.dtype.itemsize
    if wanted > machine_memory() // 4:
        raise CannotOpen(
            f"The array {key!r} of {name} would take {wanted / 2**30:.1f} GB, more "
            "than a quarter of the memory.",
            "Save the part that is meant by itself.",
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
