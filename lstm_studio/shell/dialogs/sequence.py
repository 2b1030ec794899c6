"""Asks what the model is fed; its needs stand beside the shape of the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.core.found import Sight
from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.shell.dialogs.initial_state import InitialState
from lstm_studio.shell.dialogs.sequence_file import FilePage
from lstm_studio.shell.dialogs.sequence_generated import GeneratedPage
from lstm_studio.shell.dialogs.sequence_picture import SequencePicture
from lstm_studio.shell.dialogs.sequence_typed import TypedPage
from lstm_studio.shell.theme import GRID
from lstm_studio.shell.words import grouped

ASK_MS: Final = 250
"""The engine is asked for a preview when nothing was changed for so long."""
SIZE: Final = (940, 600)
WAITS: Final = "The preview comes when what runs has ended."


class SequenceDialog(QDialog):
    """A file, something typed, or a generated signal, with what is chosen for each.

    Parameters
    ----------
    path
        A file to begin with.
    remembered
        Source and choices that this model was fed with before.
    """

    chosen = Signal(str, dict)
    """The source and the choices of ``OpenSequence``."""
    asked = Signal(str, dict)
    """The same, to be looked at; ``take_sight`` has the answer."""

    def __init__(
        self,
        model: ModelSummary,
        path: str = "",
        parent: QWidget | None = None,
        remembered: tuple[str, Mapping[str, Any]] = ("", {}),
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sequence")
        self.setWindowTitle("Open sequence")
        self.resize(*SIZE)
        needs = model.needs
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self._ask)
        self.needs = QLabel(f"{model.name} takes {needs_in_words(needs)}.", self)
        self.needs.setTextFormat(Qt.TextFormat.PlainText)
        self.needs.setWordWrap(True)
        self.file = FilePage(needs, path)
        self.typed = TypedPage(needs)
        self.generated = GeneratedPage(needs)
        self.initial = InitialState()
        self.picture = SequencePicture()
        self._lay_out(needs)
        self._restore(path, *remembered)
        for page in (self.file, self.typed, self.generated, self.initial):
            page.changed.connect(self._on_changed)
        self.tabs.currentChanged.connect(self._on_changed)
        self._on_changed()

    def _lay_out(self, needs: InputNeeds) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.file)
        self._scroll = scroll
        self.tabs.addTab(scroll, "File")
        self.tabs.addTab(self.typed, "Text" if needs.vocabulary else "Typed")
        self.tabs.addTab(self.generated, "Generated")
        right = QVBoxLayout()
        right.setSpacing(3 * GRID)
        right.addWidget(self.needs)
        right.addWidget(self.picture, 1)
        right.addWidget(self.initial)
        middle = QHBoxLayout()
        middle.setSpacing(6 * GRID)
        middle.addWidget(self.tabs, 3)
        middle.addLayout(right, 2)
        buttons = QDialogButtonBox(self)
        buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole).setDefault(
            True
        )
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_open)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addLayout(middle, 1)
        column.addWidget(buttons)

    @property
    def page(self) -> FilePage | TypedPage | GeneratedPage:
        """The page that is shown."""
        pages = (self.file, self.typed, self.generated)
        return pages[self.tabs.currentIndex()]

    def show_page(self, page: FilePage | TypedPage | GeneratedPage) -> None:
        """Bring a page to the front."""
        self.tabs.setCurrentWidget(self._scroll if page is self.file else page)

    def _restore(self, path: str, source: str, choices: Mapping[str, object]) -> None:
        """Show what this model was fed with before, or how a file like it was read."""
        if not source or (path and Path(path).suffix != Path(source).suffix):
            return
        self.initial.restore(choices)
        if source.startswith("text:"):
            self.show_page(self.typed)
        elif source.startswith("generate:"):
            self.show_page(self.generated)
        self.page.restore_source(path or source, choices)

    @property
    def choices(self) -> dict[str, object]:
        """What was chosen, of the page that is shown and of the initial state."""
        return {**self.page.choices, **self.initial.choices}

    def _on_changed(self) -> None:
        if self.page.source:
            self._timer.start()
        else:
            self._timer.stop()
            self.picture.say("Nothing is chosen yet.")

    def _ask(self) -> None:
        self.asked.emit(self.page.source, self.choices)

    def ask_again(self) -> None:
        """Ask for a preview again, as when a run was in the way."""
        if self.isVisible() and self.page.source:
            self._timer.start()

    def wait(self) -> None:
        """Say that the engine is busy."""
        self.picture.say(WAITS)

    def take_sight(self, source: str, sight: Sight) -> None:
        """Show what the engine says of a source, if it is still the one asked for."""
        if source != self.page.source:
            return
        if sight.found is not None and self.page is self.file:
            self.file.show_found(sight.found)
        if sight.message or sight.summary is not None:
            # The engine says it better, beside the picture.
            self.file.form.setRowVisible(self.file.fit, False)
        self.picture.take(sight)

    def _on_open(self) -> None:
        if self.page.source:
            self._timer.stop()
            self.accept()
            self.chosen.emit(self.page.source, self.choices)


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
