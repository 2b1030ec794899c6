import numpy as np
import pytest

from lstm_studio.panelkit.lines import (
    Series,
    bad_in,
    points,
    round_range,
    series_of,
    thinning_text,
)
from lstm_studio.panelkit.marks import Marks


def test_values_stand_in_the_middle_of_their_steps() -> None:
    values = np.array([1.0, 2.0, 3.0], np.float32)
    x, y = points(series_of(values, 10, columns=100, span=3))
    assert x.tolist() == [10.5, 11.5, 12.5]
    assert y.tolist() == [1, 2, 3]


def test_thinned_lines_keep_every_extreme() -> None:
    values = np.zeros(1000, np.float32)
    values[[123, 777]] = 5, -7
    series = series_of(values, 0, columns=100, span=1000)
    assert series.steps_per_column == 16
    x, y = points(series)
    assert len(x) == len(y) == 2 * 63
    assert (y.max(), y.min()) == (5, -7)
    assert abs(x[y.argmax()] - 123) <= 8
    assert (np.diff(x) >= 0).all()


def test_figures_are_exact_where_the_line_is_thinned() -> None:
    values = np.arange(1000, dtype=np.float32)
    series = series_of(values, 0, columns=10, span=1000)
    assert series.at(123) == (123, 123)
    assert series.at(1000 + 99) is None
    overview = Series(0, 8, values[:5], values[5:10])
    assert overview.at(9) == (1, 6)
    assert overview.text_at(9) == "\u20071.0000 to 6.0000"
    assert overview.text_at(-1) == ""


def test_y_has_round_ends_and_some_room() -> None:
    assert round_range(-0.2, 0.4) == pytest.approx((-1.06, 1.06))
    assert round_range(0, 2.6) == pytest.approx((-1.12, 3.12))


def test_thinning_is_said() -> None:
    values = np.zeros(4, np.float32)
    fine, thinned = Series(0, 1, values, values), Series(0, 8, values, values)
    coarse = Series(0, 8, values, values, exact=False)
    assert thinning_text([]) == thinning_text([fine]) == ""
    assert thinning_text([fine, thinned]) == "8:1 (low to high)"
    assert thinning_text([thinned, coarse]) == "8:1 (low to high, coarse)"


def test_bad_values_of_any_line_are_found() -> None:
    good, bad = np.zeros(10, np.float32), np.zeros(10, np.float32)
    bad[[4, 7]] = np.inf, np.nan
    lines = [Series(20, 1, good, good), Series(20, 1, bad, bad)]
    assert bad_in([], Marks(), running=False).steps == ()
    assert bad_in(lines[:1], Marks(), running=False).steps == ()
    found = bad_in(lines, Marks(((27, 30, "padding"),)), running=False)
    assert found.steps == (24,)


def test_lines_that_are_read_less_far_are_not_bad() -> None:
    # Of a run that goes on: the second line was read earlier, and has a NaN inside.
    values = np.arange(20, dtype=np.float32), np.arange(20, dtype=np.float32)
    values[1][12:] = np.nan
    lines = [Series(0, 1, each, each) for each in values]
    assert bad_in(lines, Marks(), running=True).steps == ()
    assert bad_in(lines, Marks(), running=False).steps == tuple(range(12, 20))
    values[1][5] = np.nan
    assert bad_in(lines, Marks(), running=True).steps == (5,)
