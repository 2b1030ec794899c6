"""safetensors files: a JSON head, checked whole, then the values one after another."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.claims import (
    DIMENSION_LIMIT,
    Claim,
    Storage,
    strides,
)
from lstm_studio.engine.files.contents import Contents
from lstm_studio.engine.files.source import Source

_HEAD_LIMIT: Final = 10 * 2**20
"""A hundred thousand tensors; Python takes ten times as much to hold it."""
_DTYPES: Final[Mapping[str, torch.dtype]] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}


def read_safetensors(
    source: Source,
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Return the tensors of a file in the order of their values, and its metadata.

    Raises
    ------
    CannotOpen
        The head is damaged, or claims bytes that are not there, or twice the same.
    """
    contents, texts = describe_safetensors(source)
    return {name: contents.tensor(each) for name, each in contents.value.items()}, texts


def describe_safetensors(source: Source) -> tuple[Contents, dict[str, str]]:
    """Return what a file holds, with a `Claim` for each tensor, and its metadata.

    Raises
    ------
    CannotOpen
        As for ``read_safetensors``.
    """
    start = 8 + int.from_bytes(source.read(0, 8), "little")
    if start > source.size:
        raise _refusal(source, "is cut off: its head is not whole")
    if start > _HEAD_LIMIT:
        raise _refusal(source, f"claims a head of {start:,} bytes")
    try:
        head = json.loads(source.read(8, start - 8))
        metadata = head.pop("__metadata__", {})
        entries = sorted(
            ((name, *_entry(claim)) for name, claim in head.items()),
            key=lambda entry: entry[3:],
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _refusal(source, f"has a damaged head ({error})") from error
    claims: dict[str, Claim] = {}
    places: dict[str, tuple[int, int]] = {}
    position = 0
    for name, dtype, shape, begin, end in entries:
        if begin != position or end - begin != math.prod(shape) * dtype.itemsize:
            raise _refusal(source, f"is damaged: the bytes of {name} are not its own")
        position = end
        if start + end > source.size:
            raise _refusal(source, f"is cut off: the bytes of {name} are missing")
        storage = Storage(name, dtype, math.prod(shape))
        claims[name] = Claim(storage, dtype, 0, shape, strides(shape))
        places[name] = start + begin, end - begin
    contents = Contents(claims, read_storage=lambda key: source.read_into(*places[key]))
    contents.tensors = len(claims)
    texts = metadata.items() if isinstance(metadata, dict) else ()
    return contents, {str(key): str(value) for key, value in texts}


def _entry(claim: Any) -> tuple[torch.dtype, tuple[int, ...], int, int]:
    shape, (begin, end) = tuple(claim["shape"]), claim["data_offsets"]
    numbers = (*shape, begin, end)
    if len(shape) > DIMENSION_LIMIT or not all(
        type(number) is int and number >= 0 for number in numbers
    ):
        raise ValueError("sizes that are no whole numbers")
    if claim["dtype"] not in _DTYPES:
        raise ValueError(f"values of the unknown type {claim['dtype']}")
    return _DTYPES[claim["dtype"]], shape, begin, end


def _refusal(source: Source, what: str) -> CannotOpen:
    return CannotOpen(f"{source.path.name} {what}.", "Download or copy it again.")
