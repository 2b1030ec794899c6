"""Values of tensors of an ONNX file, in the file or in others of its folder."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.claims import DIMENSION_LIMIT
from lstm_studio.engine.files.source import Source, open_source

_EXTERNAL = 1
"""How the format says that values lie in another file."""


class TensorReader:
    """Reads tensors as NumPy has them; those of other files from this folder only."""

    def __init__(self, onnx: Any, source: Source) -> None:
        self._onnx = onnx
        self._source = source

    def read(self, tensor: Any) -> np.ndarray:
        """Return the values of a tensor, of which a damaged one raises ValueError."""
        sizes = list(tensor.dims)
        if len(sizes) > DIMENSION_LIMIT or any(size < 0 for size in sizes):
            raise ValueError(f"a tensor of {len(sizes)} dimensions")
        try:
            dtype = self._onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        except KeyError as error:
            raise ValueError(f"values of the unknown type {error}") from error
        if dtype.kind not in "fiub" and dtype.name != "bfloat16":
            # Texts and values of four bits are no weights.
            return np.empty(0, np.uint8)
        if tensor.data_location == _EXTERNAL:
            data = self._outside(tensor, math.prod(sizes) * dtype.itemsize)
            values = np.frombuffer(data, dtype.newbyteorder("<")).reshape(sizes)
        else:
            values = self._onnx.numpy_helper.to_array(tensor)
        if dtype.name == "bfloat16":
            values = values.astype(np.float32)
        return np.asarray(values)

    def _outside(self, tensor: Any, count: int) -> bytes:
        told = {entry.key: entry.value for entry in tensor.external_data}
        location = told.get("location", "")
        offset = int(told.get("offset") or 0)
        length = int(told.get("length") or count)
        path = self._inside_folder(location)
        with open_source(path) as source:
            if offset < 0 or length != count or offset + length > source.size:
                raise CannotOpen(
                    f"{path.name} is too short for the weights of "
                    f"{self._source.path.name} that it holds.",
                    "Download or copy both files again.",
                )
            return source.read(offset, length)

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
