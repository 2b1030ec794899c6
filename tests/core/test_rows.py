"""Rows in memory."""

from typing import Any

import numpy as np
import pytest

from lstm_studio.core.rows import SMALLEST_BLOCK, MemoryRows

BLOCK = SMALLEST_BLOCK // (2 * 3 * 4)
"""Rows of a block."""


@pytest.fixture
def rows() -> MemoryRows:
    return MemoryRows(2, 3, np.dtype(np.float32))


def some(steps: int) -> Any:
    return np.random.default_rng(0).random((steps, 2, 3), np.float32)


def test_what_was_filled_in_is_there_when_it_is_written(rows: Any) -> None:
    values = some(5)
    room = rows.room(10, 15, 20)
    room[:] = values
    # As a run that is stepped writes them.
    rows.write(10, room[:2], 20)
    rows.write(12, room[2:], 20)
    np.testing.assert_array_equal(rows.block(10, 15), values)
    assert np.shares_memory(rows.block(10, 15), room)


def test_what_was_made_elsewhere_is_copied(rows: Any) -> None:
    values = some(5)
    room = rows.room(0, 5, 5)
    room[:] = 7
    rows.write(0, values, 5)
    values[:] = 0
    np.testing.assert_array_equal(rows.block(0, 5), some(5))


def test_rows_of_two_blocks_have_no_room(rows: Any) -> None:
    rows.write(0, some(5), 5)
    assert rows.room(BLOCK - 1, BLOCK + 1, BLOCK + 1) is None
    assert rows.room(BLOCK, BLOCK + 1, BLOCK + 1) is not None
    rows.write(BLOCK - 1, some(2), BLOCK + 1)
    np.testing.assert_array_equal(rows.block(BLOCK - 1, BLOCK + 1), some(2))


def test_a_whole_call_is_taken_over(rows: Any) -> None:
    call = some(5)
    rows.adopt(0, call, 5)
    for start in (0, 2):
        rows.write(start, call[start : start + 3], 5)
    assert np.shares_memory(rows.block(0, 5), call)
    # Short calls after it share a block.
    rows.adopt(5, call, 10)
    rows.write(5, call, 10)
    assert not np.shares_memory(rows.block(5, 10), call)
    np.testing.assert_array_equal(rows.block(0, 10), np.concatenate([call, call]))


def test_a_part_of_a_call_is_copied(rows: Any) -> None:
    call = some(5)
    for start, stop in ((0, 3), (3, 5)):
        rows.adopt(start, call[start:stop], 5)
        rows.write(start, call[start:stop], 5)
    assert not np.shares_memory(rows.block(0, 5), call)
    np.testing.assert_array_equal(rows.block(0, 5), call)
