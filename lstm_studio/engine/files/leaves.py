"""What counts as a tensor in a file: PyTorch's, NumPy's, and those that stay unread."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from lstm_studio.engine.files.claims import Claim, Storage, strides
from lstm_studio.engine.files.pickled import BadPickle, Made, Name
from lstm_studio.engine.files.quantised import BUILDER, Quantised, quantised

_REASONS: Final[Mapping[str, str]] = {
    "torch._utils._rebuild_sparse_tensor": "it is sparse",
    "torch._utils._rebuild_meta_tensor_no_storage": "only its shape is in the file",
    "torch._utils._rebuild_qtensor": "it is quantised",
    "torch._utils._rebuild_nested_tensor": "it is nested",
    "torch._utils._rebuild_wrapper_subclass": "it is of a class of its own",
}
_NUMPY_DTYPES: Final[Mapping[str, torch.dtype]] = {
    "f8": torch.float64,
    "f4": torch.float32,
    "f2": torch.float16,
    "i8": torch.int64,
    "i4": torch.int32,
    "i2": torch.int16,
    "i1": torch.int8,
    "u1": torch.uint8,
}


@dataclass(frozen=True, slots=True)
class Unread:
    """A tensor whose values are not read, and why."""

    reason: str
    shape: tuple[int, ...] = ()


Leaf = torch.Tensor | Claim | Quantised | Unread


def as_leaf(value: object) -> Leaf | None:
    """Return the tensor that a value of a file is or stands for, None if it is none."""
    if isinstance(value, (torch.Tensor, Claim)):
        return value
    if not isinstance(value, Made) or not isinstance(value.of, Name):
        return None
    name = str(value.of)
    try:
        if name == BUILDER and (found := quantised(value.args)) is not None:
            return found
        if name in _REASONS:
            return Unread(_REASONS[name])
        return _numpy_array(name, value)
    except BadPickle as error:
        return Unread(f"it is {error}")


def reason_against(tensor: torch.Tensor, *, sketched: bool = False) -> str:
    """Return why the values of a tensor cannot be used, ``""`` if they can.

    ``sketched`` is a tensor whose values are there, and will be read later.
    """
    if tensor.is_meta and not sketched:
        return _REASONS["torch._utils._rebuild_meta_tensor_no_storage"]
    if tensor.is_quantized:
        return _REASONS["torch._utils._rebuild_qtensor"]
    if tensor.layout is not torch.strided:
        return _REASONS["torch._utils._rebuild_sparse_tensor"]
    return ""


def _numpy_array(name: str, made: Made) -> Claim | None:
    if name.endswith("._frombuffer") and len(made.args) == 4:
        data, dtype, shape, order = made.args
        return _claim(data, dtype, shape, fortran=order == "F")
    if name.endswith(".multiarray._reconstruct"):
        state = made.state
        if isinstance(state, tuple) and len(state) == 5:
            _, shape, dtype, fortran, data = state
            return _claim(data, dtype, shape, fortran=fortran is True)
    return None


def _claim(data: Any, dtype: object, shape: object, *, fortran: bool) -> Claim | None:
    if isinstance(data, bytes):
        data = memoryview(data)
    kind = dtype.args[0] if isinstance(dtype, Made) and dtype.args else None
    if (
        not isinstance(data, memoryview)
        or not isinstance(shape, tuple)
        or not isinstance(kind, str)
        or kind not in _NUMPY_DTYPES
        or not all(type(size) is int for size in shape)
        or _is_big_endian(dtype)
    ):
        return None
    own = _NUMPY_DTYPES[kind]
    count = len(data) // own.itemsize
    if math.prod(shape) != count:
        raise BadPickle("an array whose bytes do not fit its shape")
    return Claim(
        Storage("", own, count, data), own, 0, shape, strides(shape, fortran=fortran)
    )


def _is_big_endian(dtype: object) -> bool:
    state = dtype.state if isinstance(dtype, Made) else None
    return isinstance(state, tuple) and len(state) > 1 and state[1] == ">"
