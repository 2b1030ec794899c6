"""B − A against plain numpy, thinned or not, and of runs that do not end together."""

import numpy as np
import pytest

from lstm_studio.core import difference as module
from lstm_studio.core.difference import difference
from lstm_studio.core.recording import Recording
from tests.core.reference import Planned
from tests.panels.recorded import make_recording


@pytest.fixture
def pair() -> tuple[Recording, Recording]:
    return make_recording(gain=1), make_recording(gain=2, calls=(Planned(100),))


@pytest.mark.parametrize("size", [1, 2, 16, 64])
@pytest.mark.parametrize("span", [(0, 120), (32, 64), (64, 300)])
def test_it_is_the_second_less_the_first(
    pair: tuple[Recording, Recording], size: int, span: tuple[int, int]
) -> None:
    found = difference(*pair, "rnn.l1", "c", span, size)
    stop = min(-(-span[1] // size) * size, 100)
    start = span[0] // size * size
    one, other = (each.read("rnn.l1", "c", slice(start, stop)) for each in pair)
    apart = other - one
    assert (found.block.start, found.block.stop) == (start, stop)
    for column, at in enumerate(range(0, len(apart), size)):
        part = apart[at : at + size]
        np.testing.assert_array_equal(found.block.low[column], part.min(axis=0))
        np.testing.assert_array_equal(found.block.high[column], part.max(axis=0))
    assert len(found.block.low) == -(-len(apart) // size)
    row, unit = np.unravel_index(np.abs(apart).argmax(), apart.shape)
    assert (found.step, found.unit) == (start + row, unit)
    assert found.largest == pytest.approx(apart[row, unit])
    assert found.first == one[row, unit]


def test_many_values_are_looked_at_in_part(
    pair: tuple[Recording, Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 100 * 6 // 4)
    found = difference(*pair, "rnn.l1", "h", (0, 120), 16)
    assert not found.block.exact
    rows = slice(0, 100, 4)
    one, other = (each.read("rnn.l1", "h", rows) for each in pair)
    np.testing.assert_array_equal(found.block.high[0], (other - one)[:4].max(axis=0))


def test_equal_runs_differ_nowhere(pair: tuple[Recording, Recording]) -> None:
    found = difference(pair[0], pair[0], "rnn.l0", "f", (0, 120), 1)
    assert found.largest == 0
    assert not found.block.low.any()


def test_where_only_one_has_steps_nothing_is_compared(
    pair: tuple[Recording, Recording],
) -> None:
    found = difference(*pair, "rnn.l0", "h", (110, 120), 1)
    assert found.block.low.shape == (0, 6)
    assert found.largest == 0
