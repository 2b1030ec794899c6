"""Lines break before an equals sign, else at a space, and fit their width."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication

from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.inspectionlines import exact_text
from lstm_studio.panelkit.linepaint import (
    PADDING,
    Fonts,
    _wrapped,
    line_height,
    paint_line,
)
from lstm_studio.panelkit.listing import Bar, Line, LineModel, plain_tip


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("a = b = c", 20, ("a = b = c",)),
        ("aaa = bbbb = cc", 12, ("aaa = bbbb", "  = cc")),
        ("one two three", 8, ("one two", "    thre", "    e")),
        ("one\ntwo", 8, ("one", "two")),
        ("", 8, ("",)),
    ],
)
def test_rows(text: str, width: int, rows: tuple[str, ...]) -> None:
    assert _wrapped(text, len, width) == rows


@given(st.text(alphabet="ab =\u00b7()", max_size=80), st.integers(6, 40))
def test_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    rows = _wrapped(text, len, width)
    assert all(len(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(text.split())


@pytest.mark.parametrize("kind", ["text", "code", "note", "equation", "fact"])
def test_a_long_line_is_higher_where_it_is_narrow(
    qapp: QApplication, kind: str
) -> None:
    line = Line(kind, "some words that do not fit " * 3)  # type: ignore[arg-type]
    font = QFont(qapp.font())
    fonts = Fonts(font)
    narrow, wide = line_height(line, fonts, 160), line_height(line, fonts, 2000)
    assert narrow > wide >= QFontMetrics(font).height() * 0.8


def test_a_tip_is_never_markup() -> None:
    assert plain_tip("<b>x</b> & y") == "<span>&lt;b&gt;x&lt;/b&gt; &amp; y</span>"
    assert plain_tip("") == ""


def test_the_model_says_when_lines_are_others() -> None:
    model = LineModel()
    one, two = Line("value", "1", label="h"), Line("value", "2", label="h")
    assert model.show([one])
    assert not model.show([two])
    assert model.lines == (two,)
    assert model.show([Line("section", "X"), two])


@pytest.mark.parametrize("value", [-3.34112e-06, 0.000655219, -0.5])
@pytest.mark.parametrize("label", ["i", "tanh(c)"])
def test_no_digit_of_a_small_number_is_cut(
    qapp: QApplication, label: str, value: float
) -> None:
    said = exact_text(value)
    theme, rect = colours(qapp.palette()), QRect(0, 0, 320, 22)
    fonts = Fonts(QFont(qapp.font()))
    line = Line("value", said, label=label, bar=Bar(0.0, -1.0, 1.0))

    def inked(line: Line) -> QImage:
        image = QImage(rect.size(), QImage.Format.Format_RGB32)
        image.fill(theme.background)
        painter = QPainter(image)
        paint_line(painter, line, rect, fonts, theme)
        painter.end()
        return image

    with_text, without = inked(line), inked(replace(line, text=""))
    columns = [
        x
        for x in range(rect.width())
        if any(with_text.pixel(x, y) != without.pixel(x, y) for y in range(22))
    ]
    metrics = fonts.of(line)[1]
    wanted = metrics.tightBoundingRect(said).width()
    assert columns[-1] - columns[0] + 1 >= wanted - 1
    assert columns[0] > PADDING + metrics.horizontalAdvance(label)


@pytest.mark.parametrize("points", [9, 14, 18])
def test_columns_of_large_letters_stand_apart(qapp: QApplication, points: int) -> None:
    numbers = ("\u22128.7398", "\u22120.4405", "\u22120.0703", "\u22128.7580")
    width = 300
    image = QImage(width, 60, QImage.Format.Format_RGB32)
    theme = colours(qapp.palette())
    image.fill(theme.background)
    painter = QPainter(image)
    font = QFont(qapp.font())
    font.setPointSize(points)
    fonts = Fonts(font)
    line = Line("columns", label="i", columns=numbers)
    paint_line(painter, line, QRect(0, 0, width, 60), fonts, theme)
    painter.end()
    paper = theme.background.rgb()
    inked = [any(image.pixel(x, y) != paper for y in range(60)) for x in range(width)]
    # Runs of four or more empty columns of pixels: before, between and after them.
    runs = "".join("x" if ink else " " for ink in inked).split("    ")
    assert len([run for run in runs if run.strip()]) >= 5
