"""Arrangements of the panels in a window that has less room than they need."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from lstm_studio.panels import PANELS
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open


def test_one_that_needs_more_room_than_there_is_gets_it(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    # Qt warns, and with it this test fails, of a dock that has no place to be resized.
    window = open_on(make_session(tmp_path, make_recording()), PANELS)
    window.resize(1600, 1000)
    qtbot.wait(20)
    window.layouts.save("high")
    window.resize(1668, 358)
    qtbot.wait(5)
    low = window.studio.height()
    window.layouts.use("high")
    assert window.studio.height() > low
