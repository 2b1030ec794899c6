"""A slice of scripts/fuzz."""

import itertools
from pathlib import Path

import pytest
import torch

from lstm_studio.core.errors import StudioError
from lstm_studio.engine.models import open_file
from lstm_studio.engine.sequences import open_sequence
from tests.engine.models import fuzz
from tests.engine.models.mutations import mutants
from tests.engine.sequences import fuzz as sequences

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
            itertools.islice(mutants(3, files), INPUTS)
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


def test_damaged_sequences_are_read_or_refused(tmp_path: Path) -> None:
    attempts = sequences.attempts(tmp_path / "file", 3, INPUTS)
    assert not [(name, what) for name, what in attempts if what]


def test_what_is_mutated_would_be_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data, needs in sequences.corpus().values():
        path.write_bytes(data)
        open_sequence(path, needs)
    path.write_bytes(sequences.corpus()["text"][0])
    for data in sequences.vocabularies().values():
        words = tmp_path / "words.json"
        words.write_bytes(data)
        choices = {"vocabulary": str(words), "unknown": "skip"}
        open_sequence(path, sequences.TOKENS, choices)
