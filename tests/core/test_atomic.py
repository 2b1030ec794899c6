"""A file is written whole, or what stood there before stays."""

import errno
import os
from pathlib import Path

import pytest

from lstm_studio.core import atomic
from lstm_studio.core.atomic import atomic_file, write_atomic
from lstm_studio.core.errors import CannotSave


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(b"good")
    return path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_file_takes_the_place_of_the_old(target: Path) -> None:
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert _names(target.parent) == ["picture.png"]


def test_a_new_file_has_the_rights_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a", b"1")
    finally:
        os.umask(before)
    if os.name == "posix":
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_is_followed(tmp_path: Path, target: Path) -> None:
    link = tmp_path / "link"
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no links here")
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_an_error_of_the_writer_leaves_the_old_file(target: Path) -> None:
    def write_half() -> None:
        with atomic_file(target) as file:
            file.write(b"half")
            raise RuntimeError("mid way")

    with pytest.raises(RuntimeError, match="mid"):
        write_half()
    assert target.read_bytes() == b"good"
    assert _names(target.parent) == ["picture.png"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.EIO, "could not be written"),
    ],
)
def test_each_fault_has_its_cause_and_next_step(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(CannotSave, match=words) as caught:
        write_atomic(target, b"new")
    assert caught.value.next_step
    assert target.read_bytes() == b"good"
    assert _names(target.parent) == ["picture.png"]


def test_a_short_write_is_noticed(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def truncate(handle: int) -> None:
        os.ftruncate(handle, 1)

    monkeypatch.setattr(atomic.os, "fsync", truncate)
    with pytest.raises(CannotSave, match="full"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"good"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotSave, match="does not exist"):
        write_atomic(tmp_path / "no" / "a.png", b"new")


def test_a_folder_in_place_of_a_name(tmp_path: Path) -> None:
    with pytest.raises(CannotSave, match="is a folder"):
        write_atomic(tmp_path, b"new")


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300 + ".png"])
def test_bad_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotSave, match="no name that this disk takes"):
        write_atomic(tmp_path / name, b"new")
    assert _names(tmp_path) == []


def _write(path: Path, folder: bool, content: bytes) -> Path:
    if not folder:
        path.write_bytes(content)
        return path
    path.mkdir()
    (path / "part").write_bytes(content)
    return path / "part"


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_a_library_writes_beside_and_takes_the_place(
    tmp_path: Path, folder: bool, there: bool
) -> None:
    path = tmp_path / "run"
    if there:
        _write(path, folder, b"old")
    with atomic.atomic_path(path) as temporary:
        assert not temporary.exists()
        _write(temporary, folder, b"new")
    assert (path / "part" if folder else path).read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["run"]


@pytest.mark.parametrize("folder", [False, True])
def test_a_library_that_fails_leaves_what_stood_there(
    tmp_path: Path, folder: bool
) -> None:
    path = tmp_path / "run"
    good = _write(path, folder, b"old")

    def write() -> None:
        with atomic.atomic_path(path) as temporary:
            _write(temporary, folder, b"half")
            raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(CannotSave, match="is full"):
        write()
    assert good.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["run"]


def test_a_file_does_not_take_the_place_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "run"
    good = _write(path, True, b"old")
    with (
        pytest.raises(CannotSave, match="is a folder"),
        atomic.atomic_path(path) as temporary,
    ):
        _write(temporary, False, b"new")
    assert good.read_bytes() == b"old"


def test_no_folder_is_made_on_the_way(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotSave, match="does not exist"),
        atomic.atomic_path(tmp_path / "no" / "run"),
    ):
        raise AssertionError
    assert not (tmp_path / "no").exists()
