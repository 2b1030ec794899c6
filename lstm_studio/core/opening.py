"""A recording from a folder: the reader's side, also while another process writes."""

import dataclasses
import threading
import zlib
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from lstm_studio.core.calls import Calls
from lstm_studio.core.document import (
    Document,
    certificate_in,
    decode,
    layer_in,
    origin_in,
)
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.files import FileRows, is_held
from lstm_studio.core.folder import (
    DOCUMENT,
    SEQUENCE,
    array_checksum,
    opening,
    read_array,
    read_output,
    rows_path,
)
from lstm_studio.core.journal import FILE, read_lines, replay
from lstm_studio.core.layers import Layer
from lstm_studio.core.spans import joined, without
from lstm_studio.core.store import Sequence, Store
from lstm_studio.core.track import Table, Track, make_tables
from lstm_studio.core.weights import SavedWeights

QUICKLY_VERIFIED: Final = 1 << 26
"""Bytes of rows that are checked as a recording opens; more only on demand."""


class FolderReader:
    """Keeps a store as the folder is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(path=folder)
        self._document: Document = {}
        self._read = 0
        self._lines = 0
        self._weights = SavedWeights(folder, self._problem)
        self._seen = (0, 0, 0)
        self._lock = threading.Lock()
        with opening(folder):
            if not (folder / FILE).is_file() and not (folder / DOCUMENT).is_file():
                raise CannotOpen(
                    f"{folder} is no recording of LSTM Studio.",
                    "Choose a folder with a recording.json in it.",
                )
            self.refresh()
            self._look_at_sizes()
            if self._bytes() <= QUICKLY_VERIFIED:
                self.verify()

    def refresh(self) -> None:
        """Take in what was committed since."""
        # Two threads may ask at once; one line must not be replayed twice.
        with self._lock, opening(self.folder):
            # Asked first: what a writer wrote before it let go is then seen below.
            there = (self.folder / FILE).is_file()
            running = there and is_held(self.folder / FILE)
            copies, entries = [], []
            lines = read_lines(self.folder, self._read) if there else ()
            for end, entry in lines:
                self._read, self._lines = end, self._lines + 1
                if entry is None:
                    self._problem(f"Line {self._lines} of its journal is damaged.")
                elif "recording" in entry:
                    copies.append(entry["recording"])
                else:
                    entries.append(entry)
            self._describe(copies, running=running)
            tracks = list(self.store.tracks.values())
            for entry in entries:
                if entry["layer"] < len(tracks):
                    replay(tracks[entry["layer"]], entry)

    def verify(self) -> None:
        """Read all rows and take away those that are not as they were written."""
        with opening(self.folder):
            tracks = list(self.store.tracks.values())
            for end, entry in read_lines(self.folder, 0) if self._read else ():
                if end > self._read:
                    break
                if entry is None or "recording" in entry:
                    continue
                if entry["layer"] >= len(tracks):
                    continue
                track = tracks[entry["layer"]]
                tables = track.all_tables()
                for name, chunks in entry["rows"].items():
                    for start, stop, checksum in chunks:
                        rows = tables[name].rows.block(start, stop)
                        if zlib.crc32(rows.data) != checksum:
                            self._lose(track, name, tables[name], start, stop)
            for name in list(self.store.tracks):
                self._weights.of(name)
            for name, checksum in self._document.get("arrays", {}).items():
                self._verify_array(name, checksum)

    def _verify_array(self, name: str, checksum: int) -> None:
        try:
            if array_checksum(read_array(self.folder / name)) == checksum:
                return
        except CannotOpen:
            pass
        if name == SEQUENCE:
            self.store.sequence = None
            self._problem(f"The sequence that was run ({name}) is damaged.")
        else:
            self.store.load_output = None
            self._problem(f"What the model returned ({name}) is damaged.")

    def _problem(self, sentence: str) -> None:
        if sentence not in self.store.problems:
            self.store.problems = (*self.store.problems, sentence)

    def _lose(
        self, track: Track, name: str, table: Table, start: int, stop: int
    ) -> None:
        lost = ((start, stop),)
        table.committed = without(table.committed, lost)
        of = f"{name} of {track.layer.name}"
        if name in track.tables:
            track.damage = joined(track.damage, lost)
            self._problem(f"Steps {start} to {stop - 1} of {of} are damaged.")
        else:
            self._problem(f"Rows {start} to {stop - 1} of {of} are damaged.")

    def _look_at_sizes(self) -> None:
        for track in self.store.tracks.values():
            for name, table in track.all_tables().items():
                if not table.committed or not isinstance(table.rows, FileRows):
                    continue
                whole, stop = table.rows.whole_rows, table.committed[-1][1]
                if whole < stop:
                    self._lose(track, name, table, whole, stop)

    def _bytes(self) -> int:
        return sum(
            table.rows.path.stat().st_size
            for track in self.store.tracks.values()
            for table in track.all_tables().values()
            if table.committed and isinstance(table.rows, FileRows)
        )

    def _describe(self, copies: list[str], *, running: bool) -> None:
        seen = _signature(self.folder / DOCUMENT)
        if seen != self._seen or not self._document:
            self._take(self._newest(copies))
            self._seen = seen
            _, size, _ = _signature(self.folder / FILE)
            if size < self._document["journal"]:
                self._problem("Its journal is cut: steps at the end are missing.")
        state = self._document["state"]
        if not running:
            # Nobody writes it any more, nor said so.
            state = {"running": "partial", "live": "complete"}.get(state, state)
        self.store.state = state
        if state == "partial" and not self.store.certificate.reasons:
            self.store.certificate = dataclasses.replace(
                self.store.certificate, reasons=("partial: the run ended early.",)
            )

    def _newest(self, copies: list[str]) -> Document:
        path = self.folder / DOCUMENT
        document = decode(path.read_bytes()) if path.is_file() else None
        if document is not None:
            return document
        for text in reversed(copies):
            document = decode(text.encode())
            if document is not None:
                self._problem("Its recording.json is damaged; a copy was read.")
                return document
        raise CannotOpen(
            f"The recording {self.folder} is damaged: its recording.json cannot be "
            "read.",
            "Choose another recording, or a copy of this one.",
        )

    def _take(self, document: Document) -> None:
        self._document = document
        store, folder = self.store, self.folder
        for number, described in enumerate(document["layers"]):
            layer = layer_in(described)
            if layer.name not in store.tracks:
                store.tracks[layer.name] = self._track(number, layer, described)
        store.certificate = certificate_in(document["certificate"])
        store.origin = origin_in(document["origin"])
        said = document["sequence"]
        store.sequence = said and Sequence(
            partial(read_array, folder / SEQUENCE),
            tuple(said["labels"]),
            said["name"],
            said["rate"],
        )
        tree = document["output"]
        if tree is not None:
            store.load_output = partial(read_output, folder, tree)

    def _track(self, number: int, layer: Layer, described: Document) -> Track:
        kept = described["weights"]
        dtype = np.dtype(np.float64 if described["dtype"] == "float64" else np.float32)
        self._weights.expect(layer, dtype, kept["file"], kept["crc32"])
        track = Track(
            layer,
            number,
            described["samples"],
            dtype,
            tuple((name, stream) for name, stream in described["inputs"]),
            lambda: self._weights.of(layer.name),
            Calls(layer.direction),
        )

        def rows(
            track: Track, table: str, width: int, dtype: np.dtype[Any]
        ) -> FileRows:
            path = rows_path(self.folder, layer.name, number, table)
            return FileRows(path, track.samples, width, dtype)

        make_tables(
            track,
            tuple(described["streams"]),
            rows,
            overviews=bool(described["overviews"]),
            halves=described["overviews"] == "halves",
        )
        return track


def _signature(path: Path) -> tuple[int, int, int]:
    """Return what is different when a file was written anew: its size, and more."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
