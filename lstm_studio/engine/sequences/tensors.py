"""Tensors of PyTorch and safetensors: plain data, of which nothing is ever run."""

from typing import Final

import numpy as np
import torch

from lstm_studio.core.shapes import Shaped
from lstm_studio.engine.files.recognise import LEGACY_MAGIC
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.files.tensors import read_tensors
from lstm_studio.engine.sequences.named import Arrays, in_words

_TAIL: Final = 2**20
"""Bytes at the end of an archive, where its directory is."""
_EIGHTS: Final = (torch.float8_e4m3fn, torch.float8_e5m2)


def is_tensors(source: Source, head: bytes) -> bool:
    """Return whether a file is one of PyTorch or safetensors."""
    if head.startswith(b"PK"):
        # Every archive of PyTorch has one; those of NumPy have arrays alone.
        tail = source.read(max(0, source.size - _TAIL))
        return any(name in tail for name in (b"data.pkl", b"constants.pkl"))
    legacy = head.startswith((LEGACY_MAGIC, b"\x80\x02", b"\x80\x03", b"\x80\x04"))
    return legacy or (len(head) > 8 and head[8:9] == b"{" and not any(head[4:8]))


def open_tensors(source: Source) -> Arrays:
    """Return the tensors of a .pt or .safetensors file as arrays."""
    tensors = read_tensors(source)
    said = {
        name: in_words(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
    }

    def read(name: str) -> Shaped[np.ndarray, "..."]:
        tensor = tensors[name]
        if tensor.dtype in (torch.bfloat16, *_EIGHTS):
            # NumPy has no such types; float32 holds each of their values.
            tensor = tensor.float()
        values: np.ndarray = tensor.resolve_conj().resolve_neg().numpy()
        return values

    return Arrays(source.path.name, str(source.path), said, read)
