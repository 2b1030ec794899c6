import math

import pytest

from lstm_studio.panelkit.text import (
    count_text,
    fitting,
    name_text,
    range_text,
    tick_text,
    token_text,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "\u20070.1235"),
        (-0.5, "\u22120.5000"),
        (0.0, "\u20070.0000"),
        (291.312, "\u2007291.31"),
        (-1234.56, "\u22121234.6"),
        (100250.0, "\u2007100250"),
        (1234567.0, "\u20071.23e+06"),
        (-2e-7, "\u22122e-07"),
        (math.nan, "NaN"),
        (-math.inf, "\u2212Inf"),
    ],
)
def test_value(value: float, text: str) -> None:
    assert value_text(value) == text


def test_range_is_one_value_where_both_ends_are() -> None:
    assert range_text(0.5, 0.5) == "\u20070.5000"
    assert range_text(-0.5, 0.25) == "\u22120.5000 to 0.2500"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(100250.0, 100250.4, "100250 to 100250.4"),
     (0.50001, 0.50002, "0.50001 to 0.50002"),
     (-2.04e7, -2.03999e7, "−2.04e+07 to −2.03999e+07")],
)  # fmt: skip
def test_two_values_never_read_as_one(low: float, high: float, text: str) -> None:
    assert range_text(low, high).strip() == text


@pytest.mark.parametrize(
    ("value", "spacing", "text"),
    [(-0.5, 0.5, "\u22120.5"), (0.30000000000000004, 0.1, "0.3"), (-0.0, 0.5, "0.0"),
     (20, 10, "20")],
)  # fmt: skip
def test_tick(value: float, spacing: float, text: str) -> None:
    assert tick_text(value, spacing) == text


def test_count() -> None:
    assert count_text(1234567) == "1\u202f234\u202f567"


@pytest.mark.parametrize(
    ("token", "text"),
    [(" ", "␣"), ("\n", "⏎"), ("\tx", "⇥x"), ("a b", "a␣b"), ("é", "é"),
     ("\u202e", "\\u202e"), ("\x00", "\\x00")],
)  # fmt: skip
def test_tokens_show_what_cannot_be_seen(token: str, text: str) -> None:
    assert token_text(token) == text


def test_names_keep_their_spaces_only() -> None:
    assert name_text("bit 0\u202e\n") == "bit 0\\u202e\\n"


@pytest.mark.parametrize(
    ("room", "shown"),
    [(8, "16 units"), (7, "16 …"), (4, "16 …"), (3, ""), (0, "")],
)
def test_no_word_is_cut(room: int, shown: str) -> None:
    assert fitting("16 units", len, room) == shown
