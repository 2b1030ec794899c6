"""Checkpoints in several files, and the config.json that lies beside the weights."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.ModuleDict({"lstm": nn.LSTM(3, 4, 2), "head": nn.Linear(4, 2)})
    return model.state_dict()


def sharded(folder: Path, form: str) -> list[Path]:
    """Save as Hugging Face's libraries do: two files and the list of both."""
    safe = form == "safetensors"
    start = "model" if safe else "pytorch_model"
    names = list(weights())
    halves = [names[:5], names[5:]]
    where = {}
    paths = []
    for number, half in enumerate(halves, 1):
        path = folder / f"{start}-0000{number}-of-00002.{form}"
        part = {name: weights()[name] for name in half}
        if safe:
            safetensors.torch.save_file(part, path)
        else:
            torch.save(part, path)
        where |= dict.fromkeys(half, path.name)
        paths.append(path)
    index = folder / (
        "model.safetensors.index.json" if safe else "pytorch_model.bin.index.json"
    )
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return [index, *paths]


@pytest.mark.parametrize("form", ["safetensors", "bin"])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_any_file_of_it_opens_all(tmp_path: Path, form: str, chosen: int) -> None:
    opened = open_file(sharded(tmp_path, form)[chosen])
    assert opened.summary.form == "checkpoint in 2 files"
    assert opened.summary.answers["run"] == "lstm > head"
    rebuilt = opened.module.state_dict()
    assert all(torch.equal(rebuilt[name], each) for name, each in weights().items())


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_the_digest_is_of_all_files(tmp_path: Path, chosen: int) -> None:
    paths = sharded(tmp_path, "safetensors")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in paths[1:]
    ]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert open_file(paths[chosen]).summary.sha256 == expected


@pytest.mark.parametrize("form", ["safetensors", "bin"])
@pytest.mark.parametrize("chosen", [0, 1])
def test_a_missing_file_is_named(tmp_path: Path, form: str, chosen: int) -> None:
    paths = sharded(tmp_path, form)
    paths[2].unlink()
    with pytest.raises(CannotOpen) as refused:
        open_file(paths[chosen])
    assert refused.value.message == (
        f"{paths[2].name} of the 2 files of this checkpoint is missing beside "
        f"{paths[chosen].name}."
    )
    assert refused.value.next_step == "Download it into the same folder."


@pytest.mark.parametrize("name", ["../outside.bin", "/etc/passwd", 3])
def test_files_of_other_folders_are_refused(tmp_path: Path, name: object) -> None:
    index = tmp_path / "model.index.json"
    index.write_text(json.dumps({"weight_map": {"lstm.weight_hh_l0": name}}))
    with pytest.raises(CannotOpen, match="which is not beside it"):
        open_file(index)


@pytest.mark.parametrize("text", ['{"weight_map": 3}', '{"weight_map": {'])
def test_a_damaged_list(tmp_path: Path, text: str) -> None:
    index = tmp_path / "model.index.json"
    index.write_text(text)
    with pytest.raises(CannotOpen, match="damaged list of the files of a checkpoint"):
        open_file(index)


def test_a_shard_that_is_something_else(tmp_path: Path) -> None:
    paths = sharded(tmp_path, "bin")
    paths[2].write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(CannotOpen, match=f"{paths[2].name} is a Git LFS pointer"):
        open_file(paths[0])
    torch.save([1, 2], paths[2])
    with pytest.raises(CannotOpen, match=f"{paths[2].name} is no part of a checkpoint"):
        open_file(paths[0])


CONFIGS: list[tuple[Any, tuple[str, ...]]] = [
    (
        {"architectures": ["LstmModel"], "hidden_size": 4, "num_layers": 2, "x": []},
        ("The config.json beside it names LstmModel (hidden_size 4, num_layers 2).",),
    ),
    (
        {"model_type": "lstm"},
        ("The config.json beside it names no class (model_type lstm).",),
    ),
    ({"scripts": {}}, ()),
    ([1], ()),
]


@pytest.mark.parametrize(("config", "notes"), CONFIGS)
def test_a_config_beside_the_weights_is_read(
    tmp_path: Path, config: object, notes: tuple[str, ...]
) -> None:
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(weights(), path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert open_file(path).summary.notes == notes
    (tmp_path / "config.json").write_text("{")
    assert open_file(path).summary.notes == (
        "The config.json beside it cannot be read.",
    )
