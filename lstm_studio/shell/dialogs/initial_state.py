"""The rows that choose the state in which a run begins."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from lstm_studio.shell.dialogs.choiceform import ChoiceForm, PathField, choice, number

KINDS: Final = {
    "": "Zeros",
    "random": "Random: normal, from a seed",
    "file": "From a file",
    "recording": "Where another recording ended",
}
FILTER: Final = "States (*.npz *.npy *.pt *.safetensors *.h5);;All files (*)"


class InitialState(ChoiceForm):
    """Zeros, random numbers, a file, or the final state of a recording."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.kind = choice("State in which the run begins", KINDS)
        self.form.addRow("I&nitial state", self.kind)
        self.seed = number("Seed of the random state", 0, 2**31 - 1, 0)
        self.form.addRow("Seed", self.seed)
        self.path = PathField(
            "File or recording with the state", "", "Open initial state", FILTER
        )
        self.form.addRow("From", self.path)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.seed.valueChanged.connect(self._on_changed)
        self.path.changed.connect(self._on_changed)
        self._on_kind()

    def _on_kind(self) -> None:
        kind = self.kind.currentData()
        self.path.folders = kind == "recording"
        self.path.line.setPlaceholderText(
            "The folder of a recording of the same model"
            if kind == "recording"
            else "Arrays named LAYER.h and LAYER.c, or h_0 and c_0 as in PyTorch"
        )
        self.form.setRowVisible(self.seed, kind == "random")
        self.form.setRowVisible(self.path, kind in ("file", "recording"))
        self.changed.emit()

    @property
    def choices(self) -> Mapping[str, object]:
        """What was chosen; nothing for zeros."""
        path = self.path.line.text().strip()
        match self.kind.currentData():
            case "random":
                return {"initial": "random", "initial_seed": self.seed.value()}
            case "file" | "recording" if path:
                return {"initial": path}
        return {}

    def restore(self, choices: Mapping[str, object]) -> None:
        """Choose again what was chosen before."""
        source, seed = choices.get("initial", ""), choices.get("initial_seed", 0)
        kind = source if source in ("", "random") else "file"
        if isinstance(source, str) and kind == "file":
            self.path.line.setText(source)
            if source.endswith(".run"):
                kind = "recording"
        if isinstance(seed, int):
            self.seed.setValue(seed)
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
