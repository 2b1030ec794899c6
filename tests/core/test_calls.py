"""Calls one by one and in runs say the same."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_studio.core.calls import Calls

SOURCES = st.sampled_from(["zeros", "carried", "given"])
MADE = st.lists(st.tuples(st.integers(1, 4), SOURCES, st.integers(1, 5)), max_size=8)


@given(MADE, st.integers(0, 40), st.integers(0, 40), st.integers(0, 12))
def test_calls_that_begin_in_a_span(
    made: list[tuple[int, str, int]], low: int, high: int, crowded: int
) -> None:
    calls = Calls("forward")
    want: list[tuple[int, str, int]] = []
    for steps, source, count in made:
        for _ in range(count):
            start = calls.begin(steps, source)  # type: ignore[arg-type]
            want.append((start, source, len(want)))
        # Asked for while there come more, as a window does.
        assert [(c.start, c.initial_state) for c in calls.expanded()] == [
            each[:2] for each in want
        ]
    inside = [each for each in want if low <= each[0] < high]
    if len(inside) > crowded:
        inside = [each for each in inside if each[1] != "carried"]
    assert calls.beginning((low, high), crowded) == inside
    assert [c.stop - c.start for c in calls.expanded()] == [
        steps for steps, _, count in made for _ in range(count)
    ]


@given(MADE)
def test_calls_of_a_moment_are_those_of_that_moment(
    made: list[tuple[int, str, int]],
) -> None:
    calls = Calls("forward")
    for steps, source, count in made:
        for _ in range(count):
            lengths = (1,) if steps == 4 else None
            calls.begin(steps, source, lengths)  # type: ignore[arg-type]
    then, want = calls.so_far(), calls.expanded()
    calls.begin(1, "zeros")
    assert len(then) == len(want)
    assert tuple(then) == then[:] == want
    assert then[1:-1:2] == want[1:-1:2]
    assert then.sources == Counter(call.initial_state for call in want)
    assert then.packed == sum(call.lengths is not None for call in want)
    if want:
        assert then[-1] == want[-1]
    with pytest.raises(IndexError):
        then[len(want)]
