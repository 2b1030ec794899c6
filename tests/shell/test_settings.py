"""The settings: files that may run code, and that there are none."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.shell.dialogs.settings import SettingsDialog
from lstm_studio.shell.preferences import Preferences


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    preferences = Preferences()
    preferences.trust("ab" * 32, "voice.jit")
    dialog = SettingsDialog(preferences, ("cpu",), "cpu")
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_that_no_file_is_trusted_is_said_in_words(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Preferences(), ("cpu",), "cpu")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.none.isVisible()
    assert "No file is trusted yet" in dialog.none.text()
    assert not dialog.files.isVisible()
    assert not dialog.revoke.isVisible()


def test_a_trusted_file_can_be_taken_back(dialog: SettingsDialog, qtbot: QtBot) -> None:
    assert not dialog.none.isVisible()
    assert dialog.files.item(0).text().startswith("voice.jit")
    assert not dialog.revoke.isEnabled()
    dialog.files.setCurrentRow(0)
    qtbot.mouseClick(dialog.revoke, Qt.MouseButton.LeftButton)
    assert Preferences().trusted == {}
    assert dialog.none.isVisible()
    assert not dialog.files.isVisible()
