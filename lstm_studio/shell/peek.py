"""Looks at the head of a file, to show its shape beside what a model needs."""

import csv
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.found import Form, Found

HEAD_BYTES: Final = 65_536
TEXT: Final = frozenset({".txt", ".md", ".py", ".text"})
FORMS: Final[Mapping[str, Form]] = {
    **dict.fromkeys((".npz", ".pt", ".pth", ".safetensors", ".zarr"), "array"),
    **dict.fromkeys((".h5", ".hdf5", ".nc", ".nwb"), "array"),
    **dict.fromkeys((".flac", ".ogg", ".mp3"), "sound"),
    ".parquet": "table",
}
"""What files hold that only the engine can look into."""


def peek(path: str) -> Found:
    """Return what the head of a file says; a file that cannot be read says why.

    What takes a library to be read has no text: the engine says what is in it.
    """
    try:
        return _peek(Path(path))
    except (OSError, ValueError, EOFError, wave.Error, csv.Error) as error:
        return Found("", f"Its shape cannot be read: {error}")


def _peek(path: Path) -> Found:
    if path.is_dir():
        return Found(FORMS.get(path.suffix.lower(), ""), "")
    # Opening a pipe would wait for its writer.
    if not path.is_file():
        return Found("", "There is no such file.")
    match path.suffix.lower():
        case ".npy":
            return _array(path)
        case ".csv" | ".tsv":
            return _table(path)
        case ".wav":
            return _sound(path)
        case suffix if suffix in TEXT:
            return Found("text", f"A text of {path.stat().st_size} bytes.")
        case suffix:
            return Found(FORMS.get(suffix, ""), "")


def _array(path: Path) -> Found:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
    said = " × ".join(str(size) for size in shape) or "a single number"
    width = shape[-1] if len(shape) > 1 else 0
    columns = tuple(str(number) for number in range(width)) if width <= 64 else ()
    return Found("array", f"An array of {said}, {dtype}.", columns)


def _table(path: Path) -> Found:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(HEAD_BYTES)
    lines = head.splitlines()
    # Notes above a table, as those of our own exports.
    head = "\n".join(line for line in lines if not line.startswith("#"))
    try:
        dialect: csv.Dialect | type[csv.Dialect] = csv.Sniffer().sniff(head, ",;\t ")
    except csv.Error:
        dialect = csv.excel
    first = next(csv.reader(head.splitlines(), dialect), [])
    named = any(not _is_number(cell) for cell in first)
    columns = tuple(first) if named else tuple(str(n) for n in range(len(first)))
    return Found("table", f"A table of {len(first)} columns.", columns)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _sound(path: Path) -> Found:
    with wave.open(str(path), "rb") as sound:
        rate, frames = sound.getframerate(), sound.getnframes()
        channels = sound.getnchannels()
    seconds = frames / max(rate, 1)
    several = f", {channels} channels" if channels > 1 else ""
    return Found("sound", f"Sound of {seconds:.1f} s at {rate} Hz{several}.")
