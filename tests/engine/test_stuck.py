"""Where the disk takes no more, a run waits, goes on or ends, and nothing is lost."""

import queue
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core import recorder as recorder_module
from lstm_studio.core.commands import Run
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.messages import Cancelled, Finished, Message, Outcome, Stuck
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture import pace
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.workbench import Workbench
from tests.core.faults import largest_file

STEPS, HIDDEN = 400, 8
ROOM = 128 + 300 * HIDDEN * 4
"""Bytes of a file: not all of ``h`` fits, and of nothing else is there as much."""


class Segments(nn.Module):
    """A model that goes over its sequence in pieces, each committed."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = nn.LSTM(2, HIDDEN, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = None
        for start in range(0, STEPS, 50):
            output, state = self.lstm(x[:, start : start + 50], state)
        result: torch.Tensor = output
        return result


def sequence() -> torch.Tensor:
    return torch.sin(torch.arange(STEPS * 2.0)).reshape(1, STEPS, 2)


def true() -> np.ndarray:
    return record(Segments(), sequence()).read("lstm.l0", "h")


class Job:
    """A run in a thread, and what it says."""

    def __init__(self, folder: Path) -> None:
        self.control = RunControl()
        self.said: queue.Queue[Message] = queue.Queue()
        bench = Workbench.of_module(Segments(), (sequence(),), {})
        self.thread = threading.Thread(
            target=lambda: self.said.put(
                bench.perform(Run(str(folder)), self.control, self.said.put)
            )
        )
        self.thread.start()

    def hear(self, kind: type[Message] | type[Outcome]) -> Message:
        while True:
            message = self.said.get(timeout=30)
            if isinstance(message, kind):
                return message


@pytest.fixture(autouse=True)
def commits_each_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A fast machine is stuck within the first frame.
    monkeypatch.setattr(pace, "FRAME_SECONDS", 0.0)


@contextmanager
def stuck(folder: Path) -> Iterator[Job]:
    """Give a run that waits for room; there is none for what pytest prints, either."""
    with largest_file(ROOM):
        job = Job(folder)
        try:
            message = job.hear(Stuck)
            assert isinstance(message, Stuck)
            assert str(folder) in message.message
            assert message.next_step
            yield job
        finally:
            job.control.cancel()
            job.thread.join()


def test_the_run_waits_and_what_it_has_can_be_read(tmp_path: Path) -> None:
    want = true()
    with stuck(tmp_path / "r") as job:
        assert job.control.paused
        recording = Recording.open(tmp_path / "r")
        assert recording.state == "running"
        assert recording.problems == ()
        ((start, stop),) = recording.committed("lstm.l0")
        assert start == 0
        np.testing.assert_array_equal(
            recording.read("lstm.l0", "h")[:stop], want[:stop]
        )


def test_it_says_so_again_where_there_is_still_no_room(tmp_path: Path) -> None:
    with stuck(tmp_path / "r") as job:
        job.control.resume()
        job.hear(Stuck)
        job.control.step(3)
        job.hear(Stuck)
        assert job.control.paused


def test_with_room_it_goes_on_and_lacks_nothing(tmp_path: Path) -> None:
    with stuck(tmp_path / "r") as job, largest_file(1 << 30):
        job.control.resume()
        assert isinstance(job.hear(Finished), Finished)
    recording = Recording.open(tmp_path / "r")
    assert recording.state == "complete"
    assert recording.problems == ()
    assert recording.certificate.holds
    np.testing.assert_array_equal(recording.read("lstm.l0", "h"), true())


def test_it_ends_at_once_and_what_it_had_is_kept(tmp_path: Path) -> None:
    with stuck(tmp_path / "r") as job:
        job.control.cancel()
        assert isinstance(job.hear(Cancelled), Cancelled)
        job.thread.join()
    recording = Recording.open(tmp_path / "r")
    assert recording.state == "partial"
    assert recording.problems == ()
    ((_, stop),) = recording.committed("lstm.l0")
    np.testing.assert_array_equal(recording.read("lstm.l0", "h")[:stop], true()[:stop])
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_script_gets_one_refusal_and_the_recording(tmp_path: Path) -> None:
    with largest_file(ROOM), pytest.raises(CannotSave) as caught:
        record(Segments(), sequence(), store=tmp_path / "r")
    assert str(tmp_path / "r") in caught.value.message
    assert caught.value.next_step
    assert caught.value.__context__ is caught.value.__cause__
    kept = caught.value.recording  # type: ignore[attr-defined]
    for recording in (kept, Recording.open(tmp_path / "r")):
        assert recording.state == "partial"
        ((_, stop),) = recording.committed("lstm.l0")
        assert stop >= 50
        np.testing.assert_array_equal(
            recording.read("lstm.l0", "h")[:stop], true()[:stop]
        )


def test_where_memory_overflows_onto_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = true()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(recorder_module, "machine_memory", lambda: 4 * 200 * HIDDEN * 4)
    with largest_file(500), pytest.raises(CannotSave) as caught:
        record(Segments(), sequence())
    kept: Recording = caught.value.recording  # type: ignore[attr-defined]
    ((_, stop),) = kept.committed("lstm.l0")
    assert stop >= 50
    np.testing.assert_array_equal(kept.read("lstm.l0", "h")[:stop], whole[:stop])
    assert list(tmp_path.glob("lstm-studio-*")) == []
