"""Each room imports only what design and contracts let it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lstm_studio"


def modules(*rooms: str) -> list[str]:
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in rooms
        for path in (PACKAGE / room).rglob("*.py")
    )


def import_without(missing: tuple[str, ...], names: list[str], then: str = "") -> str:
    """Import modules in a fresh process in which some packages cannot be had."""
    code = "\n".join(
        [
            "import importlib, sys",
            *(f"sys.modules[{package!r}] = None" for package in missing),
            *(f"importlib.import_module({name!r})" for name in names),
            then,
        ]
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = pytest.importorskip("importlinter.cli", reason="import-linter is missing")
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_package_brings_neither_torch_nor_qt() -> None:
    loaded = import_without(
        (), ["lstm_studio", "lstm_studio.cli"], "print(*sys.modules)"
    ).split()
    assert not {"torch", "PySide6", "pyqtgraph", "numpy"} & set(loaded)


def test_core_runs_on_numbers_alone() -> None:
    import_without(("torch", "PySide6", "pyqtgraph"), modules("core"))


def test_engine_runs_without_qt() -> None:
    public = "import lstm_studio; lstm_studio.record, lstm_studio.open_model"
    import_without(("PySide6", "pyqtgraph", "qtawesome"), modules("engine"), public)


def test_window_draws_without_torch() -> None:
    names = modules("session", "export", "panelkit", "panels", "shell")
    import_without(("torch",), names)


def test_recording_opens_without_torch_and_qt() -> None:
    import_without(
        ("torch", "PySide6"), [], "import lstm_studio; lstm_studio.Recording"
    )


@pytest.mark.parametrize("name", modules("session"))
def test_session_takes_only_the_core_of_qt(name: str) -> None:
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.startswith("PySide6")
    }
    assert taken <= {"PySide6.QtCore"}
