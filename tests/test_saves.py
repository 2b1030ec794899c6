"""Whatever a disk refuses while something is saved: the old is whole."""

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
import safetensors.numpy
import zarr
from PySide6.QtWidgets import QLabel
from zarr.core.sync import cleanup_resources

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recording import Recording
from lstm_studio.core.sessionfile import SavedSession, read_session, write_session
from lstm_studio.export.arrays import export_arrays
from lstm_studio.export.picture import save_picture
from lstm_studio.export.selection import Selection
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.settingsfile import SettingsFile
from tests.core.faults import Faults, largest_file
from tests.core.reference import Planned
from tests.panels.recorded import make_recording

CAUSES = {
    errno.ENOSPC: "full",
    errno.EIO: "could not be written",
    errno.EROFS: "read-only",
    errno.ENOENT: "",
}
STEPS = {"old": 12, "new": 20}


@dataclass(frozen=True)
class Kind:
    """Something that is saved as ``old`` or ``new``, and how to tell them apart."""

    name: str
    save: Callable[[Path, str], None]
    load: Callable[[Path], str]


@cache
def _made(which: str) -> Recording:
    return make_recording(calls=(Planned(STEPS[which]),))


def _saved_recording(path: Path, which: str) -> None:
    _made(which).save(path)


def _copied_recording(path: Path, which: str) -> None:
    sources = path.parent.parent
    if not (sources / "old").exists():
        for each in STEPS:
            _made(each).save(sources / each)
    Recording.open(sources / which).save(path)


def _which_recording(path: Path) -> str:
    recording = Recording.open(path)
    assert (recording.problems, recording.state) == ((), "complete")
    h = recording.read("rnn.l1", "h")
    np.testing.assert_array_equal(h, _made(_of(len(h))).read("rnn.l1", "h"))
    return _of(len(h))


def _of(length: int) -> str:
    return {length: which for which, length in STEPS.items()}[length]


def _session(path: Path, which: str) -> None:
    write_session(SavedSession(example=which), path)


def _setting(path: Path, which: str, key: str) -> None:
    if which == "old":
        path.unlink(missing_ok=True)
    preferences = Preferences()
    preferences._file = SettingsFile(path)
    refused: list[CannotSave] = []
    preferences.not_kept.connect(refused.append)
    match key:
        case "theme":
            preferences.theme = "dark" if which == "old" else "light"
        case "trust":
            preferences.trust(which, "a.pt")
        case "sequence":
            preferences.remember_sequence(which, "a.npy", {})
    if refused:
        raise refused[0]


def _which_setting(path: Path) -> str:
    preferences = Preferences()
    preferences._file = SettingsFile(path)
    assert not preferences._file.is_broken
    new = (
        preferences.theme == "light"
        or "new" in preferences.trusted
        or preferences.sequence_of("new")[0]
    )
    return "new" if new else "old"


def _picture(path: Path, which: str) -> None:
    label = QLabel(which)
    label.setFixedSize(20 * STEPS[which], 40)
    save_picture(label, path)
    label.deleteLater()


def _which_picture(path: Path) -> str:
    wanted = path.with_stem("wanted")
    for which in STEPS:
        _picture(wanted, which)
        data, same = wanted.read_bytes(), path.read_bytes()
        wanted.unlink()
        # A PDF says when it was made.
        if same == data or (path.suffix == ".pdf" and len(same) == len(data)):
            return which
    raise AssertionError(f"{path} is neither")


def _arrays(path: Path, which: str) -> None:
    export_arrays(_made(which), path, [Selection("rnn.l0", "h", 0, STEPS[which])])


def _npz(path: Path) -> int:
    with np.load(path) as file:
        assert str(file["origin.json"])
        return len(file["rnn.l0.h"])


def _npy(path: Path) -> int:
    assert path.with_name(f"{path.name}.json").read_bytes().endswith(b"}")
    return len(np.load(path))


def _csv(path: Path) -> int:
    lines = path.read_text().splitlines()
    return sum(not line.startswith("#") for line in lines) - 1


def _hdf5(path: Path) -> int:
    with h5py.File(path) as file:
        return len(file["rnn.l0.h"])


def _zarr(path: Path) -> int:
    try:
        values = zarr.open_group(path, mode="r")["rnn.l0.h"]
        assert np.isfinite(values[:]).all()
        return int(values.shape[0])
    finally:
        cleanup_resources()


READ_ARRAYS: dict[str, Callable[[Path], int]] = {
    "a.npz": _npz,
    "a.npy": _npy,
    "a.csv": _csv,
    "a.parquet": lambda path: int(pq.read_table(path).num_rows),
    "a.safetensors": lambda path: len(safetensors.numpy.load_file(path)["rnn.l0.h"]),
    "a.h5": _hdf5,
    "a.zarr": _zarr,
}

KINDS = (
    Kind("recording", _saved_recording, _which_recording),
    Kind("copied recording", _copied_recording, _which_recording),
    Kind("a.session", _session, lambda path: read_session(path).example),
    *(
        Kind(f"{key}.json", partial(_setting, key=key), _which_setting)
        for key in ("theme", "trust", "sequence")
    ),
    *(Kind(f"a.{end}", _picture, _which_picture) for end in ("png", "svg", "pdf")),
    *(
        Kind(name, _arrays, lambda path, read=read: _of(read(path)))
        for name, read in READ_ARRAYS.items()
    ),
)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest, qapp: Any) -> Kind:
    _made("old"), _made("new")
    chosen: Kind = request.param
    return chosen


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def _try(
    kind: Kind, path: Path, disk: AbstractContextManager[None]
) -> CannotSave | None:
    """Save the new one; what is there afterwards is the old or the new, and whole."""
    before = _tree(path.parent)
    refusal = None
    with disk:
        try:
            kind.save(path, "new")
        except CannotSave as error:
            refusal = error
    if refusal is None:
        assert kind.load(path) == "new"
    elif kind.name == "a.npy":
        # Two files: where the last call of all fails, the first is in place already.
        assert kind.load(path) in ("old", "new")
    else:
        assert _tree(path.parent) == before
        assert kind.load(path) == "old"
    assert not [name for name in _tree(path.parent) if ".tmp" in name]
    return refusal


@pytest.mark.parametrize(
    ("code", "lasting"),
    [
        pytest.param(errno.ENOSPC, False, id="full"),
        pytest.param(errno.ENOSPC, True, id="full from then on"),
        pytest.param(errno.EIO, False, id="an error of the disk"),
        pytest.param(errno.EROFS, True, id="read-only from then on"),
        pytest.param(errno.ENOENT, False, id="nothing there"),
    ],
)
def test_whichever_call_fails(
    tmp_path: Path, kind: Kind, code: int, lasting: bool
) -> None:
    path = tmp_path / "here" / kind.name
    path.parent.mkdir()
    kind.save(path, "old")
    refused = 0
    for number in range(1, 1000):
        faults = Faults(number, code, lasting=lasting)
        refusal = _try(kind, path, faults.installed())
        if refusal is not None:
            refused += 1
            assert CAUSES[code] in refusal.message
            # Which file, or in which folder; some say both.
            assert path.name in refusal.message or str(path.parent) in refusal.message
            assert refusal.next_step
        elif kind.load(path) == "new":
            kind.save(path, "old")
        if faults.calls < number:
            break
    assert refused > 3
    assert faults.calls < number


@pytest.mark.skipif(os.name != "posix", reason="such a limit is one of POSIX")
def test_whichever_byte_is_one_too_many(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "here" / kind.name
    path.parent.mkdir()
    kind.save(path, "new")
    whole = max(map(len, _tree(path.parent).values()))
    if path.is_dir():
        shutil.rmtree(path)
    kind.save(path, "old")
    for limit in sorted({0, 1, whole - 1, *range(7, whole, max(whole // 12, 1))}):
        refusal = _try(kind, path, largest_file(limit))
        assert refusal is not None
        assert "larger than its disk allows" in refusal.message
        assert refusal.next_step
    assert _try(kind, path, largest_file(2 * whole)) is None
