"""Asks before code of a file runs, and says what that means."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.messages import Failed
from lstm_studio.engine.landlock import protection
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.dialogs.fitted import FittedDialog
from lstm_studio.shell.theme import GRID

WIDTH: Final = 560
LINES: Final = 7
"""Of what a file would run, what is seen without scrolling."""
WITH_THE_WINDOW: Final = (
    "It runs in the process of this window, which limits it in nothing: it can read, "
    "change and send whatever you can, and a crash in it ends the window."
)


class TrustDialog(FittedDialog):
    """Names the file and what it would run; the safe way is the default.

    ``apart`` says whether models run in a process that is not that of the window.
    """

    weights_only = Signal()
    trusted = Signal(bool)
    """Whether the answer is to be remembered for these bytes."""

    def __init__(
        self, path: str, failed: Failed, parent: QWidget | None = None, *, apart: bool
    ) -> None:
        super().__init__(parent)
        self.setObjectName("trust")
        self.setWindowTitle("This file runs code")
        self.setMinimumWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(self._text(name_text(failed.message)))
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.addRow("File", self._text(name_text(str(Path(path)))))
        form.addRow("SHA-256", self._text(_halves(failed.sha256)))
        column.addLayout(form)
        if failed.details:
            names = self._list(failed.details.splitlines())
            column.addLayout(self._part("It would import or run", names))
        self.limits = self._text(protection() if apart else WITH_THE_WINDOW)
        column.addLayout(self._part("What its code can do", self.limits))
        column.addWidget(self._text("Trust it only if you know who made it."))
        self.remember = QCheckBox("Do not ask again for this very file", self)
        self.remember.setToolTip("Kept by its SHA-256; Settings can take it back")
        column.addWidget(self.remember)
        buttons = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole
        self.safe = buttons.addButton("Open the weights only", role.AcceptRole)
        self.trust = buttons.addButton("Trust and open", role.DestructiveRole)
        cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        # A Python file holds no weights: nothing of it can be had without running it.
        has_weights = Path(path).suffix.lower() != ".py"
        self.safe.setVisible(has_weights)
        first = self.safe if has_weights else cancel
        first.setDefault(True)
        first.setFocus()
        self.safe.clicked.connect(self._on_safe)
        self.trust.clicked.connect(self._on_trust)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _part(self, title: str, widget: QWidget) -> QVBoxLayout:
        heading = QLabel(title, self)
        heading.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        part = QVBoxLayout()
        part.setSpacing(GRID)
        part.addWidget(heading)
        part.addWidget(widget)
        return part

    def _text(self, text: str) -> QLabel:
        label = QLabel(text, self)
        # Names from files are text, not markup.
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _list(self, lines: list[str]) -> QPlainTextEdit:
        said = QPlainTextEdit("\n".join(map(name_text, lines)), self)
        said.setReadOnly(True)
        said.setAccessibleName("What the file would import or run")
        # One line more: a long one takes two, or a bar for what is beside.
        shown = min(len(lines), LINES) + 1
        said.setFixedHeight(shown * said.fontMetrics().lineSpacing() + 2 * GRID)
        return said

    def _on_safe(self) -> None:
        self.accept()
        self.weights_only.emit()

    def _on_trust(self) -> None:
        self.accept()
        self.trusted.emit(self.remember.isChecked())


def _halves(sha256: str) -> str:
    """Break the long number in two, so that it does not widen the dialog."""
    return f"{sha256[:32]}\n{sha256[32:]}" if len(sha256) > 32 else sha256
