"""While plots are drawn, what can wait does, but not for ever."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from lstm_studio.session import turn as module
from lstm_studio.session.turn import Patience, Turn, stand_aside


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Turn:
    # Long: a test on a machine that has much to do looks at it a good while later.
    monkeypatch.setattr(module, "LONGEST_S", 30.0)
    return Turn()


def test_a_turn_begins_when_plots_come_and_is_over_after_they_were_painted(
    turn: Turn,
) -> None:
    assert not turn.of_the_plots
    turn.come(5.0)
    assert not turn.of_the_plots
    turn.come(0.0)
    assert turn.of_the_plots
    turn.end()
    time.sleep(2 * module.MOMENT_S)
    assert not turn.of_the_plots
    turn.begin()
    assert turn.of_the_plots


def test_nothing_is_begun_beside_plots_that_are_due(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn.come(5.0)
    assert not turn.of_the_plots
    monkeypatch.setattr(module, "BEFORE_S", 30.0)
    assert turn.of_the_plots
    # Whoever only reads goes on meanwhile.
    stand_aside(turn)(None, None, None)
    turn.begin_picture(0.016)
    turn.end()
    time.sleep(2 * module.MOMENT_S)
    assert not turn.of_the_plots


def test_plots_that_are_drawn_together_are_one_picture(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(module, "time", clock)
    for now[0], rested in [(100.0, 0), (100.004, 0.004), (100.017, 0)]:
        turn.begin_picture(0.016)
        assert turn.rested_s == pytest.approx(rested)


def test_a_slow_thread_waits_a_while_longer(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn.end()
    time.sleep(2 * module.MOMENT_S)
    begin = time.monotonic()
    stand_aside(turn)(None, None, None)
    monkeypatch.setattr(module, "LONGEST_S", 0.0)
    stand_aside(turn, 0.05)(None, None, None)
    assert time.monotonic() >= min(begin + 0.05, turn.until + 0.05)


def test_a_turn_without_end_is_over_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.02)
    turn = Turn()
    turn.begin()
    time.sleep(0.03)
    assert not turn.of_the_plots


def test_a_thread_stands_aside_until_the_turn_is_over(turn: Turn) -> None:
    begun, done = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        sys.setprofile(stand_aside(turn))
        max(1, 2)
        sys.setprofile(None)
        done.set()

    turn.begin()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(10)
        assert not done.wait(0.05)
    finally:
        turn.end()
        thread.join()
    assert done.is_set()


def test_a_thread_that_waited_in_vain_goes_on(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn.begin()
    monkeypatch.setattr(module, "LONGEST_S", 0.02)
    monkeypatch.setattr(module, "PASS_S", 30.0)
    wait = stand_aside(turn)
    wait(None, None, None)
    assert turn.of_the_plots
    # And is not stopped at its next call.
    monkeypatch.setattr(module, "LONGEST_S", 3600.0)
    wait(None, None, None)


def test_one_is_patient_so_often_and_then_begins_anew(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITS", 2)
    patience = Patience(turn)
    assert not patience.stands_aside()
    turn.begin()
    assert [patience.stands_aside() for _ in range(5)] == [
        True,
        True,
        False,
        True,
        True,
    ]
