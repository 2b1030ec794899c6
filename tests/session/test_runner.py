"""One suite for the thread and the host: real commands, messages in order."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.commands import (
    Command,
    LookAtSequence,
    OpenExample,
    OpenModel,
    OpenSequence,
    Run,
    Verify,
)
from lstm_studio.core.condition import Comparison, Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import (
    Advanced,
    Cancelled,
    Failed,
    Finished,
    Message,
    ModelOpened,
    Outcome,
    Progress,
    RecordingOpened,
    SequenceOpened,
    SequenceSeen,
    Stopped,
)
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.host import HostRunner
from lstm_studio.session.runner import MAILBOX, Publish, Runner, ThreadRunner
from tests.session.models import ACTS_AT, Driver

STEPS = 5_000
"""Of a stepped run: two messages for each, so 10,000 in all."""
MANY = 10_000
BOTH = ("thread", "host")


def make_runner(kind: str, workspace: Path) -> Runner:
    if kind == "thread":
        return ThreadRunner(Workbench().perform)
    return HostRunner(workspace.with_name("engine.log"), workspace)


@pytest.fixture(scope="module", params=BOTH)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Runner, Path]]:
    """One runner for all tests: each leaves it as ready as it found it."""
    workspace = tmp_path_factory.mktemp("runner") / "workspace"
    workspace.mkdir()
    runner = make_runner(request.param, workspace)
    yield runner, workspace
    runner.close()


@pytest.fixture
def driver(shared: tuple[Runner, Path]) -> Driver:
    driver = Driver(*shared)
    driver.until_ready()
    return driver


def kinds(driver: Driver) -> list[type]:
    # How far opening has come is told only where it takes long.
    return [type(m) for m in driver.said if not isinstance(m, Progress)]


def begin(driver: Driver, *, paused: bool = False) -> None:
    driver.said.clear()
    driver.runner.start(Run(str(driver.folder / "recording")), paused=paused)


def rows(driver: Driver, layer: str) -> list[int]:
    return [m.rows[layer] for m in driver.said if isinstance(m, Advanced) and m.rows]


def test_an_example_opens_and_runs(driver: Driver) -> None:
    assert driver.do(OpenExample("flip-flop")) == Finished()
    assert kinds(driver) == [ModelOpened, SequenceOpened, Finished]
    assert driver.run() == Finished()
    assert kinds(driver)[0] is RecordingOpened
    assert Advanced in kinds(driver)
    assert kinds(driver)[-1] is Finished
    assert driver.recording().state == "complete"


def test_every_message_of_a_run_arrives_in_order_and_the_outcome_last(
    driver: Driver,
) -> None:
    # The thread shares this process, in which tests check every shape: slow.
    steps = STEPS if isinstance(driver.runner, HostRunner) else STEPS // 20
    driver.model("nothing", steps)
    begin(driver, paused=True)
    driver.runner.step(steps)
    assert driver.until_outcome() == Finished()
    assert len(driver.said) > 2 * steps > MAILBOX
    done = [m.done for m in driver.said if isinstance(m, Progress) and m.total == steps]
    assert sorted(set(done)) == list(range(steps + 1))
    counts = rows(driver, "cell")
    assert counts == sorted(counts)
    assert counts[-1] == steps
    assert [type(m) for m in driver.said if isinstance(m, Outcome)] == [Finished]
    assert isinstance(driver.said[-1], Finished)


class Count:
    """A job that says each of its steps."""

    def __call__(
        self, command: Command, control: RunControl, publish: Publish
    ) -> Outcome:
        try:
            for step in range(MANY):
                control.take(1)
                publish(Progress("counting", step, MANY, 0.0))
        except JobCancelled:
            return Cancelled()
        return Finished()


def test_a_full_mailbox_makes_the_thread_wait_and_nothing_is_lost() -> None:
    runner = ThreadRunner(Count())
    runner.start(Verify())
    said: list[Message] = []
    while runner.busy:
        said.extend(runner.messages())
    assert [m.done for m in said if isinstance(m, Progress)] == list(range(MANY))
    assert said[-1] == Finished()
    assert len(said) == MANY + 1 > MAILBOX


def test_close_ends_a_thread_that_waits_for_room() -> None:
    runner = ThreadRunner(Count())
    runner.start(Verify())
    runner.close()
    assert not runner.busy


def test_a_run_is_paused_stepped_and_goes_on(driver: Driver) -> None:
    driver.model("layer")
    begin(driver, paused=True)
    driver.runner.step(3)
    driver.until(lambda: any(3 in m.rows.values() for m in said_rows(driver)))
    layer = next(iter(driver.recording().layers))
    assert driver.recording().committed(layer) == ((0, 3),)
    driver.runner.resume()
    assert driver.until_outcome() == Finished()
    assert driver.recording().committed(layer) == ((0, 1000),)


NEVER = Condition(((Comparison("cell", 0, "h", ">", 2.0),),))


def test_a_condition_that_is_set_during_a_run_holds_for_it(driver: Driver) -> None:
    driver.model("nothing", 5_000)
    driver.said.clear()
    command = Run(str(driver.folder / "recording"), until=NEVER)
    driver.runner.start(command, paused=True)
    driver.runner.step(40)
    driver.until(lambda: bool(rows(driver, "cell")) and rows(driver, "cell")[-1] == 40)
    # It holds from the first step on, so it begins there and nowhere later.
    begins = Condition(((Comparison("cell", 1, "h", "<", 2.0),),))
    driver.runner.stop_at(begins)
    driver.runner.step(20)
    driver.until(lambda: rows(driver, "cell")[-1] == 60)
    assert not stops(driver)
    recording = driver.recording()
    values = recording.read("cell", "h", slice(20, 60), 0)[:, 0]
    recording.close()
    # Between two values of this unit lies a border that it will cross again.
    border = float((values.min() + values.max()) / 2)
    crossed = Condition(((Comparison("cell", 0, "h", ">", border),),))
    driver.runner.stop_at(crossed)
    driver.runner.resume()
    driver.until(lambda: bool(stops(driver)))
    assert stops(driver)[0] >= 60
    driver.runner.stop_at(None)
    driver.runner.resume()
    assert driver.until_outcome() == Finished()
    recording = driver.recording()
    marks = crossed.marks(recording, 60, 5_000)
    recording.close()
    assert stops(driver) == [60 + int(np.flatnonzero(marks)[0])]


def stops(driver: Driver) -> list[int]:
    return [m.step for m in driver.said if isinstance(m, Stopped)]


def said_rows(driver: Driver) -> list[Advanced]:
    return [m for m in driver.said if isinstance(m, Advanced)]


def test_a_run_is_paused_while_it_goes_on(driver: Driver) -> None:
    driver.model("layer", 200_000)
    begin(driver)
    driver.until(lambda: bool(said_rows(driver)))
    driver.runner.pause()
    driver.runner.step(1)
    driver.runner.resume()
    assert driver.until_outcome() == Finished()
    assert driver.recording().state == "complete"


def test_a_paused_run_is_cancelled(driver: Driver) -> None:
    driver.model("layer")
    begin(driver, paused=True)
    driver.runner.cancel()
    assert driver.until_outcome() == Cancelled()
    assert driver.recording().state == "partial"


def test_a_cancel_reaches_a_model_that_runs_nothing_recurrent(driver: Driver) -> None:
    driver.model("computes")
    begin(driver)
    driver.until(driver.acts.exists)
    driver.runner.cancel()
    assert driver.until_outcome() == Cancelled()
    recording = driver.recording()
    assert recording.state == "partial"
    assert recording.committed("cell") == ((0, ACTS_AT),)


@pytest.mark.parametrize(
    ("name", "words", "next_step"),
    [
        ("raises", "raised ValueError at step 700: one step too many", "mended"),
        ("memory", "There was not enough memory at step 700.", "fewer samples"),
        ("sys_exit", "called sys.exit(4) at step 700.", "out of its forward"),
    ],
)
def test_a_forward_that_fails_says_where_and_keeps_the_steps(
    driver: Driver, name: str, words: str, next_step: str
) -> None:
    driver.model(name)
    outcome = driver.run()
    assert isinstance(outcome, Failed)
    assert words in outcome.message
    assert "The 700 steps before are kept." in outcome.message
    assert next_step in outcome.next_step
    assert "models.py" in outcome.details
    recording = driver.recording()
    assert recording.state == "partial"
    assert recording.committed("cell") == ((0, ACTS_AT),)


def test_a_refusal_leaves_what_is_open(driver: Driver) -> None:
    driver.model("layer")
    refused = driver.do(OpenModel(str(driver.source)))
    assert isinstance(refused, Failed)
    assert refused.kind == "NeedsTrust"
    assert isinstance(driver.do(OpenSequence("/nowhere.npy")), Failed)
    assert driver.run() == Finished()
    assert driver.do(Verify()) == Finished()


def test_a_sequence_that_is_only_looked_at_comes_as_a_picture(driver: Driver) -> None:
    driver.model("nothing")
    choices = {"steps": 20, "features": 3}
    assert driver.do(LookAtSequence("generate:sine", choices)) == Finished()
    seen = driver.said[0]
    assert isinstance(seen, SequenceSeen)
    assert seen.sight.low.shape == (20, 3)


def test_a_command_is_refused_while_one_runs(driver: Driver) -> None:
    driver.model("layer")
    begin(driver, paused=True)
    with pytest.raises(RuntimeError, match="is running"):
        driver.runner.start(Verify())
    driver.runner.cancel()
    assert driver.until_outcome() == Cancelled()


def test_a_cancel_of_one_command_is_not_one_of_the_next(driver: Driver) -> None:
    driver.model("layer")
    begin(driver, paused=True)
    driver.runner.cancel()
    driver.until_outcome()
    driver.runner.cancel()
    assert driver.run("next") == Finished()


@pytest.fixture(params=BOTH)
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    """A runner for one test, which does not leave it as it was."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    runner = make_runner(request.param, workspace)
    yield Driver(runner, workspace)
    runner.close()


def test_a_cancel_ends_a_forward_that_never_returns(own: Driver) -> None:
    own.model("never_returns")
    begin(own)
    own.until(own.acts.exists)
    own.runner.cancel()
    assert own.until_outcome() == Cancelled()
    assert own.recording().state == "partial"


def test_closing_in_mid_run_leaves_nothing_behind(own: Driver) -> None:
    own.model("layer", 200_000)
    begin(own, paused=True)
    own.runner.step(3)
    own.until(lambda: bool(said_rows(own)))
    own.runner.close()
    assert not own.runner.busy
    assert own.recording().state == "partial"
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("lstm-studio")]
