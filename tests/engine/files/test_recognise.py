"""What a file is, is told by its bytes and said in words."""

import io
import os
import socket
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.recognise import recognise
from lstm_studio.engine.files.source import open_source
from lstm_studio.engine.models import open_file


def kind(path: Path) -> str:
    with open_source(path) as source:
        return recognise(source).kind


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros(3))
    return buffer.getvalue()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


NOT_MODELS = {
    "a PNG picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    "a JPEG picture": b"\xff\xd8\xff\xe0" + b"\0" * 30,
    "a PDF document": b"%PDF-1.7\n",
    "a gzip archive; unpack it first": b"\x1f\x8b\x08\0" + b"\0" * 30,
    r"a NumPy array: open it as the sequence": b"\x93NUMPY\x01\0v\0",
    r"arrays of NumPy \(.npz\): open it as the sequence": npz(),
    "a web page; use the download link": b"\n<!DOCTYPE html><html></html>",
    r"a table of text \(CSV\): open it as the sequence": b"time,flow\n1,2\n",
    "a JSON text": b'{"a": 1}',
    "a text": b"MZ is how this text begins\n",
    "a tar archive; unpack it first": b"x" * 257 + b"ustar" + b"\0" * 300,
    "a run of zeros: its content was lost": b"\0" * 1000,
    "of no kind that is known here": bytes(range(1, 256)) * 4,
    "a zip archive without a model; unpack it first": archive("readme.txt", "x.bin"),
    "an Office document": archive("[Content_Types].xml", "word/document.xml"),
    "a program": b"\x7fELF\x02\x01" + b"\0" * 60,
}


@pytest.mark.parametrize("what", NOT_MODELS)
def test_what_is_no_model_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(NOT_MODELS[what])
    with pytest.raises(
        CannotOpen, match=rf"^model.pt is not a model file: this is {what}"
    ) as refused:
        open_file(path)
    assert refused.value.next_step.startswith("Choose a .pt")


def test_lfs_pointer(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")
    with pytest.raises(CannotOpen, match=r"Git LFS pointer.*git lfs pull"):
        open_file(path)


def test_extensions_are_not_looked_at(tmp_path: Path) -> None:
    weights = torch.nn.GRU(2, 3).state_dict()
    path = tmp_path / "picture.png"
    torch.save(weights, path)
    assert kind(path) == "torch zip"
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    assert kind(path) == "torch legacy"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x08\x07\x12\x07pytorch\x1a\x03" + b"\0" * 20, "onnx"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 20, "keras"),
        (b"(dp0\nS'a'\np1\nI1\ns.", "pickle"),
        (b"ccollections\nOrderedDict\n(tR.", "pickle"),
        (b"import torch\ndef f(): pass\n", "python"),
    ],
)
def test_other_forms(tmp_path: Path, head: bytes, expected: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(head)
    assert kind(path) == expected


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.touch()
    with pytest.raises(CannotOpen, match=r"model.pt is empty: it holds 0 bytes"):
        open_file(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="There is no file"):
        open_file(tmp_path / "model.pt")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="is not a file: it is a folder"):
        open_file(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_device_and_socket() -> None:
    with pytest.raises(CannotOpen, match="is not a file: it is a device"):
        open_file("/dev/zero")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Names of sockets are short: bind it by a relative one.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s")
        with pytest.raises(CannotOpen, match="s cannot be read"):
            open_file("s")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root may read everything",
)
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(CannotOpen, match="may not be read by you"):
        open_file(path)
