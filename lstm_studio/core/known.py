"""Versions of packages that are known to be bad here, and what mends them."""

import sys
from typing import Final

CHECKED: Final = ("torch", "PySide6-Essentials")


def installed(name: str) -> str | None:
    """Return the version of a package without importing it; None without it."""
    # It imports the reading of e-mails, which a window can do without at its start.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def known_bad(name: str, found: str, python: tuple[int, ...]) -> tuple[str, str] | None:
    """Return what is known against a version and the line that mends it."""
    numbers = tuple(int(n) for n in found.split("+")[0].split(".")[:3] if n.isdecimal())
    pip = f"{sys.executable} -m pip install"
    if name == "torch" and numbers < (2, 10):
        return (
            f"torch {found} opens files less safely: torch.load has known holes.",
            f'{pip} "torch>=2.10"',
        )
    if name == "PySide6-Essentials" and numbers >= (6, 12) and python < (3, 12):
        return (
            f"PySide6 {found} on Python below 3.12 ends the process after a while.",
            f'{pip} "PySide6-Essentials>=6.8,<6.12"',
        )
    return None


def bad_here() -> list[tuple[str, str]]:
    """Return what is known against the packages of this Python."""
    found = {name: installed(name) for name in CHECKED}
    python = sys.version_info[:2]
    bad = [known_bad(name, text, python) for name, text in found.items() if text]
    return [each for each in bad if each is not None]
