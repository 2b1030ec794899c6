"""What a recording does on a disk that has no room."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.folders import assert_same, contents, example, threes
from tests.core.reference import (
    Planned,
    feed,
)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """A disk with room for so many bytes more; None for no end."""
    room: list[int | None] = [None]
    real = os.fdopen

    class Full:
        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: Any) -> int:
            if room[0] is not None:
                data = memoryview(data)[: room[0]]
                if not len(data):
                    raise OSError(28, "No space left on device")
                room[0] -= len(data)
            return int(self._file.write(data))

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    monkeypatch.setattr(os, "fdopen", lambda *a, **k: Full(real(*a, **k)))

    def leave(bytes_left: int | None) -> None:
        room[0] = bytes_left

    return leave


@pytest.mark.parametrize("room", [0, 1, 50, 200, 300])
def test_on_a_full_disk_nothing_is_lost_and_the_run_can_go_on(
    tmp_path: Path, room: int, disk: Callable[[int | None], None]
) -> None:
    run = example([Planned(9)])
    recorder = Recorder(tmp_path / "r")
    feed(recorder, example([Planned(9)]), chunks=threes)
    before = contents(recorder.recording)
    start = recorder.begin_call("rnn.l0", 9, {}, "carried")
    rows = {s: run.streams[s].astype(np.float32) for s in ("h", "x")}

    def attempt() -> None:
        recorder.write("rnn.l0", start, rows)
        recorder.commit()

    disk(room)
    with pytest.raises(CannotSave, match="full"):
        attempt()
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    assert opened.committed("rnn.l0") == ((0, 9),)
    for name, values in contents(opened).items():
        np.testing.assert_array_equal(values[:9], before[name])
    disk(None)
    attempt()
    recorder.finish("complete")
    recorder.close()
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    np.testing.assert_array_equal(opened.read("rnn.l0", "h")[9:], rows["h"][:, 0])


def test_a_run_can_wait_for_room_on_a_full_disk(
    tmp_path: Path, disk: Callable[[int | None], None]
) -> None:
    said: list[str] = []

    def wait(error: CannotSave) -> None:
        said.append(error.message)
        disk(37 if len(said) < 60 else None)

    memory, recorder = Recorder(), Recorder(tmp_path / "r", when_stuck=wait)
    run = example([Planned(9), Planned(8, "given")])
    feed(memory, run, chunks=threes)
    recorder.declare(run.layer, run.weights, run.samples, np.dtype(np.float32))
    recorder.commit()
    disk(37)
    feed(recorder, run, chunks=threes, declare=False)
    recorder.finish("complete")
    recorder.close()
    assert len(said) == 60
    assert set(said) == {f"The disk of {tmp_path / 'r'} is full."}
    opened = Recording.open(tmp_path / "r")
    assert opened.problems == ()
    assert_same(memory.recording, opened)


def test_who_does_not_wait_for_room_ends_the_run(
    tmp_path: Path, disk: Callable[[int | None], None]
) -> None:
    def give_up(error: CannotSave) -> None:
        raise error

    recorder = Recorder(tmp_path / "r", when_stuck=give_up)
    run = example([Planned(9)])
    feed(recorder, run, chunks=threes)
    start = recorder.begin_call("rnn.l0", 9, {}, "carried")
    disk(10)
    with pytest.raises(CannotSave, match="full"):
        recorder.write(
            "rnn.l0", start, {s: run.streams[s].astype("f4") for s in ("h", "x")}
        )
    recorder.close()
    disk(None)
    opened = Recording.open(tmp_path / "r")
    assert opened.state == "partial"
    assert opened.committed("rnn.l0") == ((0, 9),)
