"""The thread runner: messages in order, outcome last, nothing left behind."""

import threading
from collections.abc import Callable, Iterator

import pytest

from lstm_studio.core.commands import Command, Verify
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import (
    Cancelled,
    Finished,
    Message,
    Outcome,
    Progress,
)
from lstm_studio.session.runner import MAILBOX, ThreadRunner

Publish = Callable[[Message], None]
STEPS = 10_000


class Count:
    """A job that says each of its steps."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def __call__(
        self, command: Command, control: RunControl, publish: Publish
    ) -> Outcome:
        self.threads.add(threading.current_thread().name)
        try:
            for step in range(STEPS):
                control.take(1)
                publish(Progress("counting", step, STEPS, 0.0))
        except JobCancelled:
            return Cancelled()
        return Finished()


@pytest.fixture
def runner() -> Iterator[ThreadRunner]:
    runner = ThreadRunner(Count())
    yield runner
    runner.close()


def until_outcome(runner: ThreadRunner) -> list[Message]:
    messages: list[Message] = []
    while runner.busy:
        messages.extend(runner.messages())
    return messages


def test_every_message_arrives_in_order_and_the_outcome_last(
    runner: ThreadRunner,
) -> None:
    runner.start(Verify())
    *said, outcome = until_outcome(runner)
    assert [m.done for m in said if isinstance(m, Progress)] == list(range(STEPS))
    assert outcome == Finished()


def test_a_full_mailbox_makes_the_job_wait(runner: ThreadRunner) -> None:
    runner.start(Verify())
    first = []
    while len(first) < 10:
        first.extend(runner.messages())
    rest = until_outcome(runner)
    assert len(first) + len(rest) == STEPS + 1
    assert len(runner.messages()) == 0
    assert MAILBOX < STEPS


def test_a_command_is_refused_while_one_runs(runner: ThreadRunner) -> None:
    runner.start(Verify(), paused=True)
    with pytest.raises(RuntimeError, match="is running"):
        runner.start(Verify())


def test_cancel_is_an_outcome_of_its_own(runner: ThreadRunner) -> None:
    runner.start(Verify(), paused=True)
    runner.cancel()
    assert until_outcome(runner) == [Cancelled()]


def test_a_step_at_a_time(runner: ThreadRunner) -> None:
    runner.start(Verify(), paused=True)
    runner.step(3)
    messages: list[Message] = []
    while len(messages) < 3:
        messages.extend(runner.messages())
    assert [m.done for m in messages if isinstance(m, Progress)] == [0, 1, 2]
    runner.resume()
    assert len(until_outcome(runner)) == STEPS - 3 + 1


def test_close_ends_a_job_that_waits_for_room(runner: ThreadRunner) -> None:
    runner.start(Verify())
    runner.close()
    assert not runner.busy
    assert not [t for t in threading.enumerate() if t.name == "lstm-studio Verify"]


def test_a_late_message_of_one_command_has_no_reader_in_the_next(
    runner: ThreadRunner,
) -> None:
    runner.start(Verify())
    runner.close()
    runner.start(Verify(), paused=True)
    runner.cancel()
    assert until_outcome(runner) == [Cancelled()]
