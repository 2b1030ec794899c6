"""Files made to do harm: without trust nothing runs, and each is refused in words.

The files are made here and never kept; a canary shows whether anything ran.
"""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import textwrap
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_studio.core.errors import AsksFirst, CannotOpen, NeedsTrust
from lstm_studio.core.messages import ModelDescribed
from lstm_studio.engine.files.source import open_source
from lstm_studio.engine.models import described, open_file


class Call:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def weights() -> dict[str, torch.Tensor]:
    return nn.LSTM(3, 4).state_dict()


def saved(value: object, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def with_description(description: bytes, storages: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", description)
        archive.writestr("archive/version", "3\n")
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)
    return buffer.getvalue()


def tensor_claim(shape: bytes, stride: bytes, count: bytes) -> bytes:
    """Return a pickle of ``{"lstm.weight_hh_l0": tensor}`` with the given numbers."""
    return (
        b"\x80\x02}X\x11\x00\x00\x00lstm.weight_hh_l0ctorch._utils\n_rebuild_tensor_v2\n"
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
        b"X\x03\x00\x00\x00cpu" + count + b"tQK\x00" + shape + stride + b"\x89}tRs."
    )


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
    tmp_path: Path,
    canary: Path,
    name: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    payload = payloads(canary)[name]
    path = tmp_path / "model.pt"
    if form == "bare":
        path.write_bytes(pickle.dumps((payload, {}), 2))
    elif form == "beside weights":
        path.write_bytes(saved({"state_dict": weights(), "extra": payload}))
    else:
        path.write_bytes(saved(payload, legacy=form == "legacy"))
    if form == "beside weights" and name != "load_from_bytes":
        assert [layer.name for layer in open_file(path).summary.layers] == ["l0"]
    else:
        with pytest.raises(CannotOpen):
            open_file(path)
    assert not canary.exists()


def test_payloads_would_run_without_the_studio(canary: Path) -> None:
    """The canary sings: else the tests above could not fail."""
    pickle.loads(pickle.dumps(payloads(canary)["eval"]))
    assert canary.exists()


def lie_about_size() -> bytes:
    # 10^6 x 10^6 values over four bytes.
    number = b"J" + struct.pack("<i", 10**6)
    shape = b"(" + number + number + b"t"
    return with_description(
        tensor_claim(shape, b"(K\x01K\x01t", b"K\x01"), {"0": b"\0" * 4}
    )


def expanded() -> bytes:
    # Every value of a huge tensor is the same four bytes: no storage is too short.
    number = b"J" + struct.pack("<i", 10**6)
    shape = b"(" + number + number + b"t"
    return with_description(
        tensor_claim(shape, b"(K\x00K\x00t", b"K\x01"), {"0": b"\0" * 4}
    )


def many_dimensions() -> bytes:
    ones = b"(" + b"K\x01" * 100_000 + b"t"
    return with_description(tensor_claim(ones, ones, b"K\x01"), {"0": b"\0" * 4})


def deep() -> bytes:
    return with_description(b"\x80\x02" + b"(" * 10**5 + b"l" * 10**5 + b".", {})


def deep_dicts() -> bytes:
    return with_description(
        b"\x80\x02" + b"}X\x01\x00\x00\x00a" * 10**4 + b"}" + b"s" * 10**4 + b".", {}
    )


def shared_references() -> bytes:
    # Each list holds the one before twice: 2^40 leaves.
    return with_description(b"\x80\x02]" + b"q\x00]h\x00ah\x00a" * 40 + b".", {})


def deep_key() -> bytes:
    return with_description(b"\x80\x02}" + b")" + b"\x85" * 10**5 + b"Ns.", {})


def memo_bomb() -> bytes:
    return with_description(b"\x80\x02}r\xff\xff\xff\xff.", {})


def huge_text() -> bytes:
    return with_description(b"\x80\x04\x8d" + struct.pack("<Q", 10**13) + b"a.", {})


def endless() -> bytes:
    return with_description(b"\x80\x02" + b"N0" * 10**7 + b"N.", {})


def unknown_operation() -> bytes:
    return with_description(b"\x80\x02}\xfe.", {})


def zip_bomb() -> bytes:
    return with_description(b"\x80\x02}.", {"0": b"\0" * 300 * 2**20})


def claimed_directory() -> bytes:
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 0, 0)
    return b"PK\x03\x04" + b"\0" * 100 + end


def cut_zip() -> bytes:
    return saved(weights())[:-50]


def cut_legacy() -> bytes:
    return saved(weights(), legacy=True)[:-50]


def missing_storage() -> bytes:
    return with_description(tensor_claim(b"(K\x01t", b"(K\x01t", b"K\x01"), {})


def safetensors(head: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(head)) + head + data


def sf_overlap() -> bytes:
    entry = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    return safetensors(b'{"a":' + entry + b',"b":' + entry + b"}", b"\0" * 4)


def sf_overlong() -> bytes:
    return safetensors(
        b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    )


def sf_claimed_head() -> bytes:
    return struct.pack("<Q", 10**10) + b'{"a":1}'


def sf_deep() -> bytes:
    return safetensors(b'{"a":' + b"[" * 10**6 + b"]" * 10**6 + b"}")


ATTACKS: dict[Callable[[], bytes], str] = {
    lie_about_size: "a tensor of 1000000 x 1000000 values over 4 bytes",
    expanded: "take more than 16 times what is stored",
    many_dimensions: "100000 dimensions",
    deep: "nests its values more than 100 deep",
    deep_dicts: "nests its values more than 100 deep",
    shared_references: "holds no weights",
    deep_key: "a key that is no plain value",
    memo_bomb: "holds no weights",
    huge_text: "cut off",
    endless: "more than 2,000,000 operations",
    unknown_operation: "unknown operation 0xfe",
    zip_bomb: "more than any model does",
    claimed_directory: "zip directory of 2,147,483,648 bytes",
    cut_zip: "is cut off: the zip directory at the end of the file is missing",
    cut_legacy: "cut off",
    missing_storage: "the part archive/data/0 is missing",
    sf_overlap: "the bytes of b are not its own",
    sf_overlong: "cut off: the bytes of a are missing",
    sf_claimed_head: "cut off: its head is not whole",
    sf_deep: "damaged head",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_is_refused_in_words(tmp_path: Path, attack: Callable[[], bytes]) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(attack())
    with pytest.raises(CannotOpen, match=ATTACKS[attack]) as refused:
        open_file(path)
    assert refused.value.message.startswith(("model.pt ", "The file "))
    assert refused.value.next_step


def test_refusals_take_little_memory_and_time(tmp_path: Path) -> None:
    """All attacks in a process of their own, which may take 200 MB more than torch."""
    for attack in ATTACKS:
        (tmp_path / f"{attack.__name__}.pt").write_bytes(attack())
    script = textwrap.dedent(
        """
        import pathlib, resource, sys, time
        from lstm_studio.core.errors import CannotOpen
        from lstm_studio.engine.models import described, open_file
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.pt")):
            before, start = peak(), time.process_time()
            try:
                open_file(path)
            except CannotOpen:
                pass
            size = path.stat().st_size / 2**20
            print(path.stem, peak() - before - 2 * size, time.process_time() - start)
        """
    )
    pytest.importorskip("resource", reason="Windows does not tell the peak of memory")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    assert len(rows) == len(ATTACKS)
    for name, megabytes, _ in rows:
        assert float(megabytes) < 200, f"{name} took {megabytes} MB"


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
def test_a_script_runs_nothing_without_trust(tmp_path: Path, canary: Path) -> None:
    path = tmp_path / "model.pt"
    torch.jit.save(torch.jit.script(WithWriter(str(canary))), str(path))
    with pytest.raises(NeedsTrust):
        open_file(path)
    opened = open_file(path, answers={"open": "weights"})
    assert [layer.name for layer in opened.summary.layers] == ["lstm.l0"]
    assert not canary.exists()
    open_file(path, trust=True)
    assert canary.exists(), "the file was to run when it is trusted"


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    os.mkfifo(path)
    with pytest.raises(CannotOpen, match=r"is not a file: it is a named pipe"):
        open_file(path)


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(saved(weights()))

    with (
        pytest.raises(CannotOpen, match="was changed by another program"),
        open_source(path),
        path.open("ab") as file,
    ):
        file.write(b"more")


def test_names_are_kept_as_text(tmp_path: Path) -> None:
    name = "<b>x</b>\u202e lstm"
    path = tmp_path / "model.pt"
    path.write_bytes(
        saved({f"{name}.{key}": value for key, value in weights().items()})
    )
    assert open_file(path).summary.layers[0].name == f"{name}.l0"


def test_a_name_like_a_method_opens(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(
        saved({f"forward.{key}": value for key, value in weights().items()})
    )
    opened = open_file(path)
    assert opened.summary.layers[0].name == "forward.l0"
    assert opened.module(torch.zeros(1, 5, 3)).shape == (1, 5, 4)


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert described.TENSOR_LIMIT == 20_000
    monkeypatch.setattr(described, "TENSOR_LIMIT", 1000)
    more = {f"x{index}.y": one for index, one in enumerate(torch.zeros(997).unbind())}
    path = tmp_path / "model.pt"
    path.write_bytes(saved({**weights(), **more}))
    with pytest.raises(AsksFirst, match=r"holds 1,001 tensors.*large=\"yes\""):
        open_file(path)
    assert open_file(path, answers={"large": "yes"}).summary.layers


def test_a_file_that_is_cut_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mapped, it would end the process."""
    monkeypatch.setattr(described, "_LARGE", 0)
    path = tmp_path / "model.pt"
    path.write_bytes(saved(weights()))

    def cut(message: object) -> None:
        if isinstance(message, ModelDescribed):
            os.truncate(path, 2000)

    with pytest.raises(CannotOpen, match=r"is damaged|was changed"):
        open_file(path, publish=cut)


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
        opened = open_file(path, answers={"open": "weights"})
    except CannotOpen:
        assert name == "load_from_bytes"
    else:
        assert [layer.name for layer in opened.summary.layers] == ["l0"]
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


def nested(depth: int) -> bytes:
    """Return archives in one another, as deep as asked for."""
    data = saved(weights())
    for _ in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("policy.pth", data)
        data = buffer.getvalue()
    return data


def test_archives_in_archives_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(nested(1))
    assert open_file(path).summary.layers
    path.write_bytes(nested(40))
    with pytest.raises(CannotOpen, match="within one another"):
        open_file(path)


def test_a_bomb_in_an_archive_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("policy.pth", zip_bomb())
    with pytest.raises(CannotOpen, match="more than any model does"):
        open_file(path)
