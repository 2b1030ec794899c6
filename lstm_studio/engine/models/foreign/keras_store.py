"""Arrays of an HDF5 file by their paths, within limits; none from outside of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.extras import bring
from lstm_studio.engine.files.contents import EXPANSION_LIMIT
from lstm_studio.engine.files.hdf5 import datasets, is_built_in
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.foreign.translated import CannotTranslate

_BLOCK: Final = 2**24
_DAMAGE: Final = (
    ArithmeticError,
    OSError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
)
"""What h5py raises about a damaged file."""


class Store:
    """An open HDF5 file.

    Attributes
    ----------
    arrays
        Datasets by path: ``layers/lstm/cell/vars/0``.
    nbytes
        What all of them take.
    """

    def __init__(self, h5py: Any, file: Any, source: Source) -> None:
        self._file = file
        self.arrays: dict[str, Any] = dict(datasets(h5py, file))
        self._source = source
        self.nbytes = sum(self._size(each) for each in self.arrays.values())
        if self.nbytes > EXPANSION_LIMIT * source.size:
            raise CannotOpen(
                f"The arrays of {source.path.name} take more than {EXPANSION_LIMIT} "
                "times what is stored.",
                "Do not open it; ask where it comes from.",
            )

    def attribute(self, name: str) -> str:
        """Return a text that the file itself or its weights are marked with."""
        for holder in (self._file, self._file.get("model_weights")):
            if holder is not None and name in holder.attrs:
                value = holder.attrs[name]
                return value.decode() if isinstance(value, bytes) else str(value)
        return ""

    def config(self) -> object:
        """Return the description of the model, None where there is none."""
        text = self.attribute("model_config")
        return json.loads(text) if text else None

    def tensor(self, path: str) -> Tensor:
        """Return an array of real numbers."""
        dataset, half = self._real(path)
        if dataset.dtype.kind == "f":
            values = np.empty(dataset.shape, dataset.dtype.newbyteorder("="))
        else:
            values = np.empty(dataset.shape, dataset.dtype)
        for rows in _blocks(dataset):
            # h5py takes what is read right into its place, and turns its bytes.
            dataset.read_direct(values, rows, rows)
            self._source.meter.count(values[rows].nbytes)
        tensor = torch.from_numpy(values.view(np.int16) if half else values)
        return tensor.view(torch.bfloat16) if half else tensor

    def sketch(self, path: str) -> Tensor:
        """Return an array of real numbers without its values."""
        dataset, half = self._real(path)
        plain = np.empty(0, np.int16 if half else dataset.dtype.newbyteorder("="))
        dtype = torch.bfloat16 if half else torch.from_numpy(plain).dtype
        return torch.empty(dataset.shape, dtype=dtype, device="meta")

    def _real(self, path: str) -> tuple[Any, bool]:
        """Return an array of real numbers, and whether they are bfloat16."""
        dataset = self.arrays[path]
        if not is_built_in(dataset):
            raise CannotTranslate("its weights are packed by a program of others")
        # NumPy has no such type; Keras stores its bytes.
        half = dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2
        if dataset.dtype.kind != "f" and not half:
            raise CannotTranslate(f"its weights are {dataset.dtype}, no real numbers")
        return dataset, half

    @staticmethod
    def _size(dataset: Any) -> int:
        return int(dataset.size) * int(dataset.dtype.itemsize)


@contextmanager
def opened_store(source: Source) -> Iterator[Store]:
    """Open an HDF5 file, and say in words where it is damaged.

    Raises
    ------
    CannotOpen
        The library is missing, or the file is damaged or claims more than it holds.
    """
    h5py = bring("h5py", "A Keras model")
    source.file.seek(0)
    try:
        with h5py.File(source.file, "r") as file:
            yield Store(h5py, file, source)
    except CannotTranslate:
        raise
    except (*_DAMAGE, RecursionError) as error:
        raise CannotOpen(
            f"{source.path.name} is a damaged or incomplete file of Keras.",
            "Save it again.",
            str(error),
        ) from error


def _blocks(dataset: Any) -> Iterator[Any]:
    """Yield the places of a few megabytes each, between which one may cancel."""
    if not dataset.shape:
        yield ()
        return
    row = max(dataset.dtype.itemsize * dataset.size // max(dataset.shape[0], 1), 1)
    step = max(_BLOCK // row, 1)
    for start in range(0, dataset.shape[0], step):
        yield np.s_[start : min(start + step, dataset.shape[0])]
