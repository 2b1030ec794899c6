"""How many steps are computed at once."""

from typing import Any

import pytest

from lstm_studio.core.control import RunControl
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.pace import (
    ASSUMED_SPEED,
    CHUNK_SECONDS,
    FIRST_SECONDS,
    SPEEDS,
    WAVE_SECONDS,
    Pace,
)

WORK = [1_000_000, 1_000_000]
A_SECOND = int(ASSUMED_SPEED) // sum(WORK)
"""Steps of both layers, at the speed that is assumed."""


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Pace:
    for known in [*SPEEDS]:
        monkeypatch.delitem(SPEEDS, known)
    return Pace(Recorder(), RunControl(), lambda _: None)


def test_nothing_was_timed_yet(pace: Any) -> None:
    steps = pace.chunk(("cpu",), WORK, 100 * A_SECOND)
    assert steps == pytest.approx(2 * FIRST_SECONDS * A_SECOND, rel=0.02)


@pytest.mark.parametrize("faster", [0.1, 1, 10])
def test_as_fast_as_measured(pace: Any, faster: Any) -> None:
    pace.measured(("cpu",), WORK, 1000, 1000 / (A_SECOND * faster))
    # The next run knows it, too.
    for each in (pace, Pace(Recorder(), RunControl(), lambda _: None)):
        steps = each.chunk(("cpu",), WORK, 1000 * A_SECOND)
        assert steps == pytest.approx(2 * CHUNK_SECONDS * A_SECOND * faster, rel=0.02)
    # Of another device and of other layers nothing is known.
    for device, work in (("cuda:0", WORK), ("cpu", [2_000_000, 1_000_000])):
        steps = pace.chunk((device,), work, 1000 * A_SECOND)
        planned = 2 * FIRST_SECONDS * ASSUMED_SPEED / sum(work)
        assert steps == pytest.approx(planned, rel=0.02)


def test_a_chunk_of_no_time_tells_nothing(pace: Any) -> None:
    pace.measured(("cpu",), WORK, 3, 0.0009)
    steps = pace.chunk(("cpu",), WORK, 100 * A_SECOND)
    assert steps == pytest.approx(2 * FIRST_SECONDS * A_SECOND, rel=0.02)


def test_rows_of_many_layers_come_all_the_same(pace: Any) -> None:
    pace.measured(("cpu",), WORK * 10, A_SECOND // 10, 1.0)
    steps = pace.chunk(("cpu",), WORK * 10, 1000 * A_SECOND)
    assert steps == pytest.approx(WAVE_SECONDS * A_SECOND / 10, rel=0.02)


@pytest.mark.parametrize("chunks", [0.4, 1.3, 1.6, 2.3])
def test_chunks_are_equal(pace: Any, chunks: Any) -> None:
    pace.measured(("cpu",), WORK, A_SECOND, 1.0)
    left = int(2 * CHUNK_SECONDS * A_SECOND * chunks)
    taken = []
    while left:
        taken.append(pace.chunk(("cpu",), WORK, left))
        left -= taken[-1]
    assert len(taken) == max(round(chunks), 1)
    assert max(taken) - min(taken) <= 1
