"""How many steps are computed at once."""

from typing import Any

import pytest

from lstm_studio.core.control import RunControl
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.pace import (
    ASSUMED_SPEED,
    CHUNK_SECONDS,
    FIRST_SECONDS,
    WAVE_SECONDS,
    Pace,
)

WORK = [1_000_000, 1_000_000]
A_SECOND = int(ASSUMED_SPEED) // sum(WORK)
"""Steps of both layers, at the speed that is assumed."""


@pytest.fixture
def pace() -> Pace:
    return Pace(Recorder(), RunControl(), lambda _: None)


def test_nothing_was_timed_yet(pace: Any) -> None:
    steps = pace.chunk("lstm", WORK, 100 * A_SECOND)
    assert steps == pytest.approx(2 * FIRST_SECONDS * A_SECOND, rel=0.02)


@pytest.mark.parametrize("faster", [0.1, 1, 10])
def test_as_fast_as_measured(pace: Any, faster: Any) -> None:
    pace.measured("lstm", sum(WORK) * 1000, 1000 / (A_SECOND * faster))
    steps = pace.chunk("lstm", WORK, 1000 * A_SECOND)
    assert steps == pytest.approx(2 * CHUNK_SECONDS * A_SECOND * faster, rel=0.02)
    # Of another module nothing is known.
    other = pace.chunk("decoder", WORK, 1000 * A_SECOND)
    assert other == pytest.approx(2 * FIRST_SECONDS * A_SECOND, rel=0.02)


def test_rows_of_many_layers_come_all_the_same(pace: Any) -> None:
    pace.measured("lstm", sum(WORK) * A_SECOND, 1.0)
    steps = pace.chunk("lstm", WORK * 10, 1000 * A_SECOND)
    assert steps == pytest.approx(WAVE_SECONDS * A_SECOND / 10, rel=0.02)


@pytest.mark.parametrize("chunks", [0.4, 1.3, 1.6, 2.3])
def test_chunks_are_equal(pace: Any, chunks: Any) -> None:
    pace.measured("lstm", sum(WORK) * A_SECOND, 1.0)
    left = int(2 * CHUNK_SECONDS * A_SECOND * chunks)
    taken = []
    while left:
        taken.append(pace.chunk("lstm", WORK, left))
        left -= taken[-1]
    assert len(taken) == max(round(chunks), 1)
    assert max(taken) - min(taken) <= 1
