"""The certificate in full: its figures layer by layer, and what they mean."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.certificate import Certificate
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

COLUMNS = ("Layer", "Residual", "Checkpoints", "Tolerance", "Steps", "Verdict")


class CertificateDialog(QDialog):
    """Shows the figures; offers to measure them over every step."""

    verify_asked = Signal()

    def __init__(
        self,
        certificate: Certificate,
        *,
        can_verify: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("certificate")
        self.setWindowTitle("Certificate")
        self.resize(720, 380)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(self._text(verdict(certificate)))
        self.table = QTreeWidget(self)
        self.table.setAccessibleName("Figures of each layer")
        self.table.setHeaderLabels(list(COLUMNS))
        self.table.setRootIsDecorated(False)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for name, proof in certificate.layers.items():
            row = QTreeWidgetItem(
                [
                    name or "the model itself",
                    _figure(proof.residual if proof.steps else None),
                    _figure(proof.checkpoint if proof.steps else None),
                    _figure(proof.tolerance),
                    grouped(proof.steps),
                    "holds" if proof.holds else proof.reason or "does not hold",
                ]
            )
            for number in range(1, 5):
                row.setTextAlignment(number, right)
            self.table.addTopLevelItem(row)
        header = self.table.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for number in range(1, 5):
            self.table.headerItem().setTextAlignment(number, right)
        column.addWidget(self.table, 1)
        column.addWidget(
            self._text(
                "Residual: the largest difference between the recorded h and the h "
                "that follows from the shown gates. Checkpoints: the same for c, "
                "against the kernel's own. Both must stay below the tolerance."
            )
        )
        for reason in certificate.reasons:
            column.addWidget(self._text(reason[:1].upper() + reason[1:]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.verify = buttons.addButton(
            "Verify all steps", QDialogButtonBox.ButtonRole.ActionRole
        )
        self.verify.setEnabled(can_verify)
        self.verify.setToolTip(
            "Measure every step, and run the plain model to compare its output"
            if can_verify
            else "Only the last run of an opened model can be verified"
        )
        self.verify.clicked.connect(self._on_verify)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _text(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _on_verify(self) -> None:
        self.accept()
        self.verify_asked.emit()


def _figure(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.1e}" if value else "0"


def verdict(certificate: Certificate) -> str:
    """Return the figures of the whole run in a sentence or two."""
    if not certificate.layers:
        return "Nothing was measured of this recording yet."
    holds = {
        "holds": "The certificate holds: every figure is within its tolerance.",
        "not certified in full": "Not all is certified; the reasons stand below.",
        "does not hold": "The certificate does not hold: see the figures below.",
    }[certificate.verdict]
    difference = certificate.output_difference
    if difference is None:
        return f"{holds} The output was not compared with the plain model's."
    over = f", over the {certificate.compared}" if certificate.compared else ""
    if difference == 0:
        return f"{holds} The output is bit for bit that of the plain model{over}."
    return (
        f"{holds} The output differs from the plain model's by at most "
        f"{difference:.1e}{over}."
    )
