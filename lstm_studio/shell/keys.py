"""Leaves a widget the keys that it needs, where an action has the same key."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

_MOVES: Final = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_PRESSES: Final = frozenset({Qt.Key.Key_Space})
_MODIFIERS: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
)


class KeyGuard(QObject):
    """Filters the events of the widget that has the focus: plain keys belong to it.

    A tree keeps its arrows and a button its Space; where neither has the focus, the
    same keys move the cursor and play. It does not filter the application: each of
    all its events would then go through Python.
    """

    def __init__(self, application: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        application.focusChanged.connect(self._follow)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None:
            before.removeEventFilter(self)
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QWidget)
            and _needs(watched, event)
        ):
            event.accept()
            return True
        return False


def _needs(widget: QWidget, event: QKeyEvent) -> bool:
    if event.modifiers() & _MODIFIERS:
        return False
    key = event.key()
    if isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)):
        # What is typed is text: every key but those that no text holds.
        return key in _MOVES or bool(event.text().isprintable() and event.text())
    if isinstance(widget, QAbstractButton):
        return key in _PRESSES
    if isinstance(widget, (QAbstractItemView, QComboBox)):
        return key in _MOVES or key in _PRESSES
    if isinstance(widget, (QAbstractSlider, QTabBar)):
        return key in _MOVES
    return False
