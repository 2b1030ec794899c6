"""Tensors as a file describes them, checked before any memory is taken for them."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import torch

from lstm_studio.engine.files.pickled import BadPickle, Name

DIMENSION_LIMIT: Final = 64
_STORAGE_DTYPES: Final[Mapping[str, torch.dtype]] = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "UntypedStorage": torch.uint8,
    "QInt8Storage": torch.qint8,
    "QUInt8Storage": torch.quint8,
    "QInt32Storage": torch.qint32,
}


@dataclass(frozen=True, slots=True)
class Storage:
    """Memory of tensors: by key in the file, or the bytes themselves."""

    key: str
    dtype: torch.dtype
    count: int
    data: memoryview | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A tensor as the file describes it; checked against the size of its storage."""

    storage: Storage
    dtype: torch.dtype
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def __post_init__(self) -> None:
        numbers = (self.offset, *self.shape, *self.stride)
        if len(self.shape) > DIMENSION_LIMIT or len(self.shape) != len(self.stride):
            raise BadPickle(f"a tensor of {len(self.shape)} dimensions")
        if not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
            raise BadPickle("a tensor whose sizes are no whole numbers")
        stored = self.storage.count * self.storage.dtype.itemsize
        if self.extent * self.dtype.itemsize > stored:
            shape = " x ".join(map(str, self.shape))
            raise BadPickle(f"a tensor of {shape} values over {stored:,} bytes")

    @property
    def extent(self) -> int:
        """Number of values of the storage up to the last one of the tensor."""
        if 0 in self.shape:
            return 0
        steps = zip(self.shape, self.stride, strict=True)
        return self.offset + 1 + sum((size - 1) * stride for size, stride in steps)

    @property
    def nbytes(self) -> int:
        """Bytes that the tensor takes by itself."""
        return math.prod(self.shape) * self.dtype.itemsize


def storage_dtype(kind: object) -> torch.dtype:
    """Return the type of the values in a storage, by the name of its class."""
    name = kind.name if isinstance(kind, Name) else ""
    if name not in _STORAGE_DTYPES:
        raise BadPickle(f"a storage of the unknown kind {name}")
    return _STORAGE_DTYPES[name]


def dtype_of(name: Name) -> torch.dtype:
    """Return the type that a pickle names."""
    dtype = getattr(torch, name.name, None) if name.module == "torch" else None
    if not isinstance(dtype, torch.dtype):
        raise BadPickle(f"a tensor of the unknown type {name}")
    return dtype


def strides(shape: tuple[int, ...], *, fortran: bool = False) -> tuple[int, ...]:
    """Return the strides of values that lie one after another."""
    sizes = shape if fortran else shape[::-1]
    steps = tuple(accumulate((1, *sizes[:-1]), operator.mul))[: len(shape)]
    return steps if fortran else steps[::-1]
