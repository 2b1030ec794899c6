"""One cursor for two sessions: what is carried, what is not, and how it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_studio.core.view import Pin
from lstm_studio.session.link import Link
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panels.recorded import make_recording, make_session


@pytest.fixture
def first(qapp: object, tmp_path: Path) -> Iterator[Session]:
    session = make_session(tmp_path, make_recording(units=8))
    yield session
    session.close()


@pytest.fixture
def second(qapp: object, tmp_path: Path) -> Iterator[Session]:
    """Fewer steps, fewer units, and other streams."""
    recording = make_recording(kind="gru", calls=(Planned(60),), units=5)
    session = make_session(tmp_path, recording)
    yield session
    session.close()


@pytest.fixture
def link(first: Session, second: Session) -> Link:
    return Link(first, second)


def test_the_cursor_goes_along_both_ways(
    link: Link, first: Session, second: Session
) -> None:
    first.look(layer="rnn.l1", unit=3, step=17)
    assert (second.view.layer, second.view.unit, second.view.step) == ("rnn.l1", 3, 17)
    second.look(layer="rnn.l0", step=20, span=(10, 40))
    assert (first.view.layer, first.view.step) == ("rnn.l0", 20)
    assert first.view.span == (10, 40)


def test_what_is_not_there_changes_nothing(
    link: Link, first: Session, second: Session
) -> None:
    second.look(unit=2, streams={"rnn.l0": "z"})
    assert first.view.unit == 2
    assert first.view.streams == {}
    first.look(unit=7, streams={"rnn.l0": "h", "rnn.l1": "f"})
    assert second.view.unit == 2
    assert second.view.streams == {"rnn.l0": "h"}


def test_the_shorter_one_waits_at_its_end(
    link: Link, first: Session, second: Session
) -> None:
    first.look(step=100)
    assert second.view.step == 59
    assert first.view.step == 100


def test_pins_and_what_is_undone_are_each_ones_own(
    link: Link, first: Session, second: Session
) -> None:
    first.pin(Pin("rnn.l0", "h", 1))
    first.look(step=9)
    assert second.view.pins == ()
    assert not second.history.can_undo
    first.undo()
    assert first.view.step == second.view.step == 0


def test_the_link_can_be_parted_and_taken_up(
    link: Link, first: Session, second: Session
) -> None:
    told: list[bool] = []
    link.changed.connect(lambda: told.append(link.on))
    link.turn(first, on=False)
    first.look(step=9)
    assert second.view.step == 0
    second.look(step=30)
    link.turn(first, on=True)
    assert second.view.step == 9
    assert told == [False, True]


def test_an_ended_link_leaves_both_alone(
    link: Link, first: Session, second: Session
) -> None:
    link.end()
    first.look(step=9)
    assert second.view.step == 0


def test_a_playing_cursor_takes_the_other_along(
    link: Link, first: Session, second: Session
) -> None:
    first.play(float("inf"))
    first._on_frame()
    first._on_frame()
    assert first.view.step == second.view.step > 0
