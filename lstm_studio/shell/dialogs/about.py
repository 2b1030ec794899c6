"""What this is, and in which versions."""

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.known import installed
from lstm_studio.shell.dialogs.fitted import FittedDialog
from lstm_studio.shell.theme import GRID

PACKAGES = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "safetensors")
NOT_HERE = "not installed"


def versions() -> dict[str, str]:
    """Return the versions of what the studio stands on, without importing it."""
    found = {
        "LSTM Studio": installed("lstm-studio") or NOT_HERE,
        "Python": platform.python_version(),
    }
    found |= {name: installed(name) or NOT_HERE for name in PACKAGES}
    return found | {"Qt": qVersion(), "System": platform.platform(terse=True)}


class AboutDialog(FittedDialog):
    """Name, licence, and versions that can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle("About LSTM Studio")
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        name = QLabel("LSTM Studio", self)
        font = QFont(name.font())
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setWeight(QFont.Weight.DemiBold)
        name.setFont(font)
        column.addWidget(name)
        about = QLabel(
            "See every state that a PyTorch recurrent network computes, live, as it "
            "computes it. MIT licence. Icons: Phosphor.",
            self,
        )
        about.setWordWrap(True)
        column.addWidget(about)
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        for part, number in versions().items():
            label = QLabel(number, self)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(part, label)
        column.addLayout(form)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
