"""Windows as datasets of an HDF5 file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lstm_studio.core.atomic import atomic_path
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.extras import bring
from lstm_studio.export.selection import Window, block_size, description, names_of


def write_hdf5(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    """Write a dataset for each window, what it is in its attributes."""
    h5py = bring("h5py", "An HDF5 file", CannotSave)
    about = description(windows)
    with atomic_path(path) as temporary, _new(h5py, temporary) as file:
        file.attrs["origin"] = json.dumps(about["origin"], ensure_ascii=False)
        file.attrs["certificate_holds"] = about["certificate_holds"]
        for name, window, of in zip(
            names_of(windows), windows, about["arrays"], strict=True
        ):
            made = file.create_dataset(name, window.shape, window.dtype)
            for key, value in of.items():
                made.attrs[key] = value
            row = 0
            for block in window.blocks(block_size([window]), control):
                made[row : row + len(block)] = block
                row += len(block)


def _new(h5py: Any, path: Path) -> Any:
    # Before 1.8 of the format an attribute, here the list of units, had 64 kB at most.
    return h5py.File(path, "w", libver=("v108", "latest"))
