"""Units are pinned, looked at and unpinned."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.text import value_text
from lstm_studio.panels.pins import PinsPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panels.recorded import make_recording, shown

PINS = (Pin("rnn.l0", "h", 3), Pin("rnn.l1", "c", 2), Pin("rnn.l1", "f", 2))


@pytest.fixture
def panel(recorded_session: Session, qtbot: QtBot) -> PinsPanel:
    panel = PinsPanel(recorded_session)
    qtbot.addWidget(panel)
    panel.resize(220, 240)
    panel.show()
    for pin in PINS:
        recorded_session.pin(pin)
    _settle(panel)
    return panel


def _settle(panel: PinsPanel) -> None:
    panel.refresh()
    panel.refresh()


def _click(panel: PinsPanel, row: int, column: int = 0) -> None:
    tree = panel.list
    rect = tree.visualRect(tree.model().index(row, column))
    at = QPoint(rect.center())
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=at)


def _rows(panel: PinsPanel) -> list[str]:
    return [item.text(0) for item in panel._items]


def test_values_are_those_at_the_cursor(panel: PinsPanel) -> None:
    recording = panel.session.recording
    assert recording is not None
    for step in (0, 70):
        panel.session.look(step=step)
        _settle(panel)
        for item, pin in zip(panel._items, PINS, strict=True):
            value = recording.read(pin.layer, pin.stream, step, pin.unit)[0, 0]
            assert item.text(1) == value_text(float(value))


def test_a_click_looks_at_the_unit(panel: PinsPanel) -> None:
    _click(panel, 1)
    view = panel.session.view
    assert (view.layer, view.unit) == ("rnn.l1", 2)


def test_the_cross_unpins(panel: PinsPanel) -> None:
    _click(panel, 1, 2)
    assert panel.session.view.pins == (PINS[0], PINS[2])
    _settle(panel)
    assert _rows(panel) == ["h[3]  rnn.l0", "f[2]  rnn.l1"]


def test_delete_unpins_one_after_the_other(panel: PinsPanel) -> None:
    panel.list.setFocus()
    _click(panel, 0)
    for left in (2, 1, 0):
        QTest.keyClick(panel.list, Qt.Key.Key_Delete)
        _settle(panel)
        assert len(panel.session.view.pins) == left
    assert panel._hint.isVisible()


def test_clear_can_be_undone(panel: PinsPanel) -> None:
    QTest.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    assert panel.session.view.pins == ()
    panel.session.undo()
    assert panel.session.view.pins == PINS


def test_the_chosen_unit_is_pinned_with_its_stream(panel: PinsPanel) -> None:
    panel.session.look(layer="rnn.l0", unit=5)
    _settle(panel)
    assert panel.pin.text() == "Pin unit 5"
    panel.stream.setFocus()
    QTest.keyClick(panel.stream, Qt.Key.Key_Down)
    QTest.mouseClick(panel.pin, Qt.MouseButton.LeftButton)
    assert panel.session.view.pins[-1] == Pin("rnn.l0", "c", 5)


def test_colours_stay_when_another_pin_goes(panel: PinsPanel) -> None:
    def colour(row: int) -> int:
        icon = panel._items[row].icon(0).pixmap(16, 16).toImage()
        return icon.pixel(icon.width() // 2, icon.height() // 2)

    before = colour(2)
    panel.session.unpin(PINS[0])
    _settle(panel)
    assert colour(1) == before
    assert colour(0) != before


def test_nothing_to_pin_without_a_recording(
    empty_session: Session, qtbot: QtBot
) -> None:
    panel = PinsPanel(empty_session)
    qtbot.addWidget(panel)
    panel.refresh()
    assert not panel.pin.isEnabled()
    panel.pin_chosen()
    assert empty_session.view.pins == ()


def test_a_sample_is_pinned_beside_the_chosen_one(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.show_recording(make_recording(samples=2))
    panel = PinsPanel(recorded_session)
    qtbot.addWidget(panel)
    panel.resize(220, 240)
    panel.show()
    _settle(panel)
    assert panel.sample.isVisible()
    assert panel.clear.geometry().right() < panel.width()
    recorded_session.look(layer="rnn.l1", unit=2, step=31)
    for row in range(3):
        panel.sample.setCurrentIndex(row)
        QTest.mouseClick(panel.pin, Qt.MouseButton.LeftButton)
        _settle(panel)
    assert [pin.sample for pin in recorded_session.view.pins] == [None, 0, 1]
    assert _rows(panel)[2] == "h[2]  sample 1  rnn.l1"
    recording = recorded_session.recording
    assert recording is not None
    for item, sample in zip(panel._items, (0, 0, 1), strict=True):
        value = recording.read("rnn.l1", "h", 31, 2, sample)[0, 0]
        assert item.text(1) == value_text(float(value))
    _click(panel, 2)
    assert recorded_session.view.sample == 1


def test_in_padding_a_word_says_why_there_is_no_value(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recording = make_recording(calls=(Planned(60, lengths=(60, 30)),), samples=2)
    recorded_session.show_recording(recording)
    recorded_session.look(pins=(Pin("rnn.l1", "h", 2, 1),), step=29)
    panel = shown(PinsPanel(recorded_session), qtbot)
    value = recording.read("rnn.l1", "h", 29, 2, 1)[0, 0]
    assert panel._items[0].text(1) == value_text(float(value))
    recorded_session.look(step=40)
    _settle(panel)
    assert panel._items[0].text(1) == "padding"


def test_no_digit_of_a_small_number_is_cut(panel: PinsPanel) -> None:
    tree = panel.list
    for text in (value_text(-1.49e-6), value_text(-0.000123), "not recorded"):
        panel._items[0].setText(1, text)
        panel._make_room(panel._items)
        margin = tree.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1
        needed = QFontMetrics(panel._items[0].font(1)).horizontalAdvance(text)
        assert tree.columnWidth(1) >= needed + 2 * margin
