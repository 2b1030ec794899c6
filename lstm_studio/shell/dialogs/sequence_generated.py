"""The page of the sequence dialog for signals that need no file."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from lstm_studio.core.summary import InputNeeds
from lstm_studio.shell.dialogs.choiceform import ChoiceForm, choice, line, number

KINDS: Final = {
    "sine": "Sine waves, one phase for each feature",
    "noise": "Noise: normal, mean 0, variance 1",
    "pulses": "Pulses of +1 and −1",
    "one-hot": "One-hot: one feature or token at each step",
}
USUAL_STEPS: Final = 500
MOST_STEPS: Final = 10_000_000


class GeneratedPage(ChoiceForm):
    """A kind of signal, how long it is, and the seed of what is random in it."""

    def __init__(self, needs: InputNeeds, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = {"one-hot": "Random tokens"} if needs.kind == "tokens" else KINDS
        self.kind = choice("Kind of signal", kinds)
        self.form.addRow("&Kind", self.kind)
        self.steps = number("Number of steps", 1, MOST_STEPS, USUAL_STEPS)
        self.add("steps", "&Steps", self.steps)
        self.features = number("Features per step", 1, 65_536, needs.features or 1)
        self.add("features", "&Features", self.features)
        self.period = line("Period in steps")
        self.period.setText("25")
        self.add("period", "&Period in steps", self.period)
        self.density = line("Share of steps with a pulse")
        self.density.setText("0.05")
        self.add("density", "&Density", self.density)
        self.seed = number("Seed of what is random", 0, 2**31 - 1, 0)
        self.add("seed", "S&eed", self.seed)
        # Asked only where the model does not tell.
        self.form.setRowVisible(self.features, needs.features is None)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self._on_kind()

    def _on_kind(self) -> None:
        kind = self.kind.currentData()
        self.form.setRowVisible(self.period, kind == "sine")
        self.form.setRowVisible(self.density, kind == "pulses")
        self.form.setRowVisible(self.seed, kind != "sine")
        self.changed.emit()

    @property
    def source(self) -> str:
        """The kind as a source."""
        return f"generate:{self.kind.currentData()}"

    def restore_source(self, source: str, choices: Mapping[str, object]) -> None:
        """Show the signal that was chosen before."""
        kind = self.kind.findData(source.removeprefix("generate:"))
        self.kind.setCurrentIndex(max(kind, 0))
        self.restore(choices)
