"""``lstm-studio doctor``: what is missing on this machine, and what installs it."""

import argparse
import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lstm_studio.cli import desktop
from lstm_studio.cli.options import has_display
from lstm_studio.core.known import installed, known_bad

REQUIRED: Final = (
    "numpy",
    "torch",
    "safetensors",
    "PySide6-Essentials",
    "pyqtgraph",
    "qtawesome",
    "pillow",
)
EXTRAS: Final = {
    "pyarrow": "parquet",
    "h5py": "hdf5",
    "zarr": "zarr",
    "soundfile": "audio",
    "av": "film",
}
DRAWING: Final = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Libraries that Qt needs to draw at all, by the Debian package that has each."""
WINDOW: Final = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Those that a window on an X server takes besides."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``mend`` is the line that puts it right."""

    text: str
    mend: str = ""
    serious: bool = False


def main(arguments: Sequence[str]) -> int:
    """Print what was found; 1 where something that is needed is missing or bad."""
    _parser().parse_args(arguments)
    findings = [*packages(), *extras(), *libraries(), *places(), *menu()]
    for finding in findings:
        sign = "!!" if finding.serious else " -" if finding.mend else "ok"
        sys.stdout.write(f"{sign} {finding.text}\n")
        if finding.mend:
            sys.stdout.write(f"      {finding.mend}\n")
    return int(any(finding.serious for finding in findings))


def packages() -> Iterator[Finding]:
    """Look for the packages that are always needed."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(f"Python {python}")
    for name in REQUIRED:
        found = installed(name)
        if found is None:
            yield Finding(
                f"{name} is not installed.",
                f"{sys.executable} -m pip install lstm-studio",
                serious=True,
            )
        elif bad := known_bad(name, found, sys.version_info[:2]):
            yield Finding(*bad, serious=True)
        else:
            yield Finding(f"{name} {found}")


def extras() -> Iterator[Finding]:
    """Look for the packages that some files need."""
    for name, extra in EXTRAS.items():
        found = installed(name)
        if found is not None:
            yield Finding(f"{name} {found}")
        else:
            mend = f'{sys.executable} -m pip install "lstm-studio[{extra}]"'
            use = "writes MP4 films" if extra == "film" else f"reads {extra} files"
            yield Finding(f"{name} is not installed: it {use}.", mend)


def libraries() -> Iterator[Finding]:
    """Look for the libraries that the Qt of the wheels does not bring."""
    if not sys.platform.startswith("linux"):
        return
    for what, needed in (("draw", DRAWING), ("open a window on X", WINDOW)):
        missing = [package for name, package in needed.items() if not _loads(name)]
        if missing:
            mend = f"sudo apt-get install {' '.join(missing)}"
            yield Finding(
                f"Qt cannot {what}: {', '.join(missing)} missing.",
                mend,
                serious=what == "draw",
            )
        else:
            yield Finding(f"Qt has what it takes to {what}")


def places() -> Iterator[Finding]:
    """Look for a display, and for a place to write to."""
    if has_display():
        yield Finding("There is a display")
    else:
        yield Finding(
            "There is no display: record, picture, film, export and --screenshot work.",
            "lstm-studio --example char-lstm --screenshot window.png",
        )
    home = os.path.expanduser("~")
    if not os.access(home, os.W_OK):
        yield Finding(f"{home} cannot be written to: settings are not kept.", "HOME=…")


def menu() -> Iterator[Finding]:
    """Look whether the menu of the desktop has the studio."""
    entry = desktop.places()["lstm-studio.desktop"]
    if not sys.platform.startswith("linux") or not has_display():
        return
    if entry.exists():
        yield Finding(f"The menu of the desktop has it: {entry}")
    else:
        yield Finding(
            "The menu of the desktop does not have it.", "lstm-studio desktop"
        )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="lstm-studio doctor",
        description="Say what is missing here, and the line that installs it.",
    )
