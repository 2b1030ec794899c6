"""One small file of settings: read whole, and written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from lstm_studio.core.atomic import write_atomic
from lstm_studio.core.errors import CannotSave

Values = dict[str, Any]


class SettingsFile:
    """Values by name, as JSON: it can be read, mended and deleted by hand.

    Not `QSettings`: on a full disk Qt puts half a file in the place of a good one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unkept: Values = {}
        self._values = self._read() or {}

    @property
    def is_broken(self) -> bool:
        """Whether there is a file that says nothing that can be understood."""
        return self._read() is None

    def set_aside(self) -> Path:
        """Give the file another name and begin anew; return that name."""
        aside = self.path.with_suffix(".broken")
        self.path.replace(aside)
        self._values = {}
        return aside

    def value(self, name: str) -> Any:
        """Return a value, None where there is none."""
        return self._values.get(name)

    def keep(self, name: str, value: Any) -> None:
        """Keep a value, None to forget it.

        Raises
        ------
        CannotSave
            It holds until this process ends, and is written with the next one.
        """
        # As it will be read: a tuple is a list in a file.
        self._unkept[name] = json.loads(json.dumps(value))
        # Another window may have kept something of its own since.
        self._values = {**(self._read() or {}), **self._unkept}
        kept = {n: v for n, v in self._values.items() if v is not None}
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotSave(
                f"The folder {self.path.parent} of the settings cannot be made: "
                f"{error.strerror or error}.",
                "Settings hold until the studio is closed.",
                details=repr(error),
            ) from error
        write_atomic(self.path, text.encode())
        self._unkept = {}

    def _read(self) -> Values | None:
        try:
            values = json.loads(self.path.read_bytes())
        except OSError:
            return {}
        except (ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None
