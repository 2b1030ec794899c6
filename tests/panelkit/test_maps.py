import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette

from lstm_studio.panelkit.colours import colours, rgb
from lstm_studio.panelkit.maps import (
    AROUND_ZERO,
    BAD,
    FIRST,
    LAST,
    MISSING,
    NEUTRAL,
    OF_GATES,
    Maps,
    Rgb,
    own_diverging,
    own_sequential,
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
    assert tuple(own_diverging(background)[NEUTRAL - FIRST]) == background
    assert tuple(own_sequential(background)[0]) == background


@each_background
def test_lightness_runs_evenly_away_from_the_background(background: Rgb) -> None:
    both, one = own_diverging(background), own_sequential(background)
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
    colours = lab(own_diverging(background))
    middle = NEUTRAL - FIRST
    for distance in (20, 60, 126):
        negative, positive = colours[middle - distance], colours[middle + distance]
        assert positive[2] - negative[2] > 0.05 + distance / 1260


def test_table_keeps_what_is_no_value_apart() -> None:
    words = table(own_sequential((255, 255, 255)), (200, 0, 190))
    assert words[MISSING] == 0
    assert words[BAD] == 0xFFC800BE
    assert words[FIRST] == 0xFFFFFFFF
    assert not np.isin(words[BAD], words[FIRST : LAST + 1])


# What is left of linear light without one kind of cone: Machado et al. (2009).
BLIND = {
    "nothing": np.eye(3),
    "red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def seen(colours: np.ndarray, blind_to: str) -> np.ndarray:
    part = colours / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(BLIND[blind_to]), 0, 1)
    srgb = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return lab(255 * srgb)


@pytest.mark.parametrize("blind_to", BLIND)
@each_background
@pytest.mark.parametrize("name", [*AROUND_ZERO, *OF_GATES])
def test_the_colour_blind_tell_values_apart(
    name: str, background: Rgb, blind_to: str
) -> None:
    both = name in AROUND_ZERO
    maps = Maps(around_zero=name) if both else Maps(of_gates=name)
    found = seen(maps.colours(background, diverging=both), blind_to)
    # Twelve steps of value, each of which must show.
    assert np.linalg.norm(np.diff(found[::21], axis=0), axis=1).min() > 0.025
    if both:
        assert np.linalg.norm(found[0] - found[-1]) > 0.15


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("name", [*AROUND_ZERO, *OF_GATES])
def test_what_is_bad_has_no_colour_of_a_value(name: str, dark: bool) -> None:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#121417" if dark else "#ffffff"))
    theme = colours(palette)
    both = name in AROUND_ZERO
    maps = Maps(around_zero=name) if both else Maps(of_gates=name)
    values = lab(maps.colours(rgb(theme.background), diverging=both))
    bad = lab(np.array([rgb(theme.bad)]))
    assert np.linalg.norm(values - bad, axis=1).min() > 0.2
