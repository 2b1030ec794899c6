"""A list of lines paints what changed, and the mark of the line under the mouse."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit import lineview
from lstm_studio.panelkit.lineview import LineView
from lstm_studio.panelkit.listing import Line

LINES = tuple(Line("value", f"0.{k}", label=f"u{k}", copy=f"0.{k}") for k in range(8))


@pytest.fixture
def view(qtbot: QtBot) -> LineView:
    view = LineView()
    qtbot.addWidget(view)
    view.resize(240, 300)
    view.show_lines(LINES)
    with qtbot.waitExposed(view):
        view.show()
    QApplication.processEvents()
    return view


def test_lines_that_stay_are_not_painted_again(
    view: LineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    monkeypatch.setattr(
        lineview, "paint_line", lambda _painter, line, *_: painted.append(line.text)
    )
    view.show_lines((*LINES[:3], Line("value", "new", label="u3"), *LINES[4:]))
    QApplication.processEvents()
    # The neighbours touch it, where pixels are halved.
    assert "new" in painted
    assert set(painted) <= {"0.2", "new", "0.4"}


def test_the_line_under_the_mouse_has_a_mark(
    view: LineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[int] = []
    monkeypatch.setattr(
        lineview, "paint_mark", lambda _painter, rect, *_, **__: marked.append(rect.y())
    )
    rect = view.visualRect(view.model().index(2, 0))
    QTest.mouseMove(view.viewport(), QPoint(20, rect.center().y()))
    QApplication.processEvents()
    assert marked
    assert set(marked) == {rect.y()}
    marked.clear()
    QTest.mouseMove(view.viewport(), QPoint(20, view.viewport().height() - 2))
    QApplication.processEvents()
    assert not marked
