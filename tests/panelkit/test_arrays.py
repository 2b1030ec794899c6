import numpy as np
import pytest

from lstm_studio.panelkit import arrays
from lstm_studio.panelkit.arrays import ArrayReader, block_of, tiles


def test_columns_hold_lowest_and_highest() -> None:
    values = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    block = block_of(values, (130, 970), 16)
    size = block.steps_per_column
    assert block.start == 128
    for column in (0, 7, len(block.low) - 1):
        rows = values[block.start + column * size :][:size]
        assert (block.low[column] == rows.min(axis=0)).all()
        assert (block.high[column] == rows.max(axis=0)).all()
    assert block.exact


def test_too_much_for_a_frame_is_said_to_be_coarse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrays, "MOST_VALUES", 100)
    values = np.arange(1024, dtype=np.float32)[:, np.newaxis]
    block = block_of(values, (0, 1024), 32)
    assert not block.exact
    assert block.steps_per_column == 32
    assert len(block.low) == 32
    assert (block.low[:, 0] == np.arange(0, 1024, 32)).all()


def test_the_same_window_is_thinned_once() -> None:
    reader = ArrayReader()
    values = np.zeros((50, 1), np.float32)
    first = reader.read(values, (0, 50), 10)
    assert reader.read(values, (0, 50), 10) is first
    assert reader.read(values, (3, 50), 10) is first
    assert reader.read(values, (0, 20), 10) is not first
    assert reader.read(values.copy(), (0, 40), 10) is not first


@pytest.mark.parametrize("span", [(0, 8), (37, 120), (900, 1400), (5, 6)])
def test_window_covers_the_span_and_stays_in_a_small_pan(span: tuple[int, int]) -> None:
    start, stop = tiles(span)
    assert start <= span[0]
    assert stop >= span[1]
    assert stop - start <= 3 * max(span[1] - span[0], 1)
    length = span[1] - span[0]
    windows = {tiles((span[0] + k, span[0] + k + length)) for k in range(length // 4)}
    assert len(windows) <= 3
