"""The line above a heat map: its layer, its streams, and a value read out."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.readout import Readout
from lstm_studio.panelkit.stepview import left_margin, right_margin
from lstm_studio.panelkit.streamchooser import StreamChooser
from lstm_studio.panelkit.text import name_text, small

LEAST: Final = "NaN…"
"""What is seen of a warning in the narrowest window: that there is one."""


class HeatHead(QWidget):
    """Title, chooser of streams, a warning where values are bad, and the readout."""

    def __init__(self, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setText(name_text(layer.name or layer.module or "model"))
        self.chooser = StreamChooser(layer.streams, self)
        self.warning = Warned(self)
        self.readout = Readout(self)
        self._layout = layout = QHBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.chooser)
        layout.addWidget(self.warning)
        layout.addWidget(self.readout, 1)

    def warn(self, text: str) -> None:
        """Say what is wrong with values."""
        self.warning.setText(text)
        self.warning.setToolTip(text)

    def recolour(self, colours: Colours) -> None:
        """Take the colours of a theme, and the letters of now."""
        self.title.setIndent(left_margin(self.font()))
        self.chooser.take_letters()
        self._layout.setContentsMargins(0, 3, right_margin(self.font()), 1)
        for widget, colour in (
            (self.readout, colours.muted),
            (self.warning, colours.bad),
        ):
            palette = widget.palette()
            palette.setColor(widget.foregroundRole(), colour)
            widget.setPalette(palette)
            widget.setFont(small(self.font()))


class Warned(QLabel):
    """Words that end in dots where there is no room: all of them are in the tip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        # As little as can be: else the heat map would be wider than its dock.
        # The pixel more is what rounding may take.
        least = self.fontMetrics().horizontalAdvance(LEAST) + 1 if self.text() else 0
        return QSize(least, super().minimumSizeHint().height())

    @property
    def shown(self) -> str:
        """What is seen of the text."""
        return self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        at = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), at, self.shown)
