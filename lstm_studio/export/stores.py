"""Windows as arrays of a Zarr store, which any program may read part by part."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lstm_studio.core.atomic import atomic_path
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.extras import bring
from lstm_studio.export.selection import Window, block_size, description, names_of

_CHUNK: Final = 1000
"""Steps of a chunk: a window on screen then reads a handful of files."""


def write_store(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    """Write an array for each window in chunks of steps, not compressed."""
    zarr = bring("zarr", "A Zarr store", CannotSave)
    sync = bring("zarr.core.sync", "A Zarr store", CannotSave)
    if path.is_dir() and not any(
        (path / head).is_file() for head in ("zarr.json", ".zgroup", ".zarray")
    ):
        raise CannotSave(
            f"There is a folder {path} already, and it is no Zarr store.",
            "Choose a new name.",
        )
    about = description(windows)
    # With a number the threads that write are waited for below, else they are not.
    threads = zarr.config.set({"threading.max_workers": 1})
    with threads, atomic_path(path) as temporary:
        try:
            root = zarr.create_group(temporary, zarr_format=3)
            root.attrs.update(
                {key: value for key, value in about.items() if key != "arrays"}
            )
            for name, window, of in zip(
                names_of(windows), windows, about["arrays"], strict=True
            ):
                # A whole number of chunks at a time, so that none is written twice.
                size = block_size([window])
                chunk = min(size, _CHUNK)
                made = root.create_array(
                    name,
                    shape=window.shape,
                    dtype=window.dtype,
                    chunks=(chunk, max(len(window.units), 1)),
                    compressors=None,
                    dimension_names=("step", "unit"),
                    attributes=of,
                )
                row = 0
                for block in window.blocks(size - size % chunk, control):
                    made[row : row + len(block)] = block
                    row += len(block)
        finally:
            # Else the threads of its event loop would outlive the export, and write
            # into a folder that is being removed.
            sync.cleanup_resources()
