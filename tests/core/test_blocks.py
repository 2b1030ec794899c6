import numpy as np

from lstm_studio.core.blocks import block_of


def test_columns_hold_lowest_and_highest() -> None:
    values = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    block = block_of(values, (130, 970), 16, 1_000_000)
    size = block.steps_per_column
    assert block.start == 128
    for column in (0, 7, len(block.low) - 1):
        rows = values[block.start + column * size :][:size]
        assert (block.low[column] == rows.min(axis=0)).all()
        assert (block.high[column] == rows.max(axis=0)).all()
    assert block.exact


def test_too_much_is_looked_at_in_part_and_says_so() -> None:
    values = np.arange(1024, dtype=np.float32)[:, np.newaxis]
    block = block_of(values, (0, 1024), 32, 100)
    assert not block.exact
    assert block.steps_per_column == 32
    assert len(block.low) == 32
    assert (block.low[:, 0] == np.arange(0, 1024, 32)).all()
