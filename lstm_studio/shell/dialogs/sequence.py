"""Asks what the model is fed; its needs stand beside the shape of the file."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.shell.dialogs.sequence_file import FilePage
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

KINDS: Final = {
    "sine": "Sine waves, one phase for each feature",
    "noise": "Noise: normal, mean 0, variance 1",
    "pulses": "Pulses of +1 and −1",
    "one-hot": "One-hot: one feature or token at each step",
}
USUAL_STEPS: Final = 500
MOST_STEPS: Final = 10_000_000


class SequenceDialog(QDialog):
    """A file, a text, or a generated signal, with what must be chosen for each."""

    chosen = Signal(str, dict)
    """The source and the choices of ``OpenSequence``."""

    def __init__(
        self, model: ModelSummary, path: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sequence")
        self.setWindowTitle("Open sequence")
        self.setMinimumWidth(600)
        needs = model.needs
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        self.needs = QLabel(f"{model.name} takes {needs_in_words(needs)}.", self)
        self.needs.setTextFormat(Qt.TextFormat.PlainText)
        self.needs.setWordWrap(True)
        column.addWidget(self.needs)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.file = FilePage(needs, path)
        self.text = TextPage()
        self.generated = GeneratedPage(needs)
        self.tabs.addTab(self.file, "File")
        if needs.kind == "tokens":
            self.tabs.addTab(self.text, "Text")
        self.tabs.addTab(self.generated, "Generated")
        column.addWidget(self.tabs, 1)
        buttons = QDialogButtonBox(self)
        buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole).setDefault(
            True
        )
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_open)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _on_open(self) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, FilePage | TextPage | GeneratedPage) and page.source:
            self.accept()
            self.chosen.emit(page.source, dict(page.choices))


class TextPage(QWidget):
    """A text typed or pasted here, encoded by the vocabulary of the model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Text for the model")
        self.text.setPlaceholderText("Type or paste a text")
        self.unknown = _choice(
            "Characters or words that the model does not know",
            {"ask": "Say which they are", "skip": "Leave out", "replace": "Replace"},
        )
        form = QFormLayout()
        form.addRow("&Unknown", self.unknown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 3 * GRID, 0, 0)
        column.addWidget(self.text, 1)
        column.addLayout(form)

    @property
    def source(self) -> str:
        """The text as a source, ``""`` where nothing was typed."""
        text = self.text.toPlainText()
        return f"text:{text}" if text else ""

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen about the text."""
        return {"unknown": self.unknown.currentData()}


class GeneratedPage(QWidget):
    """A signal that needs no file."""

    def __init__(self, needs: InputNeeds, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = {"one-hot": "Random tokens"} if needs.kind == "tokens" else KINDS
        self.kind = _choice("Kind of signal", kinds)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.steps = _number("Number of steps", 1, MOST_STEPS, USUAL_STEPS)
        self.features = _number("Features per step", 1, 65_536, needs.features or 1)
        self.seed = _number("Seed of what is random", 0, 2**31 - 1, 0)
        self.period = QDoubleSpinBox()
        self.period.setAccessibleName("Period in steps")
        self.period.setRange(0.01, 1e6)
        self.period.setValue(25)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 3 * GRID, 0, 0)
        self.form.setHorizontalSpacing(4 * GRID)
        self.form.addRow("&Kind", self.kind)
        self.form.addRow("&Steps", self.steps)
        self.form.addRow("&Features", self.features)
        self.form.addRow("&Period in steps", self.period)
        self.form.addRow("S&eed", self.seed)
        # Asked only where the model does not tell.
        self.form.setRowVisible(self.features, needs.features is None)
        self._on_kind()

    def _on_kind(self) -> None:
        kind = self.kind.currentData()
        self.form.setRowVisible(self.period, kind == "sine")
        self.form.setRowVisible(self.seed, kind != "sine")

    @property
    def source(self) -> str:
        """The kind as a source."""
        return f"generate:{self.kind.currentData()}"

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen about the signal, without what does not concern it."""
        chosen: dict[str, object] = {"steps": self.steps.value()}
        if self.form.isRowVisible(self.features):
            chosen["features"] = self.features.value()
        if self.form.isRowVisible(self.period):
            chosen["period"] = self.period.value()
        if self.form.isRowVisible(self.seed):
            chosen["seed"] = self.seed.value()
        return chosen


def _choice(name: str, options: Mapping[str, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in options.items():
        box.addItem(text, value)
    return box


def _number(name: str, least: int, most: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setRange(least, most)
    box.setValue(value)
    return box


def needs_in_words(needs: InputNeeds) -> str:
    """Return what a model takes per step: ``4 features per step: rain, wind, …``."""
    if needs.features is None:
        return "a number of features per step that its file does not tell"
    count = grouped(needs.features)
    match needs.kind:
        case "tokens":
            known = "" if needs.vocabulary else "; it brings no vocabulary"
            return f"one of {count} tokens per step{known}"
        case "samples":
            rate = f" at {grouped(needs.rate)} Hz" if needs.rate else ""
            return f"windows of {count} samples of sound{rate}"
        case "features":
            names = f": {', '.join(needs.names)}" if needs.names else ""
            return f"{count} feature{'s' * (needs.features != 1)} per step{names}"
