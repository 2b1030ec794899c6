from itertools import pairwise

import pytest

from lstm_studio.panelkit.ticks import (
    named_ticks,
    second_ticks,
    step_ticks,
    unit_ticks,
    value_ticks,
    with_room,
)


@pytest.mark.parametrize(
    ("low", "high", "pixels"),
    [(0, 8, 900), (3, 11, 300), (0, 10_000, 1600), (999_900, 1_000_000, 640)],
)
def test_steps_are_marked_in_the_middle_with_room_between(
    low: int, high: int, pixels: int
) -> None:
    ticks = step_ticks(low, high, pixels)
    values = [value for value, _ in ticks]
    assert len(ticks) >= 2
    assert all(low <= value <= high and value % 1 == 0.5 for value in values)
    gaps = {b - a for a, b in pairwise(values)}
    assert len(gaps) == 1
    assert gaps.pop() * pixels / (high - low) >= 30
    assert [int(text.replace("\u202f", "")) for _, text in ticks] == [
        int(value) for value in values
    ]


def test_values_hold_zero_and_the_ends() -> None:
    assert [text for _, text in value_ticks(-1, 1, 120)] == [
        "\u22121.0", "\u22120.5", "0.0", "0.5", "1.0",
    ]  # fmt: skip


def test_names_take_the_place_of_numbers() -> None:
    ticks = named_ticks(("rain", "snow"))(0, 3, 400)
    assert [text for _, text in ticks] == ["rain", "snow", "2"]
    assert unit_ticks(0, 3, 400) == [(0.5, "0"), (1.5, "1"), (2.5, "2")]


def test_a_low_plot_still_says_more_than_zero() -> None:
    assert len(value_ticks(-1.06, 1.06, 36)) == 3


@pytest.mark.parametrize(
    ("pixels", "left"),
    [(60, ["1", "0", "-1"]), (24, ["1", "-1"]), (12, ["1"])],
)
def test_labels_of_a_low_plot_do_not_crowd(pixels: float, left: list[str]) -> None:
    ticks = [(0.0, "1"), (pixels / 2, "0"), (pixels, "-1")]
    assert [text for _, text in with_room(ticks, 14)] == left
    assert with_room([], 14) == []


@pytest.mark.parametrize("rate", [0.2, 1, 62.5, 16_000])
@pytest.mark.parametrize(("low", "high"), [(0, 100), (4_000, 4_200)])
def test_seconds_stand_at_the_steps_of_their_time(
    low: int, high: int, rate: float
) -> None:
    ticks = second_ticks(low, high, 700, rate)
    assert len(ticks) >= 2
    for value, text in ticks:
        assert low <= value <= high
        number, unit = text.split(" ")
        assert unit == "s"
        assert float(number) * rate + 0.5 == pytest.approx(value, abs=1e-3 * rate)
    assert len({text for _, text in ticks}) == len(ticks)
