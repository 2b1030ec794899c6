"""A run is held up, stopped and followed by another; in a thread of its own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pytestqt.qtbot import QtBot

import lstm_studio
from lstm_studio.core.condition import Comparison, Condition
from lstm_studio.core.messages import Cancelled, Finished
from lstm_studio.session.session import Session
from tests.session.conftest import STEPS, make_module

LONG = 200_000


def make_layers() -> tuple[str, ...]:
    return tuple(lstm_studio.record(make_module(), torch.zeros(1, 1, 3)).layers)


def test_a_live_run_is_followed_and_every_step_arrives(
    make: Callable[..., Session], qtbot: QtBot
) -> None:
    session = make(threads=True, steps=STEPS)
    layer = next(iter(make_layers()))
    steps: list[int] = []
    session.view_changed.connect(lambda _old, new: steps.append(new.step))
    session.run(paused=True)
    for done in (3, 10, 40):
        session.step(done - (steps[-1] + 1 if steps else 0))
        qtbot.waitUntil(lambda done=done: session.view.step == done - 1)
    with qtbot.waitSignal(session.ended):
        session.resume()
    assert session.outcome == Finished()
    assert steps == sorted(steps)
    assert steps[-1] == STEPS - 1
    assert session.recording is not None
    assert session.recording.committed(layer) == ((0, STEPS),)


def test_a_paused_run_steps_and_is_cancelled(
    make: Callable[..., Session], qtbot: QtBot
) -> None:
    session = make(threads=True, steps=LONG)
    session.run(paused=True)
    assert session.paused
    session.step(3)
    layer = next(iter(make_layers()))

    def there() -> bool:
        recording = session.recording
        return (
            recording is not None
            and session.extent.layers != {}
            and (recording.committed(layer) == ((0, 3),))
        )

    qtbot.waitUntil(there)
    with qtbot.waitSignal(session.ended) as ended:
        session.cancel()
    assert ended.args == [Cancelled()]
    assert session.recording is not None
    assert session.recording.committed(layer) == ((0, 3),)


def test_a_wish_during_a_run_takes_its_place(
    make: Callable[..., Session], qtbot: QtBot
) -> None:
    session = make(threads=True, steps=LONG)
    outcomes: list[object] = []
    session.ended.connect(outcomes.append)
    session.run(paused=True)
    session.verify()
    qtbot.waitUntil(lambda: len(outcomes) == 2)
    assert outcomes[0] == Cancelled()


def test_closing_in_mid_run_leaves_nothing(
    make: Callable[..., Session], tmp_path: Path
) -> None:
    session = make(threads=True, steps=LONG)
    session.run()
    session.close()
    assert list(tmp_path.glob("lstm-studio-*")) == []


def test_a_condition_reaches_a_run_that_goes_on(
    make: Callable[..., Session], qtbot: QtBot
) -> None:
    session = make(threads=True, steps=LONG)
    session.run(paused=True)
    session.step(100)
    qtbot.waitUntil(lambda: "l1" in session.extent.layers)
    recording = session.recording
    assert recording is not None
    qtbot.waitUntil(lambda: recording.committed("l1") == ((0, 100),))
    values = recording.read("l1", "h", slice(20, 100), 0)[:, 0]
    border = float((values.min() + values.max()) / 2)
    crossed = Condition(((Comparison("l1", 0, "h", ">", border),),))
    session.stop_at(crossed)
    session.resume()
    # All that is left may be one chunk: then it pauses at its end, and is done.
    qtbot.waitUntil(lambda: session.paused or not session.busy)
    # Else it would pause wherever the condition begins to hold again.
    session.stop_at(None)
    if session.busy:
        with qtbot.waitSignal(session.ended):
            session.resume()
    assert session.outcome == Finished()
    assert session.recording is not None
    begins = np.flatnonzero(crossed.marks(session.recording, 100, 1_000))
    assert session.view.step == 100 + int(begins[0])


def test_a_run_pauses_where_a_condition_begins_to_hold(
    make: Callable[..., Session], qtbot: QtBot
) -> None:
    session = make(threads=True, steps=LONG)
    session.stop_at(Condition(((Comparison("l1", 0, "h", "<", 2.0),),)))
    session.run()
    qtbot.waitUntil(lambda: session.paused)
    assert session.busy
    assert (session.view.step, session.view.follow) == (0, False)
    with qtbot.waitSignal(session.ended):
        session.resume()
    assert session.outcome == Finished()
    assert not session.paused
