"""Folders of sessions that live, close and die."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.session.workspace import Workspace

LAYER = Layer("cell", "rnn_tanh", "cell", 0, "forward", Sizes(1, 2), cell=True)

WINDOW = """
import sys, time
from pathlib import Path
from lstm_studio.core.commands import OpenModel, OpenSequence, Run
from lstm_studio.session.host import HostRunner
from lstm_studio.session.workspace import Workspace
from tests.session.models import Driver

if __name__ == "__main__":
    parent = Path(sys.argv[1])
    workspace = Workspace(parent)
    runner = HostRunner(parent / "engine.log", workspace.folder)
    driver = Driver(runner, workspace.folder)
    driver.model("nothing", 100_000)
    runner.start(Run(str(workspace.new_recording())), paused=True)
    print(runner._process.pid, flush=True)
    while True:
        runner.step(50)
        driver.listen()
        time.sleep(0.002)
"""


def record(folder: Path, rows: int) -> None:
    recorder = Recorder(folder)
    weights = {
        "weight_ih": np.zeros((2, 1), np.float32),
        "weight_hh": np.zeros((2, 2), np.float32),
    }
    recorder.declare(LAYER, weights, 1, np.dtype(np.float32))
    if rows:
        zeros = {"h": np.zeros((1, 2), np.float32)}
        recorder.begin_call("cell", rows, zeros, "zeros")
        h = np.ones((rows, 1, 2), np.float32)
        recorder.write("cell", 0, {"h": h, "x": h[..., :1]})
    recorder.commit()
    recorder.close()


def die(workspace: Workspace) -> None:
    """Let go of the lock as the system does for a process that was killed."""
    workspace._lock.close()


def test_a_closed_session_leaves_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    record(workspace.new_recording(), 3)
    workspace.close()
    assert list(tmp_path.iterdir()) == []


def test_recordings_of_the_dead_are_found_and_those_of_the_living_are_not(
    tmp_path: Path,
) -> None:
    living, dead = Workspace(tmp_path), Workspace(tmp_path)
    record(living.new_recording(), 3)
    first, second = dead.new_recording(), dead.new_recording()
    record(first, 3)
    record(second, 4)
    os.utime(first / "journal.jsonl", (1, 1))
    record(dead.new_recording(), 0)
    die(dead)
    present = Workspace(tmp_path)
    assert present.recoverable() == (second, first)
    living.close()
    present.close()


def test_what_is_recovered_belongs_to_the_session_that_took_it(tmp_path: Path) -> None:
    dead = Workspace(tmp_path)
    lost = dead.new_recording()
    record(lost, 3)
    die(dead)
    one, other = Workspace(tmp_path), Workspace(tmp_path)
    (found,) = other.recoverable()
    kept = one.recover(lost)
    assert kept.parent == one.folder
    assert Recording.open(kept).committed("cell") == ((0, 3),)
    assert not dead.folder.exists()
    with pytest.raises(CannotOpen, match="cannot be recovered") as refused:
        other.recover(found)
    assert "Another window" in refused.value.next_step
    one.close()
    other.close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_session_without_a_step_is_removed_at_the_next_start(
    tmp_path: Path,
) -> None:
    dead = Workspace(tmp_path)
    record(dead.new_recording(), 0)
    die(dead)
    Workspace(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_wanted_is_removed(tmp_path: Path) -> None:
    dead, living = Workspace(tmp_path), Workspace(tmp_path)
    record(dead.new_recording(), 3)
    die(dead)
    living.forget()
    assert living.recoverable() == ()
    assert not dead.folder.exists()
    assert living.folder.is_dir()
    living.close()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "lstm-studio-without-a-lock"
    other.mkdir()
    workspace = Workspace(tmp_path)
    workspace.forget()
    assert workspace.recoverable() == ()
    workspace.close()
    assert list(tmp_path.iterdir()) == [other]


def test_without_locks_nobody_is_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstm_studio.session.workspace.is_held", lambda _: False)
    living, present = Workspace(tmp_path), Workspace(tmp_path)
    record(living.new_recording(), 3)
    assert present.recoverable() == ()
    present.forget()
    assert living.folder.is_dir()
    living.close()
    present.close()


def test_the_folder_is_one_of_the_user_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    if sys.platform != "linux":
        pytest.skip("other systems have folders of their own")
    workspace = Workspace()
    assert workspace.folder.parent == tmp_path / "caches" / "lstm-studio"
    workspace.close()


def _is_written(folder: Path) -> bool:
    recording = Recording.open(folder)
    recording.close()
    return recording.state == "running"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_window_killed_in_mid_run_is_recovered(tmp_path: Path) -> None:
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "parent")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    ) as window:
        assert window.stdout is not None
        host = int(window.stdout.readline())
        folder = next((tmp_path / "parent").glob("lstm-studio-*/")) / "recording-0001"
        while not _rows(folder):
            assert window.poll() is None
        window.send_signal(signal.SIGKILL)
    while _alive(host) or _is_written(folder):
        # It ends with its window, its last thread a little after its first.
        pass
    before = _rows(folder)
    present = Workspace(tmp_path / "parent")
    assert present.recoverable() == (folder,)
    recording = Recording.open(present.recover(folder))
    assert recording.state == "partial"
    assert recording.problems == ()
    assert recording.committed("cell") == ((0, before),)
    assert np.isfinite(recording.read("cell", "h", slice(0, before))).all()
    present.close()


def _alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    # Nobody may have taken notice of its end yet.
    return stat.rpartition(")")[2].split()[0] != "Z"


def _rows(folder: Path) -> int:
    if not (folder / "recording.json").exists():
        return 0
    recording = Recording.open(folder)
    return sum(
        stop for name in recording.layers for _, stop in recording.committed(name)
    )
