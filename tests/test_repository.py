"""What the repository promises about itself."""

import importlib.metadata
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lstm_studio

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
]
SOURCES = sorted((ROOT / "lstm_studio").rglob("*.py"))


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines if not line.startswith("lstm-studio")]


@pytest.mark.parametrize("wanted", requirements(), ids=lambda wanted: wanted.name)
def test_pin_satisfies_the_requirement(wanted: Requirement) -> None:
    assert pins()[canonicalize_name(wanted.name)] in wanted.specifier


def test_everything_installed_for_the_studio_is_pinned() -> None:
    seen, todo = set(), [canonicalize_name(wanted.name) for wanted in requirements()]
    while todo:
        name = todo.pop()
        # torch's Linux wheels pin their CUDA libraries themselves.
        if name in seen or name.startswith(("nvidia-", "cuda-", "triton")):
            continue
        seen.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        found = [Requirement(line) for line in needs]
        todo += [
            canonicalize_name(wanted.name)
            for wanted in found
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        ]
    assert seen - set(pins()) == set()


@pytest.mark.parametrize("name", lstm_studio.__all__)
def test_public_name_is_there(name: str) -> None:
    assert callable(getattr(lstm_studio, name))


def test_unknown_public_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        lstm_studio.no_such_name  # noqa: B018


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_module_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith('"""')


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()) <= 80


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "docs" / "adr").glob("0*.md")),
    ids=lambda path: path.name[:4],
)
def test_decision_is_short_whole_and_listed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 20 <= len(text.splitlines()) <= 40
    for part in ("Context", "Choice", "What it costs", "When to look again"):
        assert f"\n## {part}\n" in text
    assert path.name in path.with_name("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_scripts_named_in_documents_can_be_run(path: Path) -> None:
    named = set(re.findall(r"\bscripts/[a-z]+\b", path.read_text(encoding="utf-8")))
    assert [name for name in named if not os.access(ROOT / name, os.X_OK)] == []


def test_ci_checks_and_tests() -> None:
    commands = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands[-2:] == ["scripts/check", "scripts/test"]


def test_benchmark_that_does_not_exist_is_refused() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "bench", "no_such_benchmark"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
