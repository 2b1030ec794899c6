"""Windows as tensors of a .safetensors file, written block by block."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.atomic import atomic_file
from lstm_studio.core.control import RunControl
from lstm_studio.export.selection import Window, block_size, in_json, names_of


def write_safetensors(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    """Write a tensor for each window; names, windows and origin are metadata.

    The library would want all of them in memory at once; the format is a head in
    JSON and the values after it.
    """
    head: dict[str, Any] = {"__metadata__": {"lstm_studio": in_json(windows)}}
    end = 0
    for name, window in zip(names_of(windows), windows, strict=True):
        steps, units = window.shape
        begin, end = end, end + steps * units * window.dtype.itemsize
        head[name] = {
            "dtype": f"F{8 * window.dtype.itemsize}",
            "shape": [steps, units],
            "data_offsets": [begin, end],
        }
    text = json.dumps(head, ensure_ascii=False).encode()
    # Values begin at a multiple of eight bytes, so that a reader may map them.
    text += b" " * (-len(text) % 8)
    with atomic_file(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for window in windows:
            little = window.dtype.newbyteorder("<")
            for block in window.blocks(block_size([window]), control):
                file.write(np.ascontiguousarray(block, little).tobytes())
