"""Versions that are known to be bad: which, where, and what mends them."""

import sys

import pytest

from lstm_studio.core import known
from lstm_studio.core.known import bad_here, known_bad


@pytest.mark.parametrize(
    ("name", "version", "python", "bad"),
    [
        ("torch", "2.9.1", (3, 12), True),
        ("torch", "2.10.0+cpu", (3, 11), False),
        ("torch", "2.13.0", (3, 11), False),
        ("PySide6-Essentials", "6.12.0", (3, 11), True),
        ("PySide6-Essentials", "6.12.0", (3, 12), False),
        ("PySide6-Essentials", "6.11.3", (3, 11), False),
        ("numpy", "1.0", (3, 11), False),
    ],
)
def test_known_versions(
    name: str, version: str, python: tuple[int, ...], bad: bool
) -> None:
    assert (known_bad(name, version, python) is not None) == bad


def test_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad_here() == []
    versions = {"torch": "2.9.1+cpu", "PySide6-Essentials": None}
    monkeypatch.setattr(known, "installed", versions.get)
    assert bad_here() == [
        (
            "torch 2.9.1+cpu opens files less safely: torch.load has known holes.",
            f'{sys.executable} -m pip install "torch>=2.10"',
        )
    ]
