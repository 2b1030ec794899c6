"""Where a step stands in its call, for every direction and length."""

import pytest

from lstm_studio.core.layers import Call, Direction, Layer, Sizes
from lstm_studio.core.places import place_of

CALLS = (Call(0, 4, "zeros"), Call(4, 10, "carried", (6, 2)), Call(12, 13, "given"))


def _layer(direction: Direction) -> Layer:
    return Layer("l0", "lstm", "", 0, direction, Sizes(2, 3))


@pytest.mark.parametrize(
    ("step", "sample", "wanted"),
    [
        (0, 0, (0, 0, 3, False)),
        (3, 1, (0, 0, 3, False)),
        (4, 0, (1, 4, 9, False)),
        (9, 0, (1, 4, 9, False)),
        (5, 1, (1, 4, 5, False)),
        (6, 1, (1, 4, 5, True)),
        (12, 0, (2, 12, 12, False)),
    ],
)
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_first_and_last_are_those_of_the_direction(
    direction: Direction, step: int, sample: int, wanted: tuple[int, int, int, bool]
) -> None:
    place = place_of(_layer(direction), CALLS, step, sample)
    assert place is not None
    ends = (place.first, place.last)
    if direction == "reverse":
        ends = ends[::-1]
    assert (place.index, *ends, place.padding) == wanted
    assert place.call is CALLS[place.index]


@pytest.mark.parametrize("step", [-1, 10, 11, 13])
def test_between_and_beyond_the_calls_there_is_none(step: int) -> None:
    assert place_of(_layer("forward"), CALLS, step) is None
