"""The page of the sequence dialog for what is typed or pasted: numbers, or a text."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from lstm_studio.core.summary import InputNeeds
from lstm_studio.shell.dialogs.choiceform import ChoiceForm, PathField, choice
from lstm_studio.shell.dialogs.sequence_file import SPLITS, UNKNOWN
from lstm_studio.shell.theme import GRID

READ_AS: Final = {"": "A text, by the vocabulary", "table": "Numbers of tokens"}


class TypedPage(QWidget):
    """Numbers, a row for each step, or a text; encoded as a file would be."""

    changed = Signal()

    def __init__(self, needs: InputNeeds, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tokens, worded = needs.kind == "tokens", bool(needs.vocabulary)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Text or numbers for the model")
        self.text.setPlaceholderText(
            "Type or paste a text"
            if worded
            else "Type or paste the numbers of tokens: 3, 1, 4"
            if tokens
            else "Type or paste numbers, a row for each step: 0.5, 1.2"
        )
        self.paste = QPushButton("Paste from the clipboard", self)
        self.paste.clicked.connect(self.take_clipboard)
        self.form = ChoiceForm(self)
        if worded:
            self.form.add("read_as", "&Read as", choice("How it is read", READ_AS))
        if tokens and not worded:
            self.form.add(
                "vocabulary",
                "&Vocabulary",
                PathField(
                    "Vocabulary file", "None: what is typed are numbers",
                    "Open vocabulary", "Vocabularies (*.json *.txt);;All files (*)",
                ),
            )  # fmt: skip
        if tokens:
            self.form.add("split", "Spl&it into", choice("Tokens of the text", SPLITS))
            self.form.add(
                "unknown", "&Unknown", choice("What the model does not know", UNKNOWN)
            )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 3 * GRID, 0, 0)
        column.addWidget(self.text, 1)
        column.addWidget(self.paste)
        column.addWidget(self.form)
        self.text.textChanged.connect(self.changed)
        self.form.changed.connect(self.changed)

    def take_clipboard(self) -> None:
        """Put the text of the clipboard here, as a spreadsheet leaves it there."""
        self.text.setPlainText(QGuiApplication.clipboard().text())

    @property
    def source(self) -> str:
        """What was typed as a source, ``""`` where nothing was."""
        text = self.text.toPlainText()
        return f"text:{text}" if text else ""

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen about it."""
        return self.form.choices

    def restore_source(self, source: str, choices: Mapping[str, object]) -> None:
        """Show what was typed before."""
        self.text.setPlainText(source.removeprefix("text:"))
        self.form.restore(choices)
