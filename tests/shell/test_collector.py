"""Garbage is collected while a window is open, and between two of them."""

import gc
import weakref

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from lstm_studio.shell.collector import Collector


class Round:
    """Refers to itself."""

    def __init__(self) -> None:
        self.myself = self


def test_a_window_that_was_closed_is_gone_before_the_next_one(
    qapp: QApplication,
) -> None:
    parent = QObject()
    Collector(parent).end()
    closed = weakref.ref(Round())
    second = Collector(parent)
    assert closed() is None
    second.end()


def test_the_collector_of_python_is_left_as_it_was(qapp: QApplication) -> None:
    frozen = gc.get_freeze_count()
    parent = QObject()
    collector = Collector(parent)
    assert not gc.isenabled()
    collector.end()
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen
