"""Lines break before an equals sign, else at a space, and fit their width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from lstm_studio.panelkit.linepaint import Fonts, _wrapped, line_height
from lstm_studio.panelkit.listing import Line, LineModel, plain_tip


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


@pytest.mark.parametrize("kind", ["text", "code", "note", "equation"])
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
