"""Two real threads: what the window says is what the job does."""

import threading
from collections.abc import Callable, Iterator

import pytest

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled


class Job:
    """Takes steps in a thread, one at a time, until it is cancelled or done."""

    def __init__(self, control: RunControl, steps: int, most: int = 1) -> None:
        self.control, self.steps, self.most = control, steps, most
        self.done = 0
        self.cancelled = False
        self.taken = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._work, name="job")
        self.thread.start()

    def _work(self) -> None:
        try:
            while self.done < self.steps:
                taken = self.control.take(min(self.most, self.steps - self.done))
                self.done += taken
                for _ in range(taken):
                    self.taken.release()
        except JobCancelled:
            self.cancelled = True

    def wait_for(self, steps: int) -> None:
        for _ in range(steps):
            assert self.taken.acquire(timeout=30)


@pytest.fixture
def start() -> Iterator[Callable[..., Job]]:
    jobs: list[Job] = []

    def start(control: RunControl, steps: int, most: int = 1) -> Job:
        jobs.append(Job(control, steps, most))
        return jobs[-1]

    yield start
    for job in jobs:
        job.control.cancel()
        job.thread.join(timeout=30)
        assert not job.thread.is_alive()


def test_a_job_that_nobody_stops_runs_to_its_end(start: Callable[..., Job]) -> None:
    job = start(RunControl(), 1000)
    job.thread.join(timeout=30)
    assert job.done == 1000


def test_step_runs_exactly_the_steps_it_grants(start: Callable[..., Job]) -> None:
    control = RunControl(paused=True)
    job = start(control, 1000, most=64)
    control.step(3)
    job.wait_for(3)
    assert not job.taken.acquire(timeout=0.05)
    assert job.done == 3


def test_steps_add_up_while_the_job_waits(start: Callable[..., Job]) -> None:
    control = RunControl(paused=True)
    control.step(2)
    control.step(3)
    job = start(control, 1000, most=64)
    job.wait_for(5)
    assert not job.taken.acquire(timeout=0.05)


def test_pause_takes_back_what_was_granted() -> None:
    control = RunControl(paused=True)
    control.step(5)
    control.pause()
    control.step(1)
    assert control.take(64) == 1


def test_a_paused_job_goes_on_when_resumed(start: Callable[..., Job]) -> None:
    control = RunControl(paused=True)
    job = start(control, 100)
    assert not job.taken.acquire(timeout=0.05)
    control.resume()
    job.thread.join(timeout=30)
    assert job.done == 100


def test_a_paused_job_can_be_cancelled(start: Callable[..., Job]) -> None:
    control = RunControl(paused=True)
    job = start(control, 100)
    control.cancel()
    job.thread.join(timeout=30)
    assert job.cancelled
    assert job.done == 0


def test_checkpoint_raises_only_after_cancel() -> None:
    control = RunControl(paused=True)
    control.checkpoint()
    control.cancel()
    with pytest.raises(JobCancelled):
        control.checkpoint()


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        RunControl().step(0)


def test_the_time_of_standing_still_is_known(start: Callable[..., Job]) -> None:
    control = RunControl(paused=True)
    job = start(control, 10)
    assert not job.taken.acquire(timeout=0.05)
    control.resume()
    job.thread.join(timeout=30)
    assert control.waited > 0
    assert start(RunControl(), 10).control.waited == 0
