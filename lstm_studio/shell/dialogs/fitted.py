"""A dialog as high as its words are, at the width that it has."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog


class FittedDialog(QDialog):
    """A dialog with words that wrap: none is cut, and none floats in empty space."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            # Qt guesses the height from another width, and gives a dialog two thirds
            # of the screen at most.
            width = max(self.minimumWidth(), layout.totalMinimumSize().width())
            self.setMinimumSize(width, layout.totalHeightForWidth(width))
            self.resize(self.minimumSize())
