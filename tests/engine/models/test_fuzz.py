"""A slice of scripts/fuzz."""

import itertools
from pathlib import Path

import pytest
import torch

from lstm_studio.core.errors import StudioError
from lstm_studio.engine.models import open_file
from tests.engine.models import fuzz

INPUTS = 700


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    torch.manual_seed(0)
    return fuzz.corpus()


def test_damaged_files_open_or_are_refused(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = tmp_path / "model.pt"
    problems = [
        f"input {index} ({name}): {what}"
        for index, (name, data) in enumerate(
            itertools.islice(fuzz.mutants(3, files), INPUTS)
        )
        if (what := fuzz.problem(path, data))
    ]
    assert not problems


def test_what_is_mutated_would_open(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Else the test above would only see refusals."""
    path = tmp_path / "model.pt"
    refused = set()
    for name, data in files.items():
        path.write_bytes(data)
        try:
            open_file(path, answers={"open": "weights"})
        except StudioError:
            refused.add(name)
    assert refused == {"python", "lfs", "table"}
