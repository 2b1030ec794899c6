"""Overviews of derived streams in the folder of a recording, for the next time.

Nothing depends on them: a file that is missing, damaged, or of other rows is as if it
were not there, and where the folder cannot be written none is kept.
"""

import contextlib
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from lstm_studio.core.atomic import atomic_file
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.folder import DAMAGED, rows_path, weights_checksum
from lstm_studio.core.refined import COARSE, Refined, rows_of
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float
from lstm_studio.core.spans import Span, count
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track

VERSION: Final = 1
TOLERANCE: Final = 2e-3
"""How far a row may be from the same made anew: half precision, and another machine."""

Make = Callable[[Span], Float[Array, "row both"]]
"""Makes rows of the lowest level for a span of steps."""


def overview_path(folder: Path, track: Track, stream: str, sample: int) -> Path:
    """Return the file of an overview."""
    table = f"{stream}_overview_{sample}"
    path = rows_path(folder, track.layer.name, track.number, table)
    return path.with_suffix(".npz")


def keep(
    store: Store, track: Track, stream: str, sample: int, refined: Refined
) -> None:
    """Write an overview of the whole length."""
    if store.path is None:
        return
    path = overview_path(store.path, track, stream, sample)
    rows = np.concatenate([refined.lowest(*span) for span in refined.rows])
    about = json.dumps(_about(store, track, refined, rows))
    with contextlib.suppress(CannotSave), atomic_file(path, sync=False) as file:
        np.savez(file, about=np.array(about), rows=rows)


def take(
    store: Store, track: Track, stream: str, sample: int, refined: Refined, make: Make
) -> None:
    """Fill an overview from its file, unless that disagrees with the recording."""
    if store.path is None or refined.steps != COARSE[0] or not track.committed:
        return
    path = overview_path(store.path, track, stream, sample)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            about, rows = json.loads(str(archive["about"])), archive["rows"]
    except (OSError, ValueError, KeyError, *DAMAGED, zipfile.BadZipFile):
        return
    spans = rows_of(track.committed, refined.steps)
    shape = count(spans), 2 * refined.units
    if rows.shape != shape or about != _about(store, track, refined, rows):
        return
    stops = np.cumsum([stop - start for start, stop in spans])[:-1]
    parts = [part.astype(track.dtype) for part in np.split(rows, stops)]
    starts = [start for start, _ in spans]
    if all(
        _agrees(part, start, track, refined, make)
        for start, part in zip(starts, parts, strict=True)
    ):
        for start, part in zip(starts, parts, strict=True):
            refined.write(start, part)


def _about(
    store: Store, track: Track, refined: Refined, rows: Float[Array, "row both"]
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "steps": refined.steps,
        "committed": [list(span) for span in track.committed],
        "weights": weights_checksum(track.load_weights()),
        "created": store.origin.created,
        "crc32": zlib.crc32(np.ascontiguousarray(rows).data),
    }


def _agrees(
    rows: Float[Array, "row both"],
    start: int,
    track: Track,
    refined: Refined,
    make: Make,
) -> bool:
    """Look at the first row, one in the middle and the last as they are made anew."""
    for at in {0, len(rows) // 2, len(rows) - 1}:
        first = (start + at) * refined.steps
        made = make((first, min(first + refined.steps, track.length)))[0]
        if not np.allclose(rows[at], made, TOLERANCE, TOLERANCE, equal_nan=True):
            return False
    return True
