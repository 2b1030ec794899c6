"""``lstm-studio desktop``: the studio in the menu of the desktop, or out of it."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lstm_studio.core.atomic import write_atomic
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.resources import resource

PLACES: Final = {
    "lstm-studio.desktop": "applications",
    "lstm-studio.svg": "icons/hicolor/scalable/apps",
    "lstm-studio.xml": "mime/packages",
}
"""Files, and their folders within the user's folder of data."""
CACHES: Final = {
    "update-desktop-database": "applications",
    "update-mime-database": "mime",
}
"""Programs that tell the desktop of them, where they are installed."""


def main(arguments: Sequence[str]) -> int:
    """Write or remove the files; return the exit status."""
    options = _parser().parse_args(arguments)
    if not sys.platform.startswith("linux"):
        sys.stderr.write(
            "lstm-studio: only desktops of Linux have such a menu. Make a link to "
            f"{_command()} instead.\n"
        )
        return 1
    for path in remove() if options.remove else install():
        sys.stdout.write(f"{'removed' if options.remove else 'written'}: {path}\n")
    _tell_desktop()
    return 0


def places() -> dict[str, Path]:
    """Return where each file goes for this user."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return {name: Path(data, folder, name) for name, folder in PLACES.items()}


def install() -> list[Path]:
    """Write entry, icon and kinds of files; return their paths.

    Raises
    ------
    CannotSave
        With the cause and what to do.
    """
    for name, path in places().items():
        text = resource(f"desktop/{name}").read_text(encoding="utf-8")
        if name.endswith(".desktop"):
            # A menu knows nothing of the environment that the studio is installed in.
            text = text.replace("Exec=lstm-studio", f"Exec={_quoted(_command())}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotSave(
                f"The folder {path.parent} cannot be made: {error.strerror or error}.",
                "Name another one in XDG_DATA_HOME.",
                details=repr(error),
            ) from error
        write_atomic(path, text.encode())
    return list(places().values())


def remove() -> list[Path]:
    """Remove what was written; return the paths that were there."""
    found = [path for path in places().values() if path.exists()]
    for path in found:
        path.unlink()
    return found


def _command() -> str:
    """Return the command beside this interpreter, else the one on the path."""
    beside = Path(sys.executable).with_name("lstm-studio")
    return str(beside) if beside.exists() else "lstm-studio"


def _quoted(command: str) -> str:
    if command.isascii() and not set(command) & set(" \t\n\"'\\><~|&;$*?#()`%"):
        return command
    for letter in ("\\", '"', "`", "$"):
        command = command.replace(letter, f"\\{letter}")
    # Once for the argument, once more for the value of a key; a % names a field.
    command = command.replace("\\", "\\\\").replace("%", "%%")
    return f'"{command}"'


def _tell_desktop() -> None:
    for program, folder in CACHES.items():
        at = places()["lstm-studio.desktop"].parents[1] / folder
        if shutil.which(program) and at.is_dir():
            subprocess.run([program, str(at)], check=False, capture_output=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio desktop",
        description="Put the studio into the menu of the desktop, for this user.",
    )
    parser.add_argument("--remove", action="store_true", help="take it out again")
    return parser
