"""The line above a heat map in a window of any width."""

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.heathead import HeatHead
from tests.core.reference import make_layer

SAID = "NaN from step 500, unit 0: 400 steps   12 dead units: 0, 1, 2, 3, …"


@pytest.mark.parametrize(("width", "whole"), [(1200, True), (420, False), (1, False)])
def test_a_warning_ends_in_dots_where_there_is_no_room(
    qtbot: QtBot, width: int, whole: bool
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    head = HeatHead(make_layer("lstm", "forward", name="rnn.l0"), parent)
    head.warn(SAID)
    parent.show()
    head.resize(max(width, head.minimumSizeHint().width()), 30)
    QApplication.processEvents()
    warning = head.warning
    assert (warning.shown == SAID) == whole
    assert warning.shown.startswith("NaN")
    assert whole or warning.shown.endswith("…")
    assert warning.toolTip() == SAID
    head.warn("")
    assert warning.minimumSizeHint().width() == 0
