"""The journal of a recording: one line for what each commit added to a layer.

A line is JSON and ends with the CRC32 of what stands before it, so that a damaged
line is known for one. What a line says of rows was written before the line, so a
process that dies leaves no line without its rows; half a line has no line end and
does not count.
"""

import contextlib
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from lstm_studio.core.calls import Run
from lstm_studio.core.files import hold
from lstm_studio.core.track import Chunk, Track

FILE: Final = "journal.jsonl"
_MARK: Final = b',"line":'

Entry = dict[str, Any]


class Journal:
    """Appends lines; held open, and locked, as long as its writer lives."""

    def __init__(self, folder: Path) -> None:
        # Buffered writes may fail in part and be tried again: this one knows its end.
        self._path = folder / FILE
        self._file = self._path.open("xb", buffering=0)
        hold(self._file)
        self.end = 0

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if not self._file.closed:
            yield self._file
            return
        # What is said after the end, such as a certificate of the whole run.
        with self._path.open("r+b", buffering=0) as file:
            yield file

    def append(self, entries: Sequence[Entry]) -> None:
        """Write lines, all or, for a reader, none of what was not finished."""
        data = b"".join(_line(entry) for entry in entries)
        with self._opened() as file:
            file.seek(self.end)
            try:
                done = 0
                while done < len(data):
                    done += file.write(data[done:])
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(self.end)
                raise
        self.end += len(data)

    def close(self) -> None:
        self._file.close()


def read_lines(folder: Path, offset: int) -> Iterator[tuple[int, Entry | None]]:
    """Return each whole line from ``offset`` on: where it ends, and what it says.

    None in place of a damaged line.
    """
    with (folder / FILE).open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            yield offset, _entry(line)


def rows_entry(track: Track) -> Entry | None:
    """Return what was added to a layer since its last line, None for nothing."""
    chunks = {name: table.chunks for name, table in track.all_tables().items()}
    written = {name: [*map(list, rows)] for name, rows in chunks.items() if rows}
    runs = _runs(track, chunks[track.main_name])
    if not written and not runs:
        return None
    entry: Entry = {"layer": track.number, "calls": runs, "rows": written}
    if "checkpoint_c" in written:
        entry["steps"] = [
            track.checkpoint_steps[start:stop]
            for start, stop, _ in chunks["checkpoint_c"]
        ]
    return entry


def replay(track: Track, entry: Entry) -> None:
    """Take what `rows_entry` said of a layer; readers may be at work."""
    for first, start, steps, count, source, lengths, given in entry["calls"]:
        valid = None if lengths is None else tuple(lengths)
        track.calls.restore(Run(first, start, steps, count, source, valid, given))
    tables = track.all_tables()
    for (start, stop, _), steps in zip(
        entry["rows"].get("checkpoint_c", ()), entry.get("steps", ()), strict=True
    ):
        # Lines that were lost leave rows of which the step is not known.
        lost = stop - len(track.checkpoint_steps)
        track.checkpoint_steps.extend([-1] * max(lost, 0))
        track.checkpoint_steps[start:stop] = steps
    for name, chunks in entry["rows"].items():
        table = tables[name]
        for start, stop, _ in chunks:
            table.add(start, stop)
        table.publish()


def _runs(track: Track, chunks: Sequence[Chunk]) -> list[list[Any]]:
    """Return the calls that are new, and those that hold the rows of this line.

    The latter again, so that a lost line takes no call of other lines with it.
    """
    known = track.journalled_calls
    result: list[list[Any]] = []
    for run in reversed(track.calls.runs):
        first = known if run.first + run.count > known else run.first + run.count
        for start, stop, _ in chunks:
            if start < run.stop and stop > run.start:
                holds = run.first + max(start - run.start, 0) // run.steps
                first = min(first, holds)
        skip = max(first - run.first, 0)
        if skip < run.count:
            result.append(
                [
                    run.first + skip,
                    run.start + skip * run.steps,
                    run.steps,
                    run.count - skip,
                    run.source,
                    run.lengths,
                    run.given + skip if run.given >= 0 else -1,
                ]
            )
        elif run.first + run.count <= known and not any(
            start < run.start for start, _, _ in chunks
        ):
            break
    return result[::-1]


def _line(entry: Entry) -> bytes:
    body = json.dumps(entry, separators=(",", ":")).encode()[:-1]
    return body + _MARK + b"%d}\n" % zlib.crc32(body)


def _entry(line: bytes) -> Entry | None:
    body, mark, end = line.rpartition(_MARK)
    try:
        if not mark or zlib.crc32(body) != int(end.rstrip(b"}\n")):
            return None
        entry = json.loads(body + b"}")
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
