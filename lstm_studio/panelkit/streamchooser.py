"""A row of small buttons, one for each stream."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from lstm_studio.panelkit.text import small

STREAM_NAMES: Final = {
    "h": "hidden state",
    "c": "cell state",
    "i": "input gate",
    "f": "forget gate",
    "g": "cell candidate",
    "o": "output gate",
    "r": "reset gate",
    "z": "update gate",
    "n": "new candidate",
    "output": "output of the module",
    "x": "input of the layer",
}
"""What a stream is, for tooltips."""


class StreamChooser(QWidget):
    """Shows which stream is drawn; a click chooses another."""

    chosen = Signal(str)

    def __init__(self, streams: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for stream in streams:
            button = QToolButton(self)
            button.setText(stream)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            name = STREAM_NAMES.get(stream, stream)
            button.setToolTip(f"{stream}: {name}")
            button.setAccessibleName(f"Show {stream}, {name}")
            self._group.addButton(button)
            self.buttons[stream] = button
            layout.addWidget(button)
        self.take_letters()
        self._group.buttonClicked.connect(self._on_button_clicked)

    def take_letters(self) -> None:
        """Be as large as the letters of now need."""
        for stream, button in self.buttons.items():
            button.setFont(small(self.font()))
            metrics = button.fontMetrics()
            width = max(metrics.horizontalAdvance(stream) + 10, 20)
            button.setFixedSize(QSize(width, metrics.height() + 4))

    def show_stream(self, stream: str) -> None:
        """Mark a stream as the one that is drawn; an unknown one marks none."""
        button = self.buttons.get(stream)
        if button is not None:
            button.setChecked(True)
            return
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def _on_button_clicked(self, button: QToolButton) -> None:
        self.chosen.emit(button.text())
