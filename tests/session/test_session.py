"""The view-model on a real engine, without threads."""

from pathlib import Path

import numpy as np
import torch
from pytestqt.qtbot import QtBot

import lstm_studio
from lstm_studio.core.messages import Failed, Finished
from lstm_studio.core.view import Pin
from lstm_studio.engine.workbench import Workbench
from lstm_studio.session.playback import EVERY_FRAME
from lstm_studio.session.reader import InlineReader
from lstm_studio.session.runner import InlineRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from tests.session.conftest import STEPS, make_module


def test_a_run_ends_with_its_recording_open(session: Session) -> None:
    assert session.outcome == Finished()
    assert session.recording is not None
    assert session.extent.steps == STEPS
    assert session.extent.samples == 2
    assert session.view.layer == "l0" or session.view.layer == "lstm.l0"
    assert session.view.span == (0, STEPS)
    assert not session.busy


def test_rows_are_those_of_record(session: Session) -> None:
    x = torch.randn(2, STEPS, 3, generator=torch.Generator().manual_seed(1))
    plain = lstm_studio.record(make_module(), x)
    layer = list(plain.layers)[1]
    session.look(sample=1)
    for stream in ("h", "c", "i", "f", "g", "o"):
        rows = session.rows(layer, stream, slice(10, 30), (1, 4))
        assert rows is not None
        np.testing.assert_array_equal(
            rows, plain.read(layer, stream, slice(10, 30), [1, 4], 1)
        )


def test_a_picture_hides_nothing(session: Session) -> None:
    layer = next(iter(session.extent.layers))
    block = session.picture(layer, "h", (0, STEPS), 16)
    rows = session.rows(layer, "h", slice(None))
    assert block is not None
    assert rows is not None
    assert block.start <= 0
    assert block.stop >= STEPS
    assert block.low.shape[0] <= 16
    np.testing.assert_array_equal(np.fmin.reduce(block.low), rows.min(axis=0))
    np.testing.assert_array_equal(np.fmax.reduce(block.high), rows.max(axis=0))


def test_look_says_what_changed_and_clamps(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.view_changed) as changed:
        session.look(step=-7, unit=99)
    old, new = changed.args
    assert (old.step, old.unit) == (STEPS - 1, 0)
    assert (new.step, new.unit) == (0, 5)


def test_a_view_that_stays_the_same_is_not_told(session: Session, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(session.view_changed):
        session.look(step=session.view.step)


def test_undo_and_redo_of_views(session: Session) -> None:
    first = session.view
    session.look(unit=3)
    session.look(span=(20, 60))
    session.look(span=(30, 50))
    session.undo()
    assert (session.view.unit, session.view.span) == (3, (0, STEPS))
    session.undo()
    assert session.view == first
    session.redo()
    session.redo()
    assert session.view.span == (30, 50)


def test_pins_are_kept_once_and_through_the_next_run(
    session: Session, qtbot: QtBot
) -> None:
    pin = Pin(str(session.view.layer), "c", 2)
    session.pin(pin)
    session.pin(pin)
    assert session.view.pins == (pin,)
    with qtbot.waitSignal(session.ended):
        session.run()
    assert session.view.pins == (pin,)
    session.unpin(pin)
    assert session.view.pins == ()


def test_playback_moves_the_cursor_and_stops_at_the_end(
    session: Session, qtbot: QtBot
) -> None:
    session.look(step=STEPS - 3)
    session.play(1000)
    qtbot.waitUntil(lambda: session.playing == 0)
    assert session.view.step == STEPS - 1
    session.play(-1000)
    qtbot.waitUntil(lambda: session.playing == 0)
    assert session.view.step == 0


def test_a_saved_recording_opens_again(session: Session, tmp_path: Path) -> None:
    layer = str(session.view.layer)
    rows = session.rows(layer, "f", slice(None))
    session.save_recording(str(tmp_path / "kept"))
    session.open_recording(str(tmp_path / "kept"))
    np.testing.assert_array_equal(session.rows(layer, "f", slice(None)), rows)


def test_an_error_is_an_outcome_and_the_recording_stays(
    session: Session, qtbot: QtBot
) -> None:
    before = session.recording
    with qtbot.waitSignal(session.ended) as ended:
        session.open_sequence("/nowhere/sequence.npy")
    outcome = ended.args[0]
    assert isinstance(outcome, Failed)
    assert "sequence.npy" in outcome.message
    assert session.recording is before


def test_playback_begins_again_at_the_end_of_what_is_in_sight(
    session: Session, qtbot: QtBot
) -> None:
    session.look(span=(20, 30), step=28)
    session.loop_span(on=True)
    steps: list[int] = []
    session.view_changed.connect(lambda _, view: steps.append(view.step))
    session.play(EVERY_FRAME)
    qtbot.waitUntil(lambda: len(steps) > 14)
    # Every step is shown, and after the last comes the first.
    assert steps[:14] == [29, *range(20, 30), 20, 21, 22]
    session.play(-EVERY_FRAME)
    qtbot.waitUntil(lambda: 29 in steps[15:])
    assert session.playing
    session.loop_span(on=False)
    session.look(step=2)
    session.play(-EVERY_FRAME)
    qtbot.waitUntil(lambda: not session.playing)
    assert session.view.step == 0


def test_an_example_says_once_what_to_look_at(
    qapp: object, tmp_path: Path, qtbot: QtBot
) -> None:
    runner = InlineRunner(Workbench().perform)
    session = Session(runner, Workspace(tmp_path), InlineReader)
    session.open_example("flip-flop")
    qtbot.waitUntil(lambda: session.recording is not None and not session.busy)
    shown = session.view
    assert shown.unit or shown.pins
    other = Pin(next(iter(session.extent.layers)), "h", 5)
    assert other not in shown.pins
    session.look(pins=(other,), unit=5)
    with qtbot.waitSignal(session.ended):
        session.run()
    assert session.view.pins == (other,)
    assert session.view.unit == 5
    session.close()
