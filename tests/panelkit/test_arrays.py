import numpy as np
import pytest

from lstm_studio.panelkit import arrays
from lstm_studio.panelkit.arrays import ArrayReader, tiles
from lstm_studio.session.session import Session


def test_the_same_window_is_thinned_once(recorded_session: Session) -> None:
    reader = ArrayReader(recorded_session)
    values = np.zeros((50, 1), np.float32)
    first = reader.read(values, (0, 50), 10)
    assert first is not None
    assert reader.read(values, (0, 50), 10) is first
    assert reader.read(values, (3, 50), 10) is first
    assert reader.read(values, (0, 20), 10) is not first
    assert reader.read(values.copy(), (0, 40), 10) is not first


def test_much_is_left_to_the_reader(
    recorded_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    here = ArrayReader(recorded_session).read(values, (100, 900), 60)
    monkeypatch.setattr(arrays, "AT_ONCE", 10)
    there = ArrayReader(recorded_session).read(values, (100, 900), 60)
    assert here is not None
    assert there is not None
    assert there.start == here.start
    assert there.steps_per_column == here.steps_per_column
    np.testing.assert_array_equal(there.low, here.low)


@pytest.mark.parametrize("span", [(0, 8), (37, 120), (900, 1400), (5, 6)])
def test_window_covers_the_span_and_stays_in_a_small_pan(span: tuple[int, int]) -> None:
    start, stop = tiles(span)
    assert start <= span[0]
    assert stop >= span[1]
    assert stop - start <= 3 * max(span[1] - span[0], 1)
    length = span[1] - span[0]
    windows = {tiles((span[0] + k, span[0] + k + length)) for k in range(length // 4)}
    assert len(windows) <= 3
