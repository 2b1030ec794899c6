"""Offers on the welcome page what was open when the studio ended badly."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from lstm_studio.shell.theme import GRID


class Recovery(QFrame):
    """One line with its two buttons; hidden while there is nothing to offer."""

    reopen_asked = Signal()
    forget_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery")
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.reopen = QPushButton("Reopen what you had", self)
        self.forget = QPushButton("Forget it", self)
        self.forget.setToolTip("Remove what sessions that ended badly have left")
        self.reopen.clicked.connect(self.reopen_asked)
        self.forget.clicked.connect(self.forget_asked)
        for button in (self.reopen, self.forget):
            button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(4 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(2 * GRID)
        row.addWidget(self.text, 1)
        row.addWidget(self.reopen)
        row.addWidget(self.forget)
        self.hide()

    def offer(self, recordings: tuple[Path, ...]) -> None:
        """Offer the newest of these, or nothing where there is none."""
        self.setVisible(bool(recordings))
        if recordings:
            when = _written(recordings[0])
            older = len(recordings) - 1
            more = f" Older ones: {older}." if older else ""
            self.text.setText(
                "The studio ended before it was closed; "
                f"its recording{when} is safe.{more}"
            )


def _written(recording: Path) -> str:
    try:
        seconds = recording.stat().st_mtime
    except OSError:
        return ""
    return f" of {datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
