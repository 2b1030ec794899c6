"""The bar of the playback: the step, its time, and axes in seconds."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from lstm_studio.panels import PANELS
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open
from tests.shell.keyboard import activate, press

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timed(open_on: Open, tmp_path: Path) -> MainWindow:
    """A window on 120 steps, 50 in a second."""
    return open_on(make_session(tmp_path, make_recording(rate=50.0)))


def test_the_time_of_the_cursor_turns_the_axes_into_seconds(
    timed: MainWindow, qtbot: QtBot
) -> None:
    session, time = timed.session, timed.transport.time
    session.look(step=61)
    timed.refresh()
    assert time.isVisible()
    assert time.text() == "1.22 s"
    QTest.mouseClick(time, LEFT)
    assert session.view.seconds
    timed.refresh()
    assert timed.actions_["axes_in_seconds"].isChecked()
    activate(qtbot, timed)
    time.setFocus()
    QTest.keyClick(time, Qt.Key.Key_Space)
    assert not session.view.seconds


def test_without_a_rate_there_is_no_time(recorded: MainWindow) -> None:
    recorded.refresh()
    assert not recorded.transport.time.isVisible()
    assert not recorded.actions_["axes_in_seconds"].isEnabled()


def test_a_key_does_the_same(timed: MainWindow, qtbot: QtBot) -> None:
    timed.refresh()
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    press(qtbot, timed, Qt.Key.Key_S, modifiers)
    assert timed.session.view.seconds


def test_the_other_two_ways_are_on_the_bar(recorded: MainWindow) -> None:
    names = [
        button.accessibleName()
        for button in recorded.transport.playback.findChildren(QToolButton)
    ]
    assert "Run step by step" in names
    assert "Go on live…" in names
    button = recorded.transport._others[1]
    recorded.resize(2000, 900)
    QTest.qWaitForWindowExposed(recorded)
    assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    recorded.bar.fit(900)
    assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly


def test_a_narrow_bar_keeps_all_its_buttons_when_it_is_measured_anew(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    session = make_session(tmp_path, make_recording())
    window = open_on(session, PANELS, size=(1024, 700))
    shown = [window.bar.widgetForAction(a) for a in window.bar.actions() if a.text()]
    for width in (1030, 1024):
        # It had left out words already when it was measured.
        session.opened.emit()
        window.resize(width, 700)
        QApplication.processEvents()
        assert window.width() == width
        assert window.transport.isVisible()
        assert all(button.isVisible() for button in shown)


def test_the_bar_stays_where_it_is_whatever_the_devices(recorded: MainWindow) -> None:
    device = recorded.bar.device
    widths = set()
    for devices in ((), ("cpu",), ("cpu", "cuda:0")):
        device.clear()
        device.addItems(devices)
        device.setCurrentIndex(len(devices) - 1)
        # As after a change of the theme: it is measured anew.
        device.setStyleSheet(device.styleSheet())
        device.ensurePolished()
        widths.add(device.sizeHint().width())
    assert len(widths) == 1
    words = device.fontMetrics().horizontalAdvance("cuda:0")
    option = QStyleOptionComboBox()
    device.initStyleOption(option)
    option.rect.setWidth(device.sizeHint().width())
    room = device.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        device,
    )
    assert words <= room.width()
