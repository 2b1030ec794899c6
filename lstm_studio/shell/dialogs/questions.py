"""Asks what a model's file cannot tell, with an answer proposed for each question."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.summary import ModelSummary, Question
from lstm_studio.panelkit.text import name_text
from lstm_studio.shell.dialogs.fitted import FittedDialog
from lstm_studio.shell.theme import GRID


class QuestionsDialog(FittedDialog):
    """A form over the questions of one model; it can be changed later."""

    answered = Signal(dict)

    def __init__(self, model: ModelSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("questions")
        self.setWindowTitle(f"Questions about {name_text(model.name)}")
        self.setMinimumWidth(480)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        intro = QLabel(
            f"The file is a {name_text(model.form)}. It does not tell the following; "
            "the answers that are usual are filled in. You may change them later under "
            "File, Model questions."
        )
        intro.setTextFormat(Qt.TextFormat.PlainText)
        intro.setWordWrap(True)
        column.addWidget(intro)
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(2 * GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.fields: dict[str, QComboBox | QLineEdit] = {}
        for question in model.questions:
            field = _field(question, model.answers.get(question.name, question.default))
            self.fields[question.name] = field
            label = QLabel(question.text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setToolTip(question.why)
            label.setBuddy(field)
            form.addRow(label, field)
        column.addLayout(form)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._on_ok)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def answers(self) -> Mapping[str, str]:
        """What the form says now."""
        return {
            name: field.currentText() if isinstance(field, QComboBox) else field.text()
            for name, field in self.fields.items()
        }

    def _on_ok(self) -> None:
        self.accept()
        self.answered.emit(dict(self.answers))


def _field(question: Question, answer: str) -> QComboBox | QLineEdit:
    if not question.options:
        line = QLineEdit(answer)
        line.setToolTip(question.why)
        line.setAccessibleName(question.text)
        return line
    choice = QComboBox()
    choice.addItems(question.options)
    choice.setCurrentText(answer)
    choice.setToolTip(question.why)
    choice.setAccessibleName(question.text)
    return choice
