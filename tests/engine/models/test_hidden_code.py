"""Code hidden in files: without trust it never runs; a canary shows whether it did."""

import io
import json
import os
import pickle
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, NeedsTrust
from lstm_studio.engine.models import open_file
from tests.engine.models.checkpoints import names, saved, weights


class Call:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def payloads(canary: Path) -> dict[str, object]:
    write = f"open({str(canary)!r}, 'w').close()"
    return {
        "os.system": Call(os.system, f"touch {canary}"),
        "eval": Call(eval, write),
        "exec": Call(exec, write),
        "import": Call(__import__, "antigravity"),
        "load_from_bytes": Call(
            torch.storage._load_from_bytes,
            pickle.dumps(Call(os.system, f"touch {canary}"), 2),
        ),
        "torch.load": Call(torch.load, io.BytesIO(saved(Call(eval, write)))),
        "subprocess": Call(subprocess.Popen, ["touch", str(canary)]),
    }


@pytest.mark.parametrize("name", list(payloads(Path("x"))))
@pytest.mark.parametrize("form", ["zip", "legacy", "bare", "beside weights"])
def test_no_call_of_a_pickle_runs(
    path: Path,
    canary: Path,
    name: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    payload = payloads(canary)[name]
    if form == "bare":
        path.write_bytes(pickle.dumps((payload, {}), 2))
    elif form == "beside weights":
        path.write_bytes(saved({"state_dict": weights(), "extra": payload}))
    else:
        path.write_bytes(saved(payload, legacy=form == "legacy"))
    if form == "beside weights" and name != "load_from_bytes":
        assert names(open_file(path)) == ["l0"]
    else:
        with pytest.raises(CannotOpen):
            open_file(path)
    assert not canary.exists()


def test_payloads_would_run_without_the_studio(canary: Path) -> None:
    """The canary sings: else the tests above could not fail."""
    pickle.loads(pickle.dumps(payloads(canary)["eval"]))
    assert canary.exists()


@pytest.mark.parametrize("name", ["eval", "load_from_bytes"])
@pytest.mark.parametrize(
    "member",
    ["policy.pth", "serialized_state_dict.pt", "serialized_example_inputs.pt"],
)
def test_pickles_inside_archives_run_nothing(
    tmp_path: Path, canary: Path, member: str, name: str
) -> None:
    """Archives of Stable-Baselines3 and old .pt2 programs hold pickles of their own."""
    path = tmp_path / "model.zip"
    bad = saved({"weights": weights(), "bad": payloads(canary)[name]})
    members = {member: bad}
    if member != "policy.pth":
        members["serialized_exported_program.json"] = b"{}"
        members.setdefault("serialized_state_dict.pt", saved(weights()))
    with zipfile.ZipFile(path, "w") as archive:
        for key, data in members.items():
            archive.writestr(f"archive/{key}", data)
    try:
        model = open_file(path, answers={"open": "weights"})
    except CannotOpen:
        assert name == "load_from_bytes"
    else:
        assert names(model) == ["l0"]
    assert not canary.exists()


def test_pickled_weights_of_a_program_stay_pickled(
    tmp_path: Path, canary: Path
) -> None:
    """torch.export falls back to ``weights_only=False`` for them, and says nothing."""
    path = tmp_path / "model.pt2"
    with warnings.catch_warnings(action="ignore"):
        program = torch.export.export(nn.LSTM(3, 4), (torch.zeros(5, 1, 3),))
        torch.export.save(program, path)
    bad = tmp_path / "bad.pt2"
    spoilt = 0
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w") as new:
        for each in old.namelist():
            data = old.read(each)
            if each.endswith("weights_config.json"):
                told = json.loads(data)
                for entry in told["config"].values():
                    entry["use_pickle"] = True
                data = json.dumps(told).encode()
            elif "/data/weights/" in each or "sample_inputs" in each:
                data, spoilt = saved(payloads(canary)["eval"]), spoilt + 1
            new.writestr(each, data)
    assert spoilt > 1
    with pytest.raises(NeedsTrust):
        open_file(bad)
    with pytest.raises(CannotOpen, match="holds no weights"):
        open_file(bad, answers={"open": "weights"})
    assert not canary.exists()


class Writer(nn.Module):
    """Writes a file when it is loaded from TorchScript."""

    path: str

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    @torch.jit.export
    def __getstate__(self) -> tuple[str, bool]:
        return self.path, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[str, bool]) -> None:
        self.path = state[0]
        self.training = state[1]
        torch.save(torch.zeros(1), self.path)


class WithWriter(nn.Module):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.writer = Writer(path)
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(self.writer(x))[0]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_script_runs_nothing_without_trust(path: Path, canary: Path) -> None:
    torch.jit.save(torch.jit.script(WithWriter(str(canary))), str(path))
    with pytest.raises(NeedsTrust):
        open_file(path)
    model = open_file(path, answers={"open": "weights"})
    assert names(model) == ["lstm.l0"]
    assert not canary.exists()
    open_file(path, trust=True)
    assert canary.exists(), "the file was to run when it is trusted"
