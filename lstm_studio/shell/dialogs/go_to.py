"""Asks for a step by its number."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped


class GoToDialog(QDialog):
    """One number between the first and the last step."""

    chosen = Signal(int)

    def __init__(self, step: int, steps: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("go_to")
        self.setWindowTitle("Go to step")
        self.setMinimumWidth(280)
        last = max(steps - 1, 0)
        self.field = SpinBox(self)
        self.field.setAccessibleName("Step")
        self.field.setRange(0, last)
        self.field.setValue(step)
        self.field.selectAll()
        label = QLabel(f"&Step, 0 to {grouped(last)}:", self)
        label.setBuddy(self.field)
        buttons = QDialogButtonBox(self)
        go = buttons.addButton("Go", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_go)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(label)
        column.addWidget(self.field)
        column.addSpacing(GRID)
        column.addWidget(buttons)

    def _on_go(self) -> None:
        self.accept()
        self.chosen.emit(self.field.value())
