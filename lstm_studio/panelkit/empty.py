"""What a panel says while it has nothing to draw."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from lstm_studio.panelkit.colours import Colours


class Emptiness(QLabel):
    """A sentence in the middle of a panel, in the place of its content."""

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = content
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMargin(12)
        self._stack = QStackedLayout(parent)
        self._stack.addWidget(content)
        self._stack.addWidget(self)

    def say(self, text: str) -> bool:
        """Show ``text``, or the content where it is empty; return whether it is."""
        if text != self.text():
            self.setText(text)
        shown: QWidget = self if text else self._content
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
        return not text

    def recolour(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        palette = self.palette()
        palette.setColor(self.foregroundRole(), colours.muted)
        self.setPalette(palette)
