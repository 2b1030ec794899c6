"""What is open in the host: enough to open it again in another one."""

from dataclasses import replace

from lstm_studio.core.commands import Command, OpenExample, OpenModel, OpenSequence
from lstm_studio.core.messages import (
    Finished,
    Message,
    ModelOpened,
    Outcome,
    SequenceOpened,
)
from lstm_studio.core.summary import ModelSummary, SequenceSummary
from lstm_studio.engine.host import Before


class Remembered:
    """Listens to what is asked and said, and keeps what went well."""

    def __init__(self) -> None:
        self._command: Command | None = None
        self._model: ModelSummary | None = None
        self._sequence: SequenceSummary | None = None
        self._opening: OpenModel | OpenExample | None = None
        self._feeding: OpenSequence | None = None
        self._before = Before()

    def asked(self, command: Command) -> Before:
        """Take what is asked next; return what has to be open for it."""
        self._command = command
        self._model, self._sequence = self._before.model, self._before.sequence
        if isinstance(command, OpenExample) or (
            isinstance(command, OpenModel) and not self._is_open(command)
        ):
            return Before()
        return self._before

    def _is_open(self, command: OpenModel) -> bool:
        model = self._before.model
        return model is not None and model.path == command.path

    def heard(self, message: Message) -> None:
        """Take what was said of the command."""
        match message:
            case ModelOpened(model):
                self._model, self._sequence = model, None
            case SequenceOpened(sequence):
                self._sequence = sequence
            case Finished():
                self._keep()
            case _ if isinstance(message, Outcome):
                self._command = None

    def _keep(self) -> None:
        command, self._command = self._command, None
        match command:
            case OpenModel() if self._is_open(command):
                # Other answers: the trust that was given, and the sequence, stay.
                before = self._opening
                trust = command.trust or (
                    isinstance(before, OpenModel) and before.trust
                )
                self._opening = replace(command, trust=trust)
            case OpenModel() | OpenExample():
                self._opening, self._feeding = command, None
            case OpenSequence():
                self._feeding = command
            case _:
                return
        commands = tuple(c for c in (self._opening, self._feeding) if c is not None)
        self._before = Before(commands, self._model, self._sequence)
