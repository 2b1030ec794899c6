"""The line above a heat map: its layer, its streams, and a value read out."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.stepview import left_margin, right_margin
from lstm_studio.panelkit.streamchooser import StreamChooser
from lstm_studio.panelkit.text import name_text, small


class HeatHead(QWidget):
    """Title, chooser of streams, a warning where values are bad, and the readout."""

    def __init__(self, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setText(name_text(layer.name or layer.module or "model"))
        self.title.setIndent(left_margin(self.font()))
        self.chooser = StreamChooser(layer.streams, self)
        self.warning = QLabel(self)
        self.readout = QLabel(self)
        for label in (self.warning, self.readout):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(small(self.font()))
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight)
        policy = QSizePolicy.Policy
        self.readout.setSizePolicy(policy.Ignored, policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 3, right_margin(self.font()), 1)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.chooser)
        layout.addWidget(self.warning)
        layout.addWidget(self.readout, 1)

    def recolour(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        for label, colour in (
            (self.readout, colours.muted),
            (self.warning, colours.bad),
        ):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), colour)
            label.setPalette(palette)

    def read_out(self, text: str, short: str) -> None:
        """Show a text, or a shorter one, as far as there is room."""
        metrics = QFontMetricsF(self.readout.font())
        room = self.readout.width()
        # Half a number is another number.
        fitting = (t for t in (text, short) if metrics.horizontalAdvance(t) <= room)
        self.readout.setText(next(fitting, ""))
