"""Where recordings live until the user saves them."""

import shutil
import tempfile
from pathlib import Path


class Workspace:
    """A folder for the recordings of one session; gone when the session closes."""

    def __init__(self, parent: Path | None = None) -> None:
        if parent is not None:
            parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="lstm-studio-", dir=parent))
        self._count = 0

    def new_recording(self) -> Path:
        """Return a folder that is not there yet."""
        self._count += 1
        return self._folder / f"recording-{self._count:04d}"

    def close(self) -> None:
        """Remove what was not saved."""
        shutil.rmtree(self._folder, ignore_errors=True)
