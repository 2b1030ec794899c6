"""What the studio remembers of its user: one small file, read and written here only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray, QObject, QStandardPaths, Signal

from lstm_studio.core.errors import CannotSave
from lstm_studio.panelkit.maps import AROUND_ZERO, OF_GATES, OWN, Maps
from lstm_studio.shell.settingsfile import SettingsFile
from lstm_studio.shell.theme import CHOICES, Choice

RECENT: Final = 10
SEQUENCES: Final = 50
"""Models of which it is kept what they were fed with."""
LONGEST_SOURCE: Final = 20_000
"""Characters of a typed sequence that are kept."""
LEFT: Final = 232
RIGHT: Final = 336
"""Widths of the columns of panels, until the user chooses others."""


class Preferences(QObject):
    """Values kept between two starts.

    Attributes
    ----------
    notice
        What to tell the user about the file itself, ``""`` when all is well.
    """

    not_kept = Signal(object)
    """A ``CannotSave``: what was changed holds for this time only. Said once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.notice = ""
        self._warned = False
        self._file = SettingsFile(_path())
        if self._file.is_broken:
            aside = self._file.set_aside()
            self.notice = (
                "The settings could not be read, so the studio starts with its own. "
                f"The old file is kept as {aside}."
            )

    def _read(self, key: str, default: Any) -> Any:
        value = self._file.value(key)
        return value if isinstance(value, type(default)) else default

    def _write(self, key: str, value: Any) -> None:
        try:
            self._file.keep(key, value)
        except CannotSave as error:
            # What the user is about to do goes on without it.
            if not self._warned:
                self._warned = True
                self.not_kept.emit(error)
        else:
            self._warned = False

    @property
    def theme(self) -> Choice:
        """The chosen theme."""
        name = self._read("theme", "system")
        return next((choice for choice in CHOICES if choice == name), "system")

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._write("theme", choice)

    @property
    def threads(self) -> int | None:
        """Threads of a run; None leaves it to the studio."""
        return self._read("threads", 0) or None

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._write("threads", threads or 0)

    @property
    def points(self) -> int:
        """Size of the letters; 0 leaves it to the system."""
        return int(self._read("points", 0))

    @points.setter
    def points(self, points: int) -> None:
        self._write("points", points)

    @property
    def maps(self) -> Maps:
        """The maps of heat maps."""
        names = self._read("around_zero", OWN), self._read("of_gates", OWN)
        return Maps(
            *(
                name if name in known else OWN
                for name, known in zip(names, (AROUND_ZERO, OF_GATES), strict=True)
            )
        )

    @maps.setter
    def maps(self, maps: Maps) -> None:
        self._write("around_zero", maps.around_zero)
        self._write("of_gates", maps.of_gates)

    @property
    def memory_gb(self) -> int:
        """What a run may hold in memory unasked; 0 is half of what is free."""
        return int(self._read("memory_gb", 0))

    @memory_gb.setter
    def memory_gb(self, size: int) -> None:
        self._write("memory_gb", size)

    @property
    def device(self) -> str:
        """The device of the last run."""
        return str(self._read("device", "cpu"))

    @device.setter
    def device(self, device: str) -> None:
        self._write("device", device)

    @property
    def columns(self) -> tuple[int, int]:
        """Widths of the columns of panels at the left and the right."""
        match self._read("columns", []):
            case [int(left), int(right)]:
                return left, right
        return LEFT, RIGHT

    @columns.setter
    def columns(self, columns: tuple[int, int]) -> None:
        self._write("columns", columns)

    @property
    def folder(self) -> str:
        """The folder that files were last taken from."""
        return str(self._read("folder", ""))

    @folder.setter
    def folder(self, folder: str) -> None:
        self._write("folder", folder)

    @property
    def recent(self) -> tuple[str, ...]:
        """Models, sequences and recordings opened before, the latest first."""
        return tuple(str(path) for path in self._read("recent", []))

    def remember_recent(self, path: str) -> None:
        """Put ``path`` first among the recent ones."""
        others = [other for other in self.recent if other != path]
        self._write("recent", [path, *others][:RECENT])

    def forget_recent(self) -> None:
        """Forget what was opened."""
        self._write("recent", [])

    def sequence_of(self, sha256: str) -> tuple[str, Mapping[str, Any]]:
        """Return the source and the choices that a model was last fed with."""
        match self._read("sequences", {}).get(sha256):
            case [str(source), dict(choices)]:
                return source, choices
        return "", {}

    def remember_sequence(
        self, sha256: str, source: str, choices: Mapping[str, object]
    ) -> None:
        """Keep what a model was fed with, for the next time that it is asked."""
        if not sha256 or len(source) > LONGEST_SOURCE:
            return
        kept = dict(self._read("sequences", {}))
        kept.pop(sha256, None)
        latest = {**kept, sha256: [source, dict(choices)]}
        self._write("sequences", dict(list(latest.items())[-SEQUENCES:]))

    @property
    def trusted(self) -> Mapping[str, str]:
        """Names of the files that may run code, by their SHA-256."""
        return dict(self._read("trusted", {}))

    def trust(self, sha256: str, name: str) -> None:
        """Let a file with these bytes run code without being asked again."""
        self._write("trusted", {**self.trusted, sha256: name})

    def distrust(self, sha256: str) -> None:
        """Ask again before a file with these bytes runs code."""
        self._write("trusted", {k: v for k, v in self.trusted.items() if k != sha256})

    @property
    def layouts(self) -> Mapping[str, str]:
        """Arrangements of the panels by name."""
        found = self._read("layouts", {})
        return {str(name): str(layout) for name, layout in found.items()}

    @layouts.setter
    def layouts(self, layouts: Mapping[str, str]) -> None:
        self._write("layouts", dict(layouts))

    def choices(self, of: str) -> Mapping[str, Any]:
        """Return what was chosen in a dialog the last time."""
        return dict(self._read(f"choices/{of}", {}))

    def remember_choices(self, of: str, choices: Mapping[str, object]) -> None:
        """Keep what was chosen in a dialog."""
        self._write(f"choices/{of}", dict(choices))

    def state(self, key: str) -> QByteArray:
        """Return a geometry or an arrangement; empty if there is none."""
        return QByteArray.fromBase64(str(self._read(key, "")).encode())

    def keep_state(self, key: str, state: QByteArray) -> None:
        """Keep a geometry or an arrangement."""
        self._write(key, bytes(state.toBase64().data()).decode())

    def forget_state(self, key: str) -> None:
        """Forget a geometry or an arrangement."""
        self._write(key, None)


def _path() -> Path:
    folder = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.GenericConfigLocation
    )
    return Path(folder) / "LSTM Studio" / "settings.json"
