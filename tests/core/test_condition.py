"""Conditions: what they say, what is refused, and where they hold."""

from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core.condition import Comparison, Condition, parse
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.recording import Recording
from lstm_studio.core.sought import Found, Reset, SameInput, Saturated, find
from lstm_studio.core.store import Sequence
from tests.panels.recorded import LAYERS, STEPS, UNITS, make_recording

SIZES = Sizes(3, UNITS)
MADE = {
    name: Layer(name, "lstm", "rnn", index, "forward", SIZES)
    for index, name in enumerate(("rnn.l0", "rnn.l1", "and so.l0", "rnn"))
}

# Plain values: the checks of the types would roll dice within a strategy.
comparisons = st.tuples(
    st.sampled_from(list(MADE)),
    st.integers(0, UNITS - 1),
    st.sampled_from("hcifgo"),
    st.sampled_from([">", "<", ">=", "<="]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
Drawn = list[list[tuple[str, int, str, str, float, bool]]]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return make_recording()


@given(st.lists(st.lists(comparisons, min_size=1), min_size=1))
def test_what_a_condition_says_is_read_as_the_same(drawn: Drawn) -> None:
    parts = tuple(tuple(Comparison(*each) for each in part) for part in drawn)
    condition = Condition(parts)
    assert parse(str(condition), MADE, "rnn.l0", 0) == condition


@given(st.text("rn.l01 unithc|<>=.5and-", max_size=40))
def test_any_text_is_a_condition_or_refused_in_words(text: str) -> None:
    with suppress(DoesNotFit):
        condition = parse(text, MADE, "rnn.l0", 0)
        assert parse(str(condition), MADE, "rnn.l0", 0) == condition


def test_what_is_left_out_is_what_is_chosen() -> None:
    expected = Condition(((Comparison("rnn.l1", 4, "c", "<", -2.5, True),),), sample=1)
    assert parse("|c|<-2.5", MADE, "rnn.l1", 4, sample=1) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Something is missing."),
        ("h > ", "“h” is not understood."),
        ("h > 0.8 if", "“if” is not understood."),
        ("h > 0.8 and", "Something is missing."),
        ("rnn.l7 unit 0 h > 1", "“rnn.l7” is not understood."),
        ("rnn.l1 unit 6 h > 1", "rnn.l1 has no unit 6."),
        ("rnn.l1 unit 0 z > 1", "rnn.l1 has no stream z."),
    ],
)
def test_what_is_not_understood_is_named(text: str, message: str) -> None:
    with pytest.raises(DoesNotFit) as refused:
        parse(text, MADE, "rnn.l0", 0)
    assert refused.value.message == message


@settings(max_examples=30)
@given(st.data())
def test_marks_are_the_same_in_one_piece_and_in_many(
    recording: Recording, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, STEPS), max_size=5)))
    edges = [0, *cuts, STEPS]
    for sought in (
        parse("rnn.l1 unit 2 h > 0.05 or |g| < 0.2 and c < 0", MADE, "rnn.l0", 3),
        Reset("rnn.l0"),
        SameInput(4),
        Saturated("rnn.l0", 1, ("i", "f")),
    ):
        parts = [
            sought.marks(recording, start, stop) for start, stop in pairwise(edges)
        ]
        whole = sought.marks(recording, 0, STEPS)
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_it_holds_where_the_numbers_say_so(recording: Recording) -> None:
    condition = parse("rnn.l1 unit 2 h > 0 and rnn.l0 unit 1 c <= 0.1", MADE, "", 0)
    h = recording.read("rnn.l1", "h")[:, 2]
    c = recording.read("rnn.l0", "c")[:, 1]
    expected = (h > 0) & (c <= 0.1)
    assert 0 < expected.sum() < STEPS
    np.testing.assert_array_equal(condition.holds(recording, 0, STEPS), expected)
    begins = expected & ~np.concatenate([[False], expected[:-1]])
    np.testing.assert_array_equal(condition.marks(recording, 0, STEPS), begins)


def test_beyond_what_is_recorded_nothing_holds(recording: Recording) -> None:
    condition = parse("|h| >= 0", MADE, "rnn.l0", 0)
    held = condition.holds(recording, STEPS - 5, STEPS + 5)
    assert held.tolist() == [True] * 5 + [False] * 5


def test_resets_are_the_calls_that_do_not_go_on(recording: Recording) -> None:
    # Steps 0 to 49 from zeros, 50 to 79 carried, 80 to 119 given.
    marks = Reset(LAYERS[0]).marks(recording, 0, STEPS)
    assert np.flatnonzero(marks).tolist() == [0, 80]


def test_the_same_input_is_found_by_its_numbers() -> None:
    recording = make_recording()
    values = np.array([3, 1, 3, 2, 3])[:, np.newaxis]
    recording._store.sequence = Sequence(lambda: values)
    assert find(recording, SameInput(0), 1, 5) == Found(2, 4)
    assert find(recording, SameInput(3), 4, 5) == Found(None, None)


def test_saturation_is_of_the_shown_gate_else_of_all(recording: Recording) -> None:
    of = Saturated.of
    assert of(recording, "rnn.l0", 1, "f", 0).streams == ("f",)
    assert of(recording, "rnn.l0", 1, "h", 0).streams == ("i", "f", "g", "o")
    g = recording.read("rnn.l0", "g")[:, 1]
    beyond = np.abs(g) > 0.9
    begins = np.flatnonzero(beyond & ~np.concatenate([[False], beyond[:-1]]))
    marks = Saturated("rnn.l0", 1, ("g",)).marks(recording, 0, STEPS)
    assert np.flatnonzero(marks).tolist() == begins.tolist()
