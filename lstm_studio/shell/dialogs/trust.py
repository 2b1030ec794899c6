"""Asks before code of a file runs, and says what that means."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.messages import Failed
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.theme import GRID


class TrustDialog(QDialog):
    """Names the file and what it would run; the safe way is the default."""

    weights_only = Signal()
    trusted = Signal(bool)
    """Whether the answer is to be remembered for these bytes."""

    def __init__(
        self, path: str, failed: Failed, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("trust")
        self.setWindowTitle("This file runs code")
        self.setMinimumWidth(560)
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
            column.addWidget(QLabel("It would import or run:", self))
            said = "\n".join(map(name_text, failed.details.splitlines()))
            imports = QPlainTextEdit(said, self)
            imports.setReadOnly(True)
            imports.setAccessibleName("What the file would import or run")
            imports.setFixedHeight(120)
            column.addWidget(imports)
        column.addWidget(
            self._text(
                "Code from this file runs with your rights: it can read, change and "
                "send whatever you can. Trust it only if you know who made it."
            )
        )
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

    def _text(self, text: str) -> QLabel:
        label = QLabel(text, self)
        # Names from files are text, not markup.
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _on_safe(self) -> None:
        self.accept()
        self.weights_only.emit()

    def _on_trust(self) -> None:
        self.accept()
        self.trusted.emit(self.remember.isChecked())


def _halves(sha256: str) -> str:
    """Break the long number in two, so that it does not widen the dialog."""
    return f"{sha256[:32]}\n{sha256[32:]}" if len(sha256) > 32 else sha256
