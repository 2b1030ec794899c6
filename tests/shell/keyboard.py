"""Presses keys in a window that has the focus, as a person does."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.shell.window import MainWindow

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(
    qtbot: QtBot,
    window: MainWindow,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = NONE,
) -> None:
    """Press a key in the window; what can be done is up to date before."""
    window.refresh()
    activate(qtbot, window)
    window.setFocus()
    qtbot.keyClick(window, key, modifier)


def activate(qtbot: QtBot, window: MainWindow) -> None:
    """Make the window the active one: keys of actions act only there."""
    if not window.isActiveWindow():
        with qtbot.waitActive(window):
            window.activateWindow()
