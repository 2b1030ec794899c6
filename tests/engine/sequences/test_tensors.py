"""Tensors of PyTorch and safetensors: read as data, and nothing of them is run."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

FOUR = InputNeeds(features=4)


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_tensor_by_itself(tmp_path: Path, legacy: bool) -> None:
    x = numbers(10, 4)
    path = tmp_path / "x.pt"
    torch.save(x, path, _use_new_zipfile_serialization=not legacy)
    prepared = open_sequence(path, FOUR)
    np.testing.assert_array_equal(prepared.values[0], x.numpy())
    assert prepared.summary.name == "x.pt"


def test_one_of_several_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "batch.pt"
    torch.save({"train": {"x": numbers(10, 4)}, "y": numbers(7, 4)}, path)
    with pytest.raises(DoesNotFit, match=r"2 arrays: train\.x, y") as refusal:
        open_sequence(path, FOUR)
    assert refusal.value.next_step == "Choose one."
    assert open_sequence(path, FOUR, {"array": "y"}).summary.steps == 7


def test_lengths_beside_the_values_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "batch.pt"
    torch.save((numbers(3, 10, 4), "a note"), path)
    assert open_sequence(path, FOUR).summary.lengths == ()
    torch.save({"x": numbers(3, 10, 4), "lengths": torch.tensor([4, 9, 2])}, path)
    prepared = open_sequence(path, FOUR)
    assert prepared.summary.lengths == (4, 9, 2)
    assert prepared.summary.steps == 9
    assert not prepared.values[2, 2:].any()
    assert prepared.summary.notes == (
        "The lengths of the samples are those of the array lengths.",
    )


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int16, torch.bool]
)
def test_any_type_of_number(tmp_path: Path, dtype: torch.dtype) -> None:
    x = (3 * numbers(10, 4)).to(dtype)
    save_file({"x": x}, tmp_path / "x.safetensors")
    torch.save(x, tmp_path / "x.pt")
    for name in ("x.safetensors", "x.pt"):
        prepared = open_sequence(tmp_path / name, FOUR)
        np.testing.assert_array_equal(prepared.values[0], x.float().numpy())


def test_views_are_read_as_they_were(tmp_path: Path) -> None:
    x = numbers(4, 20)
    torch.save(x.T[::2], tmp_path / "x.pt")
    values = open_sequence(tmp_path / "x.pt", FOUR).values
    np.testing.assert_array_equal(values[0], x.T[::2].numpy())


class Harmful:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_nothing_of_a_file_is_run(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It turns the default of torch.load off.
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    canary, path = tmp_path / "canary", tmp_path / "x.pt"
    content = {"x": numbers(10, 4), "other": Harmful(canary)}
    if form == "pickle":
        path.write_bytes(pickle.dumps({"other": Harmful(canary)}, 4))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, FOUR)
    expected = {
        "pickle": "x.pt is no sequence: it is pickle.",
        "zip": "x.pt holds objects of the class posix.mkdir, which only code could "
        "make.",
    }
    expected["legacy"] = expected["zip"]
    assert refusal.value.message == expected[form]
    assert "torch.save(tensor, path)" in refusal.value.next_step
    assert not canary.exists()


def test_a_script_is_no_sequence(tmp_path: Path) -> None:
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "x.pt"))
    with pytest.raises(CannotOpen, match="is no sequence: it is TorchScript"):
        open_sequence(tmp_path / "x.pt", FOUR)


@pytest.mark.parametrize("name", ["x.pt", "x.safetensors"])
def test_a_file_that_is_cut_short(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "x.pt":
        torch.save(numbers(10, 4), path)
    else:
        save_file({"x": numbers(10, 4)}, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CannotOpen) as refusal:
        open_sequence(path, FOUR)
    assert refusal.value.next_step


def test_a_file_without_tensors(tmp_path: Path) -> None:
    torch.save({"a": 1}, tmp_path / "x.pt")
    with pytest.raises(CannotOpen, match=r"x\.pt holds no array of numbers"):
        open_sequence(tmp_path / "x.pt", FOUR)
