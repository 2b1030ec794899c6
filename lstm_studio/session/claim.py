"""Which window a session file belongs to: the first that opened it."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from lstm_studio.core.files import take


class Claim:
    """Holds at most one session file; other windows, of any process, then cannot.

    The lock goes with the process, however that ends. It lies in a folder of our own:
    the file itself is replaced at each save, and its folder may be read-only.

    Parameters
    ----------
    folder
        Where the locks are; the same for all windows of a user.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: BinaryIO | None = None
        self.path: Path | None = None

    def take(self, path: Path) -> bool:
        """Hold this file, in place of the one before; False where another has it."""
        wanted = Path(os.path.realpath(path))
        if wanted == self.path:
            return True
        lock = _locked(self._folder, wanted)
        if lock is None:
            return False
        self.release()
        self._lock, self.path = lock, wanted
        return True

    def release(self) -> None:
        """Let others have the file."""
        if self._lock is None:
            return
        name = self._lock.name
        # Removed while it is held, so that nobody takes what is about to go; on
        # Windows, which cannot do that, it stays.
        with contextlib.suppress(OSError):
            os.unlink(name)
        self._lock.close()
        self._lock = self.path = None


def _locked(folder: Path, wanted: Path) -> BinaryIO | None:
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    place = folder / f"session-{name}.lock"
    while True:
        lock = place.open("ab")
        if not take(lock):
            lock.close()
            return None
        # Between the two lines above its owner may have removed it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.fileno()), place.stat()):
                return lock
        lock.close()
