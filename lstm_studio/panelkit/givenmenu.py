"""Chooses what an output is held against: which input, how many steps later."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from lstm_studio.core.predicted import Agreement, Pairing
from lstm_studio.panelkit.spinbox import SpinBox
from lstm_studio.panelkit.text import count_text

MOST_SHIFT: Final = 10_000
EACH: Final = "each its own"


class GivenButton(QToolButton):
    """Says what is held against what; a click opens the choice."""

    changed = Signal()
    """Another pairing, or none, was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoRaise(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.on = QCheckBox("Draw the given beside the predicted")
        self.output = QComboBox()
        self.given = QComboBox()
        self.shift = SpinBox(minimum=0, maximum=MOST_SHIFT, value=1)
        self.shift.setPrefix("t + ")
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self._same = False
        form = QWidget()
        form.setAccessibleName("Predicted against given")
        layout = QFormLayout(form)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addRow(self.on)
        layout.addRow("Output", self.output)
        layout.addRow("Input", self.given)
        layout.addRow("at step", self.shift)
        layout.addRow(self.said)
        for widget, name in (
            (self.output, "Channel of the output"),
            (self.given, "Channel of the input"),
            (self.shift, "Steps that the input is later"),
        ):
            widget.setAccessibleName(name)
        action = QWidgetAction(self)
        action.setDefaultWidget(form)
        menu = QMenu(self)
        menu.addAction(action)
        self.setMenu(menu)
        self.on.toggled.connect(self._on_changed)
        self.output.activated.connect(self._on_changed)
        self.given.activated.connect(self._on_changed)
        self.shift.valueChanged.connect(self._on_changed)

    def offer(
        self, outputs: int, inputs: Sequence[str], pairing: Pairing, *, on: bool
    ) -> None:
        """Offer the channels of a model, with one pairing chosen."""
        self._same = outputs == len(inputs)
        with (
            QSignalBlocker(self.on),
            QSignalBlocker(self.shift),
        ):
            self.output.clear()
            if self._same and outputs > 1:
                self.output.addItem(EACH, None)
            for channel in range(outputs):
                self.output.addItem(str(channel), channel)
            self.given.clear()
            self.given.addItems(list(inputs))
            each = pairing.output is None and self._same
            self.output.setCurrentIndex(
                0 if each else self.output.findData(pairing.output or 0)
            )
            self.given.setCurrentIndex(pairing.given)
            self.shift.setValue(pairing.shift)
            self.on.setChecked(on)
        self._show()

    @property
    def pairing(self) -> Pairing | None:
        """What is chosen; None where the given is not to be drawn."""
        if not self.on.isChecked() or not self.isEnabled():
            return None
        output = self.output.currentData()
        given = max(self.given.currentIndex(), 0)
        if output is None:
            return Pairing(None, 0, self.shift.value())
        return Pairing(output, given, self.shift.value())

    def refuse(self, why: str) -> None:
        """Say why there is nothing to choose; ``""`` where there is."""
        self.setEnabled(not why)
        self.setToolTip(
            why or "Hold what was predicted against what the model was given later"
        )

    def say(self, found: Agreement | None) -> None:
        """Say how near predicted and given are."""
        self.said.setText("" if found is None else agreement_text(found))
        self._show()

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        on = self.on.isChecked() and self.isEnabled()
        shift = self.shift.value()
        when = f"t + {count_text(shift)}" if shift else "t"
        self.setText(f"Given: input at {when}" if on else "Given: off")
        self.setAccessibleName(self.text())
        each = self.output.currentData() is None
        for widget in (self.output, self.shift):
            widget.setEnabled(on)
        self.given.setEnabled(on and not each and self.given.count() > 1)


def agreement_text(found: Agreement) -> str:
    """Return how near predicted and given are, in words."""
    if not found.steps:
        return "no step to compare"
    return (
        f"mean |difference| {found.difference:.4g}, correlation "
        f"{found.correlation:.3f}, {count_text(found.steps)} steps"
    )
