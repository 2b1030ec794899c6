"""Text in fields for numbers begins where it does in boxes of choices."""

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.spinbox import DoubleSpinBox, SpinBox
from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.theme import Theme


def begin(widget: QWidget) -> int:
    """Return the first column with letters, leaving out the frame at the edges."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8)
    rows = rows.reshape(image.height(), image.bytesPerLine())[5:-5, : 4 * image.width()]
    grey = rows.reshape(len(rows), -1, 4)[:, :, 1].astype(int)
    inked = np.ptp(grey, axis=0) > 60
    return 2 + int(inked[2:].argmax())


@pytest.mark.parametrize(
    "buttons", [SpinBox.ButtonSymbols.UpDownArrows, SpinBox.ButtonSymbols.NoButtons]
)
def test_numbers_stand_below_words(
    qapp: QApplication, qtbot: QtBot, buttons: SpinBox.ButtonSymbols
) -> None:
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    theme = Theme(qapp, next(iter(SCHEMES)))
    words = QComboBox()
    words.addItem("Half of it")
    whole, fine = SpinBox(specialValueText="Half of it"), DoubleSpinBox()
    fine.setSpecialValueText("Half of it")
    for box in (whole, fine):
        box.setButtonSymbols(buttons)
    for widget in (words, whole, fine):
        qtbot.addWidget(widget)
        widget.setFixedWidth(200)
        widget.show()
    for box in (whole, fine):
        assert abs(begin(box) - begin(words)) <= 1
        assert box.height() <= words.sizeHint().height() + 1
    theme.setParent(None)
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])
