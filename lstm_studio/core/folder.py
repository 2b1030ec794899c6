"""A recording as a folder, from its first row: the writer's side.

recording.json         what it is: layers, origin, certificate (`document`)
journal.jsonl          what was committed, line by line (`journal`)
000-lstm.l0.h.npy      rows of one stored stream of one layer (`files`)
weights.safetensors    weights, to derive the other streams with
sequence.npy           the sequence that was run
output-0.npy           arrays of what the model returned
"""

import dataclasses
import errno
import re
import tokenize
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from lstm_studio.core.atomic import atomic_file, write_atomic
from lstm_studio.core.document import (
    Document,
    certificate_out,
    encode,
    layer_out,
    origin_out,
    tree_in,
    tree_out,
)
from lstm_studio.core.errors import CannotOpen, CannotSave
from lstm_studio.core.files import FileRows
from lstm_studio.core.journal import Journal, rows_entry
from lstm_studio.core.rows import Array
from lstm_studio.core.store import Store
from lstm_studio.core.track import Track, make_tables

DOCUMENT: Final = "recording.json"
SEQUENCE: Final = "sequence.npy"

DAMAGED: Final = (EOFError, MemoryError, SyntaxError, tokenize.TokenError)
"""What NumPy raises, beside ``ValueError``, for an array with a damaged head."""

COPIED: Final = 1 << 22
"""Bytes that are copied at a time."""


def rows_path(folder: Path, layer: str, number: int, table: str) -> Path:
    """Return the file of a table; safe and unique for any name of a layer."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", layer)[-60:]
    return folder / f"{number:03d}-{name}.{table}.npy"


def weights_path(folder: Path, number: int) -> Path:
    """Return the file of weights: layers that ran later have files with a number."""
    return folder / f"weights{f'-{number}' if number > 1 else ''}.safetensors"


def output_path(folder: Path, number: int) -> Path:
    """Return the file of one array of the output."""
    return folder / f"output-{number}.npy"


def weights_checksum(weights: Mapping[str, Array]) -> int:
    """Return the CRC32 of all weights of a layer, in the order of their names."""
    checksum = 0
    for name in sorted(weights):
        checksum = zlib.crc32(np.ascontiguousarray(weights[name]).data, checksum)
    return checksum


def array_checksum(values: Array) -> int:
    """Return the CRC32 of an array: of its type, its shape and its values."""
    head = f"{values.dtype.str}{values.shape}".encode()
    return zlib.crc32(np.ascontiguousarray(values).data, zlib.crc32(head))


class FolderWriter:
    """Writes a recording into a new folder.

    An `OSError` becomes `CannotSave`: what was committed is whole, and the same call
    may be tried again, for instance when there is room on the disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._weights: dict[str, tuple[int, int]] = {}
        self._outdated = True
        self._tree: Document | None = None
        self._arrays: dict[str, int] = {}
        with saving(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CannotSave(
                    f"There is something in {folder} already.",
                    "Choose a new name for the recording.",
                )
            self._journal = Journal(folder)

    def rows(
        self, track: Track, table: str, width: int, dtype: np.dtype[Any]
    ) -> FileRows:
        """Return the rows of a table of this folder."""
        path = rows_path(self.folder, track.layer.name, track.number, table)
        return FileRows(path, track.samples, width, dtype)

    def changed(self) -> None:
        """Let the next commit write what is said of the recording anew."""
        self._outdated = True

    def commit(self, store: Store) -> None:
        """Publish what was written; it survives the end of this process."""
        with saving(self.folder):
            if self._outdated:
                self._describe(store)
                self._outdated = False
            for track in store.tracks.values():
                entry = rows_entry(track)
                if entry is None:
                    continue
                for table in track.all_tables().values():
                    if table.pending and isinstance(table.rows, FileRows):
                        table.rows.announce(table.end)
                self._journal.append([entry])
                track.journalled_calls = track.calls.count
                for table in track.all_tables().values():
                    table.publish()

    def keep_sequence(self, values: Array) -> Callable[[], Array]:
        """Write the values of the sequence; return what reads them."""
        self._keep_array(self.folder / SEQUENCE, values)
        self.changed()
        return partial(read_array, self.folder / SEQUENCE)

    def keep_output(self, output: Any) -> Callable[[], Any]:
        """Write what the model returned; return what reads it."""
        arrays: list[Array] = []

        def keep(array: Array) -> int:
            self._keep_array(output_path(self.folder, len(arrays)), array)
            arrays.append(array)
            return len(arrays) - 1

        self._tree = tree_out(output, keep)
        self.changed()
        return partial(read_output, self.folder, self._tree)

    def _keep_array(self, path: Path, values: Array) -> None:
        with atomic_file(path, sync=False) as file:
            np.lib.format.write_array(file, values, allow_pickle=False)
        self._arrays[path.name] = array_checksum(values)

    def take(self, store: Store) -> Store:
        """Return a store like this one whose rows lie in this folder."""
        tracks: dict[str, Track] = {}
        for name, track in store.tracks.copy().items():
            tracks[name] = self._taken(track)
        taken = dataclasses.replace(store, tracks=tracks, path=self.folder)
        if store.sequence is not None:
            self.keep_sequence(store.sequence.values)
        if store.load_output is not None:
            self.keep_output(store.load_output())
        self.changed()
        self.commit(taken)
        return taken

    def close(self) -> None:
        """Let go of the folder."""
        self._journal.close()

    def _taken(self, track: Track) -> Track:
        copy = dataclasses.replace(
            track,
            tables={},
            initial={},
            checkpoint=None,
            checkpoint_steps=track.checkpoint_steps[:],
            journalled_calls=0,
            row_bytes=0,
            bounds={},
        )
        make_tables(copy, tuple(track.tables), self.rows, overviews=bool(track.bounds))
        targets = copy.all_tables()
        with saving(self.folder):
            for name, table in track.all_tables().items():
                row = max(track.samples * table.width * table.dtype.itemsize, 1)
                for first, last in table.committed:
                    for start in range(first, last, max(COPIED // row, 1)):
                        stop = min(start + max(COPIED // row, 1), last)
                        block = table.rows.block(start, stop)
                        targets[name].write(start, block, stop)
        return copy

    def _describe(self, store: Store) -> None:
        self._keep_weights(store)
        document = {
            "state": store.state,
            "layers": [self._layer(track) for track in store.tracks.values()],
            "sequence": store.sequence
            and {
                "name": store.sequence.name,
                "labels": list(store.sequence.labels),
                "rate": store.sequence.rate,
            },
            "output": self._tree,
            "arrays": self._arrays,
            "certificate": certificate_out(store.certificate),
            "origin": origin_out(store.origin),
            "journal": self._journal.end,
        }
        data = encode(document)
        # Not synced: a run would wait for the disk many times. What the journal and
        # the rows hold survives the end of the process just as well.
        write_atomic(self.folder / DOCUMENT, data, sync=False)
        # A second copy, in case a bit of the first is lost.
        self._journal.append([{"recording": data.decode()}])

    def _layer(self, track: Track) -> Document:
        file, checksum = self._weights[track.layer.name]
        return {
            **layer_out(track.layer),
            "samples": track.samples,
            "dtype": track.dtype.name,
            "inputs": [list(source) for source in track.inputs],
            "streams": list(track.tables),
            "overviews": "halves" if track.bounds else False,
            "weights": {"file": file, "crc32": checksum},
        }

    def _keep_weights(self, store: Store) -> None:
        new = {
            name: track.load_weights()
            for name, track in store.tracks.items()
            if name not in self._weights
        }
        if not new:
            return
        number = 1 + max((file for file, _ in self._weights.values()), default=0)
        tensors = {
            f"{layer}/{name}": values
            for layer, weights in new.items()
            for name, values in weights.items()
        }
        if tensors:
            # Slow to import, and a recording in memory needs none of it.
            from safetensors.numpy import save

            path = weights_path(self.folder, number)
            write_atomic(path, save(tensors), sync=False)
        for layer, weights in new.items():
            self._weights[layer] = number, weights_checksum(weights)


def read_array(path: Path) -> Array:
    """Return an array of a folder; nothing in the file is run."""
    with opening(path), path.open("rb") as file:
        try:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
        except DAMAGED as error:
            raise ValueError(str(error)) from error


def read_output(folder: Path, tree: Document) -> Any:
    """Return what the model returned."""
    return tree_in(tree, lambda number: read_array(output_path(folder, number)))


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Turn an error of the file system, or of damaged contents, into words."""
    try:
        yield
    except OSError as error:
        raise CannotOpen(
            f"{path} cannot be read: {error.strerror or error}.",
            "Check the disk, or choose another recording.",
            details=repr(error),
        ) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CannotOpen(
            f"{path} is damaged: it does not say what a recording says.",
            "Choose another recording, or a copy of this one.",
            details=repr(error),
        ) from error


@contextmanager
def saving(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            cause = f"The disk of {folder} is full."
            step = "Free some space; what was recorded so far is kept."
        elif error.errno == errno.EFBIG:
            cause = f"A file of {folder} would be larger than its disk allows."
            step = "Choose another disk; what was recorded so far is kept."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            cause = f"The folder {folder} is read-only for you."
            step = "Choose another folder for the recording."
        elif error.errno == errno.ENOENT and not folder.is_dir():
            cause = f"The folder {folder} is not there any more."
            step = "Connect its drive again."
        else:
            reason = error.strerror or error
            cause = f"The recording {folder} could not be written: {reason}."
            step = "Check the disk; what was recorded so far is kept."
        raise CannotSave(cause, step, details=repr(error)) from error
