"""The host ends in every way that a process can: said in words, nothing lost."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.commands import OpenModel, OpenSequence, Run
from lstm_studio.core.messages import (
    Advanced,
    Cancelled,
    EngineReady,
    Failed,
    Finished,
    ModelOpened,
    RecordingOpened,
)
from lstm_studio.engine import landlock
from lstm_studio.session import host
from lstm_studio.session.host import HostRunner, _message
from tests.session.models import Driver

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

Make = Callable[[], Driver]


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    runner = HostRunner(tmp_path / "engine.log", workspace)
    yield Driver(runner, workspace)
    runner.close()


def pid(driver: Driver) -> int:
    process = driver.runner._process
    assert process is not None
    return process.pid


def begin(driver: Driver, steps: int) -> None:
    """Start a run and wait until so many of its steps are recorded."""
    driver.said.clear()
    driver.runner.start(Run(str(driver.folder / "recording")), paused=True)
    driver.runner.step(steps)
    driver.until(
        lambda: any(
            steps in message.rows.values()
            for message in driver.said
            if isinstance(message, Advanced)
        )
    )


def failed(driver: Driver, name: str) -> Failed:
    """Run a model that ends the process, and show that what was recorded is kept."""
    driver.model(name)
    begin(driver, 500)
    driver.runner.resume()
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert outcome.kind == "EngineEnded"
    recording = driver.recording()
    assert recording.state == "partial"
    ((start, stop),) = recording.committed("cell")
    assert start == 0
    assert 500 <= stop <= 700
    assert f"after step {stop - 1} by" in outcome.message
    assert f"The {stop} steps that were recorded are kept." in outcome.message
    assert np.isfinite(recording.read("cell", "h", slice(0, stop))).all()
    return outcome


def test_a_segmentation_fault_and_the_run_after_it(driver: Driver) -> None:
    outcome = failed(driver, "segfault")
    assert "a segmentation fault (SIGSEGV)" in outcome.message
    assert "run again" in outcome.next_step
    # faulthandler names the line in the model's own file.
    assert "in segfault" in outcome.details
    driver.until_ready()
    # The model and the sequence are opened again without being asked for.
    assert driver.run("again") == Finished()
    assert isinstance(driver.said[0], RecordingOpened)
    assert not any(isinstance(message, ModelOpened) for message in driver.said)
    assert driver.recording("again").committed("cell") == ((0, 1000),)


def test_an_abort(driver: Driver) -> None:
    assert "an abort (SIGABRT)" in failed(driver, "abort").message


def test_an_exit_takes_its_children_along(driver: Driver) -> None:
    assert "exit code 3" in failed(driver, "child").message
    child = int((driver.folder / "child").read_text())
    driver.until(lambda: not alive(child))


def alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_kill_while_it_runs_and_while_it_waits(driver: Driver) -> None:
    driver.model("layer", 200_000)
    begin(driver, 5)
    os.kill(pid(driver), signal.SIGKILL)
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert "ended after step 4 by a kill (SIGKILL)" in outcome.message
    assert "memory ran out" in outcome.message
    assert "fewer samples" in outcome.next_step
    recording = driver.recording()
    assert recording.state == "partial"
    assert recording.committed(next(iter(recording.layers))) == ((0, 5),)
    driver.until_ready()
    # Nothing runs now: it is noticed all the same, and another one made ready.
    driver.said.clear()
    os.kill(pid(driver), signal.SIGTERM)
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert "The process that holds the model ended by" in outcome.message
    assert "(SIGTERM)" in outcome.message
    driver.until_ready()
    assert any(isinstance(message, EngineReady) for message in driver.said)
    assert driver.run("again") == Finished()


def test_a_host_that_does_not_stay_is_not_replaced_for_ever(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "MOST_UNASKED_ENDS", 1)
    driver.until_ready()
    os.kill(pid(driver), signal.SIGKILL)
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert "A fresh process is ready" in outcome.next_step
    driver.until_ready()
    os.kill(pid(driver), signal.SIGKILL)
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert "no other one was started" in outcome.next_step
    assert driver.runner._process is None
    assert not driver.runner.busy
    # What is wished next starts one.
    driver.model("layer")


def test_what_swallows_the_cancel_is_ended(driver: Driver) -> None:
    driver.model("swallows")
    driver.runner.start(Run(str(driver.folder / "recording")))
    driver.until(driver.acts.exists)
    driver.runner.cancel()
    assert driver.until_outcome() == Cancelled()
    assert driver.recording().state == "partial"


def test_a_file_that_ends_the_process_leaves_the_model_before_it(
    driver: Driver,
) -> None:
    driver.model("layer")
    outcome = driver.do(OpenModel(f"{driver.source}:dies", trust=True))
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith("The process that opened it ended by exit code 7")
    assert driver.run() == Finished()


def test_a_file_that_changed_is_not_run_again(driver: Driver) -> None:
    driver.model("layer")
    os.kill(pid(driver), signal.SIGKILL)
    driver.until_outcome()
    ran = driver.folder / "ran"
    driver.source.write_text(
        f"open({str(ran)!r}, 'w').close()\n" + driver.source.read_text()
    )
    outcome = driver.run()
    assert isinstance(outcome, Failed)
    assert outcome.message == "models.py:layer is not as it was when it was opened."
    assert outcome.next_step == "Open it again."
    assert not ran.exists()
    # Opened again it asks again; trusted, it runs.
    driver.model("layer")
    assert ran.exists()
    assert driver.run() == Finished()


def test_other_answers_after_the_end_keep_trust_and_sequence(driver: Driver) -> None:
    driver.model("layer")
    os.kill(pid(driver), signal.SIGKILL)
    driver.until_outcome()
    answers = {"factory": "nothing"}
    assert driver.do(OpenModel(str(driver.source), answers=answers)) == Finished()
    assert driver.run() == Finished()
    assert list(driver.recording().layers) == ["cell"]


def test_a_sequence_alone_finds_its_model(driver: Driver) -> None:
    driver.model("layer")
    os.kill(pid(driver), signal.SIGKILL)
    driver.until_outcome()
    asked = OpenSequence("generate:noise", {"steps": 20, "features": 3})
    assert driver.do(asked) == Finished()
    os.kill(pid(driver), signal.SIGKILL)
    driver.until_outcome()
    assert driver.run() == Finished()
    recording = driver.recording()
    assert recording.length(next(iter(recording.layers))) == 20


def test_a_device_that_takes_no_more_gets_a_fresh_host(driver: Driver) -> None:
    driver.model("lost_device")
    driver.until_ready()
    first = pid(driver)
    outcome = driver.run()
    assert isinstance(outcome, Failed)
    assert "The graphics card stopped the run at step 700" in outcome.message
    assert "Run on the CPU" in outcome.next_step
    driver.until_ready()
    assert pid(driver) != first
    assert not isinstance(driver.listen(), Failed)


def test_what_a_model_prints_goes_to_a_log_that_is_bounded(driver: Driver) -> None:
    driver.model("prints")
    assert driver.run() == Finished()
    driver.listen()
    logs = list(driver.folder.parents[1].glob("engine*.log"))
    assert sum(log.stat().st_size for log in logs) <= 10_000_000
    assert any(b"xxxx" in log.read_bytes() for log in logs)


def test_there_is_nothing_to_read_on_standard_input(driver: Driver) -> None:
    driver.model("reads")
    outcome = driver.run()
    assert isinstance(outcome, Failed)
    assert "EOFError at step 700" in outcome.message


@pytest.mark.skipif(not landlock.version(), reason="no Landlock in this kernel")
def test_code_of_a_file_writes_only_in_the_workspace(driver: Driver) -> None:
    driver.model("writes")
    outcome = driver.run()
    assert isinstance(outcome, Failed)
    assert "PermissionError" in outcome.message
    assert "only temporary files" in outcome.next_step
    assert not (driver.folder.parents[1] / "written").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"no pickle",
        pickle.dumps(os.system),
        pickle.dumps({"not": "a message"}),
        pickle.dumps(np.array([os.system], object)),
    ],
    ids=["bytes", "function", "value", "array of objects"],
)
def test_what_is_no_message_is_not_read(data: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        _message(data)


def test_a_host_that_cannot_start_is_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    driver = Driver(HostRunner(tmp_path / "engine.log", tmp_path), tmp_path)
    outcome = driver.until_outcome()
    assert isinstance(outcome, Failed)
    assert "did not start" in outcome.message
    assert "no torch here" in outcome.details
    assert not driver.runner.busy
    assert driver.runner.messages() == []
    # The next command tries once more, and says it once more.
    assert isinstance(driver.do(OpenModel("model.pt")), Failed)
    driver.runner.close()
