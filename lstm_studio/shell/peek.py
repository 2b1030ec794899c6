"""Looks at the head of a file, to show its shape beside what a model needs."""

import csv
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

HEAD_BYTES: Final = 65_536
TEXT: Final = frozenset({".txt", ".md", ".py", ".text"})


@dataclass(frozen=True, slots=True)
class Peek:
    """What the head of a file says.

    ``columns`` holds the names of the columns of a table, or their numbers where
    they have no names; it is empty for what has none.
    """

    text: str
    columns: tuple[str, ...] = ()
    is_text: bool = False


def peek(path: str) -> Peek:
    """Return what the head of a file says; a file that cannot be read says why."""
    try:
        return _peek(Path(path))
    except (OSError, ValueError, EOFError, wave.Error, csv.Error) as error:
        return Peek(f"Its shape cannot be read: {error}")


def _peek(path: Path) -> Peek:
    if not path.is_file():
        return Peek("There is no such file.")
    match path.suffix.lower():
        case ".npy":
            return _array(path)
        case ".csv" | ".tsv":
            return _table(path)
        case ".wav":
            return _sound(path)
        case ".npz":
            return Peek("An archive of arrays; the first one that fits is taken.")
        case suffix if suffix in TEXT:
            characters = path.stat().st_size
            return Peek(f"A text of {characters} bytes.", is_text=True)
    return Peek("")


def _array(path: Path) -> Peek:
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
    return Peek(f"An array of {said}, {dtype}.", columns)


def _table(path: Path) -> Peek:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(HEAD_BYTES)
    try:
        dialect: csv.Dialect | type[csv.Dialect] = csv.Sniffer().sniff(head, ",;\t ")
    except csv.Error:
        dialect = csv.excel
    first = next(csv.reader(head.splitlines(), dialect), [])
    named = any(not _is_number(cell) for cell in first)
    columns = tuple(first) if named else tuple(str(n) for n in range(len(first)))
    return Peek(f"A table of {len(first)} columns.", columns)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _sound(path: Path) -> Peek:
    with wave.open(str(path), "rb") as sound:
        rate, frames = sound.getframerate(), sound.getnframes()
        channels = sound.getnchannels()
    seconds = frames / max(rate, 1)
    several = f", {channels} channels" if channels > 1 else ""
    return Peek(f"Sound of {seconds:.1f} s at {rate} Hz{several}.")
