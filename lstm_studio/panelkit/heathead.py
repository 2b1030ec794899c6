"""The line above a heat map: its layer, its streams, and a value read out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.readout import Readout
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
        self.chooser = StreamChooser(layer.streams, self)
        self.warning = QLabel(self)
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        # In a narrow window it is cut: else the heat map would be wider than its dock.
        self.warning.setMinimumWidth(1)
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
