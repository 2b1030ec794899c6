from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.readout import Readout


def test_what_does_not_fit_any_more_is_left_out(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    readout = Readout(parent)
    whole = readout.fontMetrics().horizontalAdvance("Copy c as") + 4
    readout.resize(whole, 20)
    parent.show()
    readout.show_text("Copy c as", "c")
    assert readout.text() == "Copy c as"
    readout.resize(whole // 2, 20)
    assert readout.text() == "c"
    readout.resize(2, 20)
    assert readout.text() == ""
    readout.resize(whole, 20)
    assert readout.text() == "Copy c as"
