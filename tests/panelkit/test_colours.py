import pytest
from PySide6.QtGui import QColor, QPalette

from lstm_studio.panelkit.colours import Colours, colours, mix


def theme(base: str, text: str) -> Colours:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor(base))
    palette.setColor(QPalette.ColorRole.Text, QColor(text))
    return colours(palette)


THEMES = [("#ffffff", "#1b1b1b"), ("#16181d", "#e6e6e6"), ("#1e2127", "#dddddd")]
each_theme = pytest.mark.parametrize(("base", "text"), THEMES)


def contrast(one: QColor, other: QColor) -> float:
    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4
                  for p in parts]  # fmt: skip
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@each_theme
def test_lines_and_labels_can_be_read(base: str, text: str) -> None:
    chosen = theme(base, text)
    assert chosen.dark == (base != "#ffffff")
    for curve in (*chosen.curves, chosen.accent, chosen.bad):
        assert contrast(curve, chosen.background) >= 3, curve.name()
    assert contrast(chosen.muted, chosen.background) >= 4.5


@each_theme
def test_streams_of_a_layer_have_colours_of_their_own(base: str, text: str) -> None:
    chosen = theme(base, text)
    for streams in ("hcifgo", "hrzn"):
        assert len({chosen.stream(s).name() for s in streams}) == len(streams)
    assert chosen.curve(len(chosen.curves)) == chosen.curve(0)


def test_mix() -> None:
    assert mix(QColor("black"), QColor("white"), 0.5).red() == pytest.approx(128, abs=1)
