"""Where the models of these tests are saved, and the numbers they are drawn with."""

from pathlib import Path

import pytest
import torch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.pt"


@pytest.fixture
def seeded() -> None:
    torch.manual_seed(0)
