"""What the dialog says that asks before code of a file runs."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from lstm_studio.core.messages import Failed
from lstm_studio.engine import landlock
from lstm_studio.session.host import HostRunner
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.shell.dialogs.trust import LINES, WITH_THE_WINDOW, TrustDialog
from lstm_studio.shell.window import MainWindow


def failed(*names: str) -> Failed:
    return Failed("NeedsTrust", "It runs code.", "", "\n".join(names), "ab" * 32)


@pytest.mark.parametrize("version", [0, 1, 4, 6])
def test_what_this_system_stops_is_said_and_nothing_else(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: version)
    dialog = TrustDialog("/m/voice.jit", failed("net.Net"), apart=True)
    qtbot.addWidget(dialog)
    said = dialog.limits.text()
    assert said == landlock.protection()
    assert ("send whatever you can" in said) == (version == 0)
    assert ("change no file" in said) == (version >= 1)
    assert ("no TCP connection" in said) == (version >= 4)


def test_in_the_process_of_the_window_nothing_is_promised(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.files.open_model_file("/m/voice.jit")
    qtbot.waitUntil(lambda: window.findChild(TrustDialog) is not None)
    dialog = window.findChild(TrustDialog)
    assert dialog is not None
    assert dialog.limits.text() == WITH_THE_WINDOW
    dialog.reject()


def test_only_the_host_is_a_process_apart(window: MainWindow, tmp_path: Path) -> None:
    assert not window.session.apart
    assert not ThreadRunner.apart
    host = HostRunner(tmp_path / "engine.log", tmp_path, at_once=False)
    assert host.apart
    host.close()


def test_no_word_is_cut_on_a_small_screen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 6)
    dialog = TrustDialog("/m/voice.jit", failed("net.Net"), apart=True)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.resize(dialog.width(), 200)
    qtbot.wait(0)
    label = dialog.limits
    assert label.height() >= label.heightForWidth(label.width())
    assert dialog.rect().contains(label.geometry())


@pytest.mark.parametrize("count", [1, 3, 40])
def test_each_name_has_a_line_and_few_take_little_room(
    qtbot: QtBot, count: int
) -> None:
    names = [f"import module_{k}" for k in range(count)]
    dialog = TrustDialog("/m/model.py", failed(*names), apart=True)
    qtbot.addWidget(dialog)
    dialog.show()
    shown = dialog.findChild(QPlainTextEdit)
    assert shown is not None
    assert shown.toPlainText().split("\n") == names
    assert shown.blockCount() == count
    seen = shown.viewport().height() // shown.fontMetrics().lineSpacing()
    assert min(count, LINES) <= seen <= min(count, LINES) + 1
