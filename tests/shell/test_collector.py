"""Garbage is collected while a window is open, and between two of them."""

import ctypes
import gc
import math
import sys
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from lstm_studio.session.turn import TURN
from lstm_studio.shell.collector import Collector
from tests.trials.memory import MEGABYTE, own_memory

HAS_TRIM = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")


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


def test_nothing_is_collected_in_a_frame_of_the_plots(qapp: QApplication) -> None:
    parent = QObject()
    collector = Collector(parent)
    gone = weakref.ref(Round())
    TURN.until = math.inf
    collector._collect()
    assert gone() is not None
    TURN.until = -math.inf
    collector._collect()
    assert gone() is None
    collector.end()


@pytest.mark.skipif(not HAS_TRIM, reason="its C library gives nothing back")
def test_room_between_what_is_in_use_goes_back_to_the_system(
    qapp: QApplication,
) -> None:
    parent = QObject()
    Collector(parent).end()
    blocks = [bytes(8192) for _ in range(20_000)]
    kept, full = blocks[::100], own_memory()
    del blocks
    second = Collector(parent)
    assert own_memory() < full - 100 * MEGABYTE
    second.end()
    assert len(kept) == 200
