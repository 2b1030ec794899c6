import numpy as np
import pytest

from lstm_studio.panelkit.maps import (
    BAD,
    FIRST,
    LAST,
    MISSING,
    NEUTRAL,
    Rgb,
    diverging,
    sequential,
    table,
    to_oklab,
    to_srgb,
)

BACKGROUNDS: list[Rgb] = [(255, 255, 255), (22, 24, 29), (0, 0, 0), (250, 247, 240)]
each_background = pytest.mark.parametrize("background", BACKGROUNDS, ids=str)


def lab(colours: np.ndarray) -> np.ndarray:
    return np.array([to_oklab(tuple(map(int, colour))) for colour in colours])


@pytest.mark.parametrize("rgb", [(255, 0, 0), (12, 200, 99), (0, 0, 0), (250,) * 3])
def test_oklab_and_back(rgb: Rgb) -> None:
    assert to_srgb(to_oklab(rgb)[np.newaxis])[0] == pytest.approx(rgb, abs=1)


@each_background
def test_zero_is_the_background(background: Rgb) -> None:
    assert tuple(diverging(background)[NEUTRAL - FIRST]) == background
    assert tuple(sequential(background)[0]) == background


@each_background
def test_lightness_runs_evenly_away_from_the_background(background: Rgb) -> None:
    both, one = diverging(background), sequential(background)
    middle = NEUTRAL - FIRST
    for arm in (both[middle:], both[middle::-1], one):
        lightness = lab(arm)[:, 0]
        steps = np.diff(lightness) * np.sign(lightness[-1] - lightness[0])
        # Rounding to bytes and the edge of sRGB leave a little unevenness.
        assert steps.min() > -0.012
        assert np.ptp(np.abs(lightness[::25] - lightness[0])) > 0.45


@each_background
def test_signs_differ_in_blue_and_yellow_which_the_colour_blind_see(
    background: Rgb,
) -> None:
    colours = lab(diverging(background))
    middle = NEUTRAL - FIRST
    for distance in (20, 60, 126):
        negative, positive = colours[middle - distance], colours[middle + distance]
        assert positive[2] - negative[2] > 0.05 + distance / 1260


def test_table_keeps_what_is_no_value_apart() -> None:
    words = table(sequential((255, 255, 255)), (200, 0, 190))
    assert words[MISSING] == 0
    assert words[BAD] == 0xFFC800BE
    assert words[FIRST] == 0xFFFFFFFF
    assert not np.isin(words[BAD], words[FIRST : LAST + 1])
