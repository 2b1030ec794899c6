"""Values of tensors of an ONNX file, in the file or in others of its folder."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.claims import DIMENSION_LIMIT
from lstm_studio.engine.files.source import Source, open_source
from lstm_studio.engine.models.foreign.onnx_skeleton import LARGE, Region
from lstm_studio.engine.models.foreign.translated import unread

_EXTERNAL = 1
"""How the format says that values lie in another file."""


class TensorReader:
    """Reads tensors as NumPy has them; those of other files from this folder only.

    ``regions`` are the values of large tensors of the file, by name.

    Attributes
    ----------
    wanted
        Bytes of each large tensor that was sketched.
    beside
        Names of the other files that hold tensors.
    """

    def __init__(
        self, onnx: Any, source: Source, regions: Mapping[str, Region]
    ) -> None:
        self._onnx = onnx
        self._source = source
        self._regions = regions
        self.wanted: dict[str, int] = {}
        self.beside: dict[str, None] = {}

    def sketch(self, tensor: Any) -> np.ndarray:
        """Return an array without values where a tensor is large."""
        sizes, dtype = self._described(tensor)
        size = math.prod(sizes) * dtype.itemsize
        outside = tensor.data_location == _EXTERNAL
        if outside:
            told = {entry.key: entry.value for entry in tensor.external_data}
            self.beside[Path(told.get("location", "")).name] = None
        elsewhere = outside or self._region(tensor)
        if size <= LARGE or not elsewhere:
            return self.read(tensor)
        self.wanted[tensor.name] = size
        return unread(sizes, np.dtype(np.float32) if _is_half(dtype) else dtype)

    def read(self, tensor: Any) -> np.ndarray:
        """Return the values of a tensor, of which a damaged one raises ValueError."""
        sizes, dtype = self._described(tensor)
        if dtype.kind not in "fiub" and not _is_half(dtype):
            # Texts and values of four bits are no weights.
            return np.empty(0, np.uint8)
        region = self._region(tensor)
        if tensor.data_location == _EXTERNAL:
            data = self._outside(tensor, math.prod(sizes) * dtype.itemsize)
            values = np.frombuffer(data, dtype.newbyteorder("<")).reshape(sizes)
        elif region is not None:
            data = self._source.read_into(region.start, region.size)
            values = np.frombuffer(data, dtype.newbyteorder("<")).reshape(sizes)
        else:
            values = self._onnx.numpy_helper.to_array(tensor)
        return np.asarray(values.astype(np.float32) if _is_half(dtype) else values)

    def _described(self, tensor: Any) -> tuple[list[int], Any]:
        sizes = list(tensor.dims)
        if len(sizes) > DIMENSION_LIMIT or any(size < 0 for size in sizes):
            raise ValueError(f"a tensor of {len(sizes)} dimensions")
        try:
            return sizes, self._onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        except KeyError as error:
            raise ValueError(f"values of the unknown type {error}") from error

    def _region(self, tensor: Any) -> Region | None:
        # A tensor with values of its own is another one of the same name.
        return None if tensor.raw_data else self._regions.get(tensor.name)

    def _outside(self, tensor: Any, count: int) -> bytearray:
        told = {entry.key: entry.value for entry in tensor.external_data}
        location = told.get("location", "")
        offset = int(told.get("offset") or 0)
        length = int(told.get("length") or count)
        path = self._inside_folder(location)
        with open_source(path) as source:
            source.meter = self._source.meter
            if offset < 0 or length != count or offset + length > source.size:
                raise CannotOpen(
                    f"{path.name} is too short for the weights of "
                    f"{self._source.path.name} that it holds.",
                    "Download or copy both files again.",
                )
            return source.read_into(offset, length)

    def _inside_folder(self, location: str) -> Path:
        folder = self._source.path.parent.resolve()
        path = (folder / location).resolve()
        if not location or not path.is_relative_to(folder) or path == folder:
            raise CannotOpen(
                f"{self._source.path.name} takes weights from {location!r}, which is "
                "outside of its folder.",
                "Do not open it; ask where it comes from.",
            )
        if not path.exists():
            raise CannotOpen(
                f"{self._source.path.name} keeps its weights in {location}, which is "
                "not beside it.",
                "Put both files into one folder.",
            )
        return path


def _is_half(dtype: Any) -> bool:
    return bool(dtype.name == "bfloat16")
