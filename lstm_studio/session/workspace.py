"""Where recordings live until the user saves them, and those of sessions that died."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.files import hold, is_held
from lstm_studio.core.folder import DOCUMENT
from lstm_studio.core.journal import FILE, read_lines

PREFIX: Final = "lstm-studio-"


class Workspace:
    """A folder for the recordings of one session; gone when the session closes.

    Any number of sessions share ``parent``. A lock beside each folder tells those
    that live from those that died.

    Parameters
    ----------
    parent
        By default in the user's folder of caches, which a restart leaves alone.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = parent or _default()
        self._parent.mkdir(parents=True, exist_ok=True)
        self.folder = self._parent / f"{PREFIX}{secrets.token_hex(4)}"
        # The lock is there before the folder: nobody takes a folder whose session
        # has just begun for that of a dead one.
        self._path = _lock_of(self.folder)
        self._lock = self._path.open("xb")
        hold(self._lock)
        self.folder.mkdir()
        self._count = 0
        for folder in self._dead():
            if not any(_recordings(folder)):
                _remove(folder)

    def new_recording(self) -> Path:
        """Return a folder that is not there yet."""
        self._count += 1
        return self.folder / f"recording-{self._count:04d}"

    @property
    def free(self) -> int:
        """Bytes that the disk of the recordings has room for."""
        return shutil.disk_usage(self.folder).free

    def recoverable(self) -> tuple[Path, ...]:
        """Return the recordings of sessions that died, the newest first."""
        found = [path for folder in self._dead() for path in _recordings(folder)]
        return tuple(sorted(found, key=_written, reverse=True))

    def recover(self, recording: Path) -> Path:
        """Make a recording of a dead session one of this session; return its place.

        Raises
        ------
        CannotOpen
            Where it is gone, for instance to another window.
        """
        target = self.new_recording()
        try:
            os.rename(recording, target)
        except OSError as error:
            raise CannotOpen(
                f"{recording} cannot be recovered: {error.strerror or error}.",
                "Another window may have taken it; look there.",
            ) from error
        if not any(_recordings(recording.parent)):
            _remove(recording.parent)
        return target

    def runs(self) -> tuple[Path, ...]:
        """Return what was recorded in this session, the newest first."""
        return tuple(reversed(tuple(_recordings(self.folder))))

    def share(self, recording: Path) -> Path:
        """Make a recording of another session one of this too; return its place.

        It takes no room where the file system has links, and stays when that session
        ends.

        Raises
        ------
        CannotOpen
            Where it is gone, or there is no room for it.
        """
        target = self.new_recording()
        try:
            shutil.copytree(recording, target, copy_function=_link)
        except OSError as error:
            shutil.rmtree(target, ignore_errors=True)
            raise CannotOpen(
                f"The recording {recording.name} cannot be shown a second time: "
                f"{error.strerror or error}.",
                "Save the recording and compare with what was saved.",
                details=repr(error),
            ) from error
        return target

    def forget(self) -> None:
        """Remove what sessions that died have left."""
        for folder in self._dead():
            _remove(folder)

    def _dead(self) -> Iterator[Path]:
        # Where the file system has no locks, nobody can be told from the dead.
        if not is_held(self._path):
            return
        for folder in sorted(self._parent.glob(f"{PREFIX}*/")):
            with contextlib.suppress(FileNotFoundError):
                if not is_held(_lock_of(folder)):
                    yield folder

    def close(self) -> None:
        """Remove what was not saved."""
        _remove(self.folder)
        self._lock.close()
        self._path.unlink(missing_ok=True)


def _default() -> Path:
    caches = QStandardPaths.StandardLocation.GenericCacheLocation
    folder = Path(QStandardPaths.writableLocation(caches), "lstm-studio")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _recordings(folder: Path) -> Iterator[Path]:
    """Return the recordings in a folder that have at least one step."""
    for path in sorted(folder.glob("recording-*/")):
        if (path / DOCUMENT).is_file() and (path / FILE).is_file():
            with contextlib.suppress(OSError):
                if any(entry and entry.get("rows") for _, entry in read_lines(path, 0)):
                    yield path


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _written(recording: Path) -> float:
    try:
        return (recording / FILE).stat().st_mtime
    except OSError:
        return 0.0


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    # The lock goes last: what could not be removed is still known for dead.
    if not folder.exists():
        # On Windows a lock that is held cannot be removed: its owner does that.
        with contextlib.suppress(OSError):
            _lock_of(folder).unlink(missing_ok=True)
