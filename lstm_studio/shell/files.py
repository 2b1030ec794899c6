"""Opening and saving: files that were chosen, dropped, or opened before."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from lstm_studio.core.commands import Command, OpenModel, OpenSequence
from lstm_studio.core.errors import StudioError
from lstm_studio.core.messages import Failed, Finished, Outcome
from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.questions import QuestionsDialog
from lstm_studio.shell.dialogs.sequence import SequenceDialog
from lstm_studio.shell.dialogs.trust import TrustDialog
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.previews import Previews

SEQUENCES: Final = frozenset(
    {
        *(".npy", ".npz", ".csv", ".tsv", ".txt", ".md", ".parquet", ".zarr"),
        *(".wav", ".flac", ".ogg", ".mp3"),
    }
)
"""Endings by which a dropped file is taken for a sequence.

All others may be models, which their content tells.
"""
RECORDING: Final = "recording.json"
"""The file that a folder with a recording holds."""
MODEL_FILTER: Final = (
    "Models (*.pt *.pth *.ckpt *.safetensors *.jit *.ts *.py *.bin *.pkl *.pt2 *.onnx "
    "*.keras *.h5 *.hdf5 *.zip *.nn *.index.json);;All files (*)"
)


class Files(QObject):
    """Asks for files and opens them; remembers them and what may run code."""

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        window: QWidget,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(window)
        self._session = session
        self._preferences = preferences
        self._window = window
        self._report = report
        self._command: Command | None = session.command
        self._asked_about = ""
        self._granted: set[str] = set()
        self._pair: tuple[str, ...] = ()
        """A model and a sequence that were dropped together."""
        session.advanced.connect(self._on_advanced)

    def _on_advanced(self) -> None:
        # Kept, because the session has forgotten it when the outcome comes.
        if self._session.command is not None:
            self._command = self._session.command

    # Chosen by a dialog

    def open_model(self) -> None:
        """Ask for a model file and open it."""
        dialog = self._file_dialog("Open model", MODEL_FILTER)
        dialog.fileSelected.connect(self.open_model_file)
        dialog.open()

    def open_recording(self) -> None:
        """Ask for the folder of a recording and show it."""
        dialog = self._file_dialog("Open recording", "")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.open_recording_folder)
        dialog.open()

    def save_recording(self) -> None:
        """Ask for a place and keep the recording there."""
        dialog = self._file_dialog("Save recording", "")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(self._recording_name())
        dialog.fileSelected.connect(self.save_recording_to)
        dialog.open()

    def open_sequence(self) -> None:
        """Ask what the model is fed."""
        self._ask_sequence("")

    def _ask_sequence(self, path: str) -> None:
        model = self._session.model
        if model is None:
            return
        remembered = self._preferences.sequence_of(model.sha256)
        dialog = SequenceDialog(model, path, self._window, remembered)
        dialog.chosen.connect(self._on_sequence)
        Previews(self._session, dialog)
        self._show(dialog)

    def answer_questions(self) -> None:
        """Ask what the model's file does not tell."""
        model = self._session.model
        if model is not None and model.questions:
            dialog = QuestionsDialog(model, self._window)
            dialog.answered.connect(self._on_answers)
            self._show(dialog)

    def _file_dialog(self, title: str, name_filter: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._preferences.folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if name_filter:
            dialog.setNameFilter(name_filter)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _show(self, dialog: TrustDialog | QuestionsDialog | SequenceDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _recording_name(self) -> str:
        model = self._session.model
        return f"{Path(model.name).stem if model else 'recording'}.run"

    # Opened by their path

    def open_any(self, paths: Sequence[str]) -> None:
        """Open what was dropped: a model, a sequence, both, or a recording."""
        recordings = [path for path in paths if is_recording(path)]
        rest = [path for path in paths if path not in recordings]
        sequences = [path for path in rest if is_sequence(path)]
        models = [path for path in rest if path not in sequences]
        if recordings:
            self.open_recording_folder(recordings[0])
        elif models and sequences:
            self._open_both(models[0], sequences[0])
        elif len(models) > 1:
            # Which of them is the model, their content tells.
            self._open_both(models[0], models[1])
        elif models:
            self.open_model_file(models[0])
        elif sequences and self._session.model is not None:
            self._ask_sequence(sequences[0])
        elif sequences:
            name = Path(sequences[0]).name
            self._report(
                StudioError(
                    f"{name} looks like a sequence, and no model is open yet.",
                    "Open a model first, or drop both at once.",
                )
            )

    def _open_both(self, model: str, sequence: str) -> None:
        self._remember(sequence, model)
        self._pair = (model, sequence)
        self._session.open_model_and_sequence(model, sequence)

    def open_model_file(self, path: str) -> None:
        """Open a model; whether it may run code is asked where it would."""
        self._remember(path)
        self._pair = ()
        self._session.open_model(path)

    def open_recording_folder(self, path: str) -> None:
        """Show a recording."""
        try:
            self._session.open_recording(path)
        except StudioError as error:
            self._report(error)
            return
        self._remember(path)

    def save_recording_to(self, path: str) -> None:
        """Keep the recording as the folder ``path``."""
        try:
            self._session.save_recording(path)
        except StudioError as error:
            self._report(error)
            return
        self._remember(path)

    def _remember(self, *paths: str) -> None:
        for path in paths:
            self._preferences.remember_recent(path)
        self._preferences.folder = str(Path(paths[-1]).parent)

    # What an opened file asks for

    def take(self, outcome: Outcome) -> bool:
        """Look at how a command ended; return whether nothing is left to be said."""
        if isinstance(outcome, Failed) and outcome.kind == "NeedsTrust":
            return self._ask_trust(outcome)
        if isinstance(outcome, Failed) and outcome.kind == "NoModel":
            return self._take_as_sequence()
        model = self._session.model
        if (
            isinstance(outcome, Finished)
            and isinstance(self._command, OpenModel)
            and model is not None
            and model.questions
            and not self._command.answers
            and self._asked_about != model.sha256
        ):
            # Once for each file: its answers can be changed from the menu.
            self._asked_about = model.sha256
            self.answer_questions()
        return False

    def _take_as_sequence(self) -> bool:
        """Ask how to read what was opened as a model and is none."""
        command, pair = self._command, self._pair
        self._pair = ()
        if not isinstance(command, OpenModel):
            return False
        if pair and command.path == pair[0]:
            self._session.open_model_and_sequence(pair[1], pair[0])
            return True
        if self._session.model is not None:
            self._ask_sequence(command.path)
        return self._session.model is not None

    def way_out(self, failed: Failed) -> tuple[str, Callable[[], None]] | None:
        """Return what to offer where something did not fit or is too large."""
        command = self._command
        if failed.kind == "AsksFirst" and isinstance(command, OpenModel):
            answers = {**command.answers, "large": "yes"}
            again = partial(
                self._session.open_model,
                command.path,
                trust=command.trust,
                answers=answers,
            )
            return "Open anyway", again
        if failed.kind == "DoesNotFit" and isinstance(command, OpenSequence):
            source = command.source
            path = "" if source.startswith(("generate:", "text:")) else source
            return "Choose again…", partial(self._ask_sequence, path)
        return None

    def _ask_trust(self, failed: Failed) -> bool:
        command = self._command
        if not isinstance(command, OpenModel):
            return False
        if failed.sha256 in self._granted | self._preferences.trusted.keys():
            self._open_trusted(command)
            return True
        apart = self._session.apart
        dialog = TrustDialog(command.path, failed, self._window, apart=apart)
        dialog.setProperty("sha256", failed.sha256)
        dialog.trusted.connect(self._on_trusted)
        dialog.weights_only.connect(self._on_weights_only)
        self._show(dialog)
        return True

    def _on_trusted(self, remember: bool) -> None:
        command, dialog = self._command, self.sender()
        if not isinstance(command, OpenModel) or dialog is None:
            return
        sha256 = str(dialog.property("sha256"))
        if not remember:
            self._granted.add(sha256)
        else:
            self._preferences.trust(sha256, Path(command.path).name)
        self._open_trusted(command)

    def _open_trusted(self, command: OpenModel) -> None:
        if self._pair and command.path == self._pair[0]:
            self._session.open_model_and_sequence(*self._pair, trust=True)
        else:
            self._session.open_model(
                command.path, trust=True, answers=dict(command.answers)
            )

    def _on_weights_only(self) -> None:
        command = self._command
        if isinstance(command, OpenModel):
            answers = {**command.answers, "open": "weights"}
            self._session.open_model(command.path, answers=answers)

    def _on_answers(self, answers: Mapping[str, str]) -> None:
        model = self._session.model
        if model is None or all(
            model.answers.get(question.name, question.default) == answers[question.name]
            for question in model.questions
        ):
            return
        self._session.open_model(
            model.path,
            answers={**model.answers, **answers},
        )

    def _on_sequence(self, source: str, choices: Mapping[str, object]) -> None:
        if not source.startswith(("generate:", "text:")):
            self._remember(source)
        model = self._session.model
        if model is not None:
            self._preferences.remember_sequence(model.sha256, source, choices)
        self._session.open_sequence(source, choices)


def is_sequence(path: str) -> bool:
    """Return whether a file is taken for a sequence, by its ending."""
    return Path(path).suffix.lower() in SEQUENCES


def is_recording(path: str) -> bool:
    """Return whether a folder holds a recording."""
    return (Path(path) / RECORDING).is_file()
