"""Any window of any streams as a file, with names and origin; its ending says which."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from lstm_studio.core.atomic import atomic_file
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recording import Recording
from lstm_studio.export.hdf5 import write_hdf5
from lstm_studio.export.parquet import write_parquet
from lstm_studio.export.safetensors import write_safetensors
from lstm_studio.export.selection import (
    Selection,
    Window,
    block_size,
    columns_of,
    in_json,
    names_of,
    one_span,
    window_of,
)
from lstm_studio.export.stores import write_store

Write = Callable[[Path, Sequence[Window], RunControl | None], None]


def export_arrays(
    recording: Recording,
    path: str | Path,
    selections: Sequence[Selection],
    control: RunControl | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write windows (step, unit) to a file whose ending names the format.

    ``.npz`` holds one array for each selection and ``origin.json``; ``.npy`` holds
    one selection, its origin beside it in ``NAME.npy.json``; ``.csv`` has one row
    for each step, and its origin in lines that begin with ``#``; ``.parquet`` has the
    same columns. ``.safetensors``, ``.h5`` and ``.zarr`` hold one array for each
    selection, its window and origin in their metadata. Parquet, HDF5 and Zarr take
    the extras ``parquet``, ``hdf5`` and ``zarr``.

    Parameters
    ----------
    control
        To cancel it from another thread.
    progress
        Is told how many values are written, and of how many.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    done = 0

    def told(values: int) -> None:
        nonlocal done
        done += values
        if progress is not None:
            progress(done, total)

    windows = [window_of(recording, selection, told) for selection in selections]
    if not windows:
        raise CannotSave("Nothing is selected.", "Choose at least one stream.")
    total = sum(len(window.steps) * len(window.units) for window in windows)
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise CannotSave(
            f"{path.suffix or 'A name without an ending'} is no format for arrays.",
            f"End the name in {', '.join(FORMATS)}.",
        )
    write(path, windows, control)


def _write_npz(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    names = names_of(windows)
    with atomic_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, window in zip(names, windows, strict=True):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_array(member, window, control)
        text = np.array(in_json(windows))
        with archive.open("origin.json.npy", "w") as member:
            np.lib.format.write_array(member, text)


def _write_npy(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    if len(windows) > 1:
        raise CannotSave(
            f"A .npy file holds one array, not {len(windows)}.", "Save as .npz."
        )
    # Both are written before either takes its place.
    with atomic_file(path.with_name(f"{path.name}.json")) as about:
        about.write(in_json(windows).encode())
        with atomic_file(path) as file:
            _write_array(file, windows[0], control)


def _write_array(
    file: BinaryIO | Any, window: Window, control: RunControl | None
) -> None:
    header = {
        "descr": np.lib.format.dtype_to_descr(window.dtype),
        "fortran_order": False,
        "shape": window.shape,
    }
    np.lib.format.write_array_header_1_0(file, header)
    for block in window.blocks(block_size([window]), control):
        file.write(np.ascontiguousarray(block).tobytes())


def _write_csv(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    one_span(windows)
    with atomic_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        for line in in_json(windows).splitlines():
            text.write(f"# {line}\r\n")
        writer = csv.writer(text)
        writer.writerow(["step", *columns_of(windows)])
        start = windows[0].steps.start
        size = block_size(windows)
        blocks = [window.blocks(size, control) for window in windows]
        for block in zip(*blocks, strict=True):
            joined = np.concatenate(block, axis=1)
            # Shortest text that gives the same number back, in its own precision.
            for step, row in enumerate(joined.astype(str).tolist(), start):
                writer.writerow([step, *row])
            start += len(joined)
        text.detach()


WRITERS: Final[Mapping[str, Write]] = {
    ".npz": _write_npz,
    ".npy": _write_npy,
    ".csv": _write_csv,
    ".safetensors": write_safetensors,
    ".parquet": write_parquet,
    ".h5": write_hdf5,
    ".hdf5": write_hdf5,
    ".zarr": write_store,
}
FORMATS: Final = tuple(WRITERS)
