"""Files that are pipes, change while they are read, or hold odd names or too much."""

import io
import os
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import AsksFirst, CannotOpen
from lstm_studio.core.messages import ModelDescribed
from lstm_studio.engine.files.source import open_source
from lstm_studio.engine.models import described, open_file
from tests.engine.models.checkpoints import names, opened, prefixed, saved, weights


def test_a_fifo_does_not_hang(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(CannotOpen, match=r"is not a file: it is a named pipe"):
        open_file(path)


def test_a_file_that_changes_is_refused(path: Path) -> None:
    path.write_bytes(saved(weights()))

    with (
        pytest.raises(CannotOpen, match="was changed by another program"),
        open_source(path),
        path.open("ab") as file,
    ):
        file.write(b"more")


def test_a_file_that_is_cut_while_it_is_read_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mapped, it would end the process."""
    monkeypatch.setattr(described, "_LARGE", 0)
    path.write_bytes(saved(weights()))

    def cut(message: object) -> None:
        if isinstance(message, ModelDescribed):
            os.truncate(path, 2000)

    with pytest.raises(CannotOpen, match=r"is damaged|was changed"):
        open_file(path, publish=cut)


def test_names_are_kept_as_text(path: Path) -> None:
    name = "<b>x</b>\u202e lstm"
    model = opened(path, prefixed(f"{name}.", nn.LSTM(3, 4)))
    assert names(model) == [f"{name}.l0"]


def test_a_name_like_a_method_opens(path: Path) -> None:
    model = opened(path, prefixed("forward.", nn.LSTM(3, 4)))
    assert names(model) == ["forward.l0"]
    assert model.module(torch.zeros(1, 5, 3)).shape == (1, 5, 4)


def test_path_traversal_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "model.pt"
    data = io.BytesIO(saved(weights()))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("../../escaped", "x")
    path.write_bytes(data.getvalue())
    assert open_file(path).summary.layers
    assert {p.name for p in tmp_path.iterdir()} == {"inner"}


def test_asks_above_a_number_of_tensors(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert described.TENSOR_LIMIT == 20_000
    monkeypatch.setattr(described, "TENSOR_LIMIT", 1000)
    more = {f"x{index}.y": one for index, one in enumerate(torch.zeros(997).unbind())}
    path.write_bytes(saved({**weights(), **more}))
    with pytest.raises(AsksFirst, match=r"holds 1,001 tensors.*large=\"yes\""):
        open_file(path)
    assert open_file(path, answers={"large": "yes"}).summary.layers
