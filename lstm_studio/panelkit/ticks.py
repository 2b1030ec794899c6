"""Where an axis is marked, and with which words."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from lstm_studio.panelkit.text import count_text, tick_text

Tick = tuple[float, str]


def spacing_for(length: float, most: float) -> float:
    """Return 1, 2 or 5 times a power of ten: at most ``most`` ticks in ``length``."""
    rough = length / max(most, 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= rough * 0.999)


# The plots of a window ask the same of one frame: they share the steps.
@lru_cache(maxsize=16)
def step_ticks(low: float, high: float, pixels: float) -> list[Tick]:
    """Return ticks of whole numbers at the middle of their cells (step or unit)."""
    spacing = max(1, round(spacing_for(high - low, pixels / 76)))
    first = math.ceil((low - 0.5) / spacing) * spacing
    return [
        (value + 0.5, count_text(value))
        for value in range(max(first, 0), math.ceil(high), spacing)
        if low <= value + 0.5 <= high
    ]


def second_ticks(low: float, high: float, pixels: float, rate: float) -> list[Tick]:
    """Return ticks of round times at the middle of the steps that they fall on.

    Parameters
    ----------
    rate
        Steps per second.
    """
    spacing = spacing_for((high - low) / rate, pixels / 86)
    first = math.ceil((low - 0.5) / rate / spacing - 1e-6)
    last = math.floor((high - 0.5) / rate / spacing + 1e-6)
    return [
        (number * spacing * rate + 0.5, f"{tick_text(number * spacing, spacing)} s")
        for number in range(max(first, 0), last + 1)
    ]


def unit_ticks(low: float, high: float, pixels: float) -> list[Tick]:
    """Return ticks for units from the top down: closer together than steps."""
    return step_ticks(low, high, pixels * 76 / 26)


@lru_cache(maxsize=16)
def value_ticks(low: float, high: float, pixels: float) -> list[Tick]:
    """Return ticks of round values."""
    spacing = spacing_for(high - low, max(pixels / 20, 2.2))
    first, last = math.ceil(low / spacing - 1e-6), math.floor(high / spacing + 1e-6)
    return [
        (number * spacing, tick_text(number * spacing, spacing))
        for number in range(first, last + 1)
    ]


def with_room(labels: Sequence[Tick], least: float) -> Sequence[Tick]:
    """Return the labels, or as many of them at even distances as stand apart.

    Parameters
    ----------
    labels
        Pixel and text of each.
    least
        Pixels from one to the next.
    """
    every = 1
    while any(abs(b[0] - a[0]) < least for a, b in pairwise(labels[::every])):
        every += 1
    return labels[::every]


def no_ticks(low: float, high: float, pixels: float) -> list[Tick]:
    """Return nothing: for an axis that says nothing."""
    return []


@lru_cache(maxsize=8)
def named_ticks(
    names: tuple[str, ...],
) -> Callable[[float, float, float], list[Tick]]:
    """Return ticks that name cells from the top down, as many as there is room for."""

    def ticks(low: float, high: float, pixels: float) -> list[Tick]:
        return [
            (value, names[int(value)] if int(value) < len(names) else text)
            for value, text in unit_ticks(low, high, pixels * 26 / 16)
        ]

    return ticks
