"""Any window of any streams as a file: .npz, .npy or .csv, with names and origin."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from lstm_studio.core.atomic import atomic_file
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recording import Recording

FORMATS: Final = (".npz", ".npy", ".csv")
BLOCK_BYTES: Final = 8_000_000
"""Bytes that are read, and derived, at a time."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A window of one stream; ``stop`` None means all that there is."""

    layer: str
    stream: str
    start: int = 0
    stop: int | None = None
    units: tuple[int, ...] | None = None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class _Window:
    """A selection with its ends known."""

    recording: Recording
    layer: str
    stream: str
    steps: range
    units: tuple[int, ...]
    sample: int

    @property
    def name(self) -> str:
        return f"{self.layer}.{self.stream}" if self.layer else self.stream

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.steps), len(self.units)

    def read(self, steps: range) -> np.ndarray[Any, np.dtype[Any]]:
        units = np.asarray(self.units, np.int64)
        rows = slice(steps.start, steps.stop)
        return self.recording.read(self.layer, self.stream, rows, units, self.sample)

    def blocks(self, size: int, control: RunControl | None) -> Iterator[np.ndarray]:
        for start in range(self.steps.start, self.steps.stop, size):
            if control is not None:
                control.checkpoint()
            yield self.read(range(start, min(start + size, self.steps.stop)))


def export_arrays(
    recording: Recording,
    path: str | Path,
    selections: Sequence[Selection],
    control: RunControl | None = None,
) -> None:
    """Write windows (step, unit) to a file whose ending names the format.

    ``.npz`` holds one array for each selection and ``origin.json``; ``.npy`` holds
    one selection, its origin beside it in ``NAME.npy.json``; ``.csv`` has one row
    for each step, and its origin in lines that begin with ``#``.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    windows = [_window(recording, selection) for selection in selections]
    if not windows:
        raise CannotSave("Nothing is selected.", "Choose at least one stream.")
    path = Path(path)
    match path.suffix.lower():
        case ".npz":
            _write_npz(path, windows, control)
        case ".npy":
            _write_npy(path, windows, control)
        case ".csv":
            _write_csv(path, windows, control)
        case other:
            raise CannotSave(
                f"{other or 'A name without an ending'} is no format for arrays.",
                f"End the name in {', '.join(FORMATS)}.",
            )


def _window(recording: Recording, selection: Selection) -> _Window:
    if selection.layer not in recording.layers:
        raise CannotSave(
            f"The recording has no layer {selection.layer!r}.",
            f"Choose one of: {', '.join(recording.layers)}.",
        )
    length = recording.length(selection.layer)
    start, stop, _ = slice(selection.start, selection.stop).indices(length)
    units = selection.units
    if units is None:
        probe = recording.read(selection.layer, selection.stream, slice(0, 0))
        units = tuple(range(probe.shape[1]))
    return _Window(
        recording, selection.layer, selection.stream, range(start, max(start, stop)),
        units, selection.sample,
    )  # fmt: skip


def _block_size(windows: Sequence[_Window]) -> int:
    units = sum(len(window.units) for window in windows)
    return max(BLOCK_BYTES // max(8 * units, 1), 1)


def description(windows: Sequence[_Window]) -> dict[str, Any]:
    """Return names, shapes, windows and origin, as they are written."""
    recording = windows[0].recording
    return {
        "arrays": [
            {
                "name": window.name,
                "layer": window.layer,
                "stream": window.stream,
                "axes": ["step", "unit"],
                "shape": list(window.shape),
                "first_step": window.steps.start,
                "units": list(window.units),
                "sample": window.sample,
            }
            for window in windows
        ],
        "origin": asdict(recording.origin),
        "certificate_holds": recording.certificate.holds,
    }


def _json(windows: Sequence[_Window]) -> str:
    return json.dumps(description(windows), indent=1, ensure_ascii=False)


def _write_npz(
    path: Path, windows: Sequence[_Window], control: RunControl | None
) -> None:
    names = _names(windows)
    with atomic_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, window in zip(names, windows, strict=True):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_array(member, window, control)
        text = np.array(_json(windows))
        with archive.open("origin.json.npy", "w") as member:
            np.lib.format.write_array(member, text)


def _names(windows: Sequence[_Window]) -> list[str]:
    """Return a name for each window, told apart where a stream is chosen twice."""
    names: list[str] = []
    for window in windows:
        name = window.name.replace("/", "_")
        if name in names:
            name += f".sample{window.sample}.step{window.steps.start}"
        while name in names:
            name += "_"
        names.append(name)
    return names


def _write_npy(
    path: Path, windows: Sequence[_Window], control: RunControl | None
) -> None:
    if len(windows) > 1:
        raise CannotSave(
            f"A .npy file holds one array, not {len(windows)}.", "Save as .npz."
        )
    with atomic_file(path) as file:
        _write_array(file, windows[0], control)
    with atomic_file(path.with_name(f"{path.name}.json")) as file:
        file.write(_json(windows).encode())


def _write_array(
    file: BinaryIO | Any, window: _Window, control: RunControl | None
) -> None:
    dtype = window.read(range(window.steps.start, window.steps.start)).dtype
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": window.shape,
    }
    np.lib.format.write_array_header_1_0(file, header)
    for block in window.blocks(_block_size([window]), control):
        file.write(np.ascontiguousarray(block).tobytes())


def _write_csv(
    path: Path, windows: Sequence[_Window], control: RunControl | None
) -> None:
    steps = {window.steps for window in windows}
    if len(steps) > 1:
        raise CannotSave(
            "The selected streams do not have the same steps.",
            "Choose one span for all, or save as .npz.",
        )
    names = _names(windows)
    with atomic_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        for line in _json(windows).splitlines():
            text.write(f"# {line}\r\n")
        writer = csv.writer(text)
        columns = [
            f"{name}[{unit}]"
            for name, window in zip(names, windows, strict=True)
            for unit in window.units
        ]
        writer.writerow(["step", *columns])
        start = windows[0].steps.start
        size = _block_size(windows)
        blocks = [window.blocks(size, control) for window in windows]
        for block in zip(*blocks, strict=True):
            joined = np.concatenate(block, axis=1)
            # Shortest text that gives the same number back, in its own precision.
            for step, row in enumerate(joined.astype(str).tolist(), start):
                writer.writerow([step, *row])
            start += len(joined)
        text.detach()
