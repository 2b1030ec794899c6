"""The view-model: what is open, and the wishes that go to the runner."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject

from lstm_studio.core.budget import Budget
from lstm_studio.core.commands import (
    Command,
    Live,
    LookAtSequence,
    OpenExample,
    OpenModel,
    OpenSequence,
    Run,
    Verify,
)
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.examples import example
from lstm_studio.core.messages import (
    Advanced,
    Failed,
    Finished,
    LiveChanged,
    Message,
    ModelDescribed,
    ModelOpened,
    Outcome,
    RecordingOpened,
    SequenceOpened,
    SequenceSeen,
)
from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import ModelSummary, SequenceSummary
from lstm_studio.session.forecast import Forecast
from lstm_studio.session.reader import Reader, ThreadReader
from lstm_studio.session.runner import Runner
from lstm_studio.session.running import Running
from lstm_studio.session.workspace import Workspace

TOO_LARGE: Final = "Take fewer steps or samples, or run all the same."


class Session(Running):
    """One model, one sequence, one recording, one view.

    Wishes come up as calls, facts go down as four signals.
    """

    def __init__(
        self,
        runner: Runner,
        workspace: Workspace,
        reader: Callable[[Recording], Reader] = ThreadReader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(runner, workspace, reader, parent)
        self.model: ModelSummary | None = None
        self.module: object | None = None
        """The model itself, where it lives in this process."""
        self.coming: ModelSummary | None = None
        self.sequence: SequenceSummary | None = None
        self.seen: SequenceSeen | None = None
        self.gone_on: LiveChanged | None = None
        """How far the model went on live, or why it cannot; None if it did not."""
        self.threads: int | None = None
        self.memory = 0
        """Bytes that a run may hold unasked; 0 is half of what is free."""
        self.watched: frozenset[str] = frozenset()
        self.asked: OpenExample | OpenSequence | None = None
        self._forecast = Forecast()
        self._wanted: Mapping[str, Any] = {}

    def watch(self, name: str, on: bool) -> None:
        """Record the output of a module at the next run, or not."""
        self.watched = self.watched | {name} if on else self.watched - {name}
        self.opened.emit()

    # What is wished

    def open_model(
        self,
        path: str,
        *,
        trust: bool = False,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        """Open a model file; ``ended`` says how it went."""
        self._start(OpenModel(path, trust, answers or {}))

    def hold(
        self,
        model: ModelSummary,
        sequence: SequenceSummary,
        module: object | None = None,
    ) -> None:
        """Take a model and its input that the runner has from the start."""
        self.model, self.sequence, self.module = model, sequence, module
        self.opened.emit()

    def open_example(self, name: str) -> None:
        """Open a bundled example with its sequence, and run it."""
        self._start(OpenExample(name))
        self._then = [(self._run_command(), False)]
        self._wanted = example(name).look

    def open_sequence(
        self, source: str, choices: Mapping[str, object] | None = None
    ) -> None:
        """Prepare a sequence for the opened model."""
        self._start(OpenSequence(source, choices or {}))

    def see_sequence(
        self, source: str, choices: Mapping[str, object] | None = None
    ) -> bool:
        """Ask what a sequence would be; ``seen`` holds it after `advanced`.

        False while something else runs, which is not ended for that.
        """
        if self.busy and not isinstance(self.command, LookAtSequence):
            return False
        self._start(LookAtSequence(source, choices or {}))
        return True

    def open_model_and_sequence(
        self, model: str, sequence: str, *, trust: bool = False
    ) -> None:
        """Open both and run, each after the one before went well."""
        self._start(OpenModel(model, trust))
        self._then = [(OpenSequence(sequence), False), (self._run_command(), False)]

    def run(self, *, paused: bool = False, sure: bool = False) -> None:
        """Record the model; ``paused`` waits before the first step.

        A run that takes more than half of the room that there is fails at once, as
        ``TooLarge``, unless one is ``sure``.
        """
        self._start(replace(self._run_command(), sure=sure), paused=paused)

    @property
    def budget(self) -> Budget | None:
        """What the next run will take, None where that cannot be known."""
        if self.model is None or self.sequence is None:
            return None
        free = self._workspace.free
        return self._forecast.budget(
            self.model, self.sequence, self.device, free, self.memory
        )

    def verify(self) -> None:
        """Measure the certificate of the last run over all its steps."""
        self._start(Verify())

    def live(
        self,
        source: str = "",
        *,
        generate: int = 0,
        temperature: float = 1.0,
        seed: int | None = None,
        reset: bool = False,
        carry: bool = True,
    ) -> None:
        """Go on from the end of the sequence: first with ``source``, then by itself.

        The first time the model is asked whether it can be stepped, and that is
        proven over the sequence; ``gone_on`` says how that went.
        """
        self._start(
            Live(
                folder=str(self._workspace.new_recording()),
                device=self.device,
                threads=self.threads,
                source=source,
                generate=generate,
                temperature=temperature,
                seed=seed,
                reset=reset,
                carry=carry,
            )
        )
        if self.gone_on is not None:
            self.look(step=max(self.extent.steps - 1, 0), follow=True)

    def _run_command(self) -> Run:
        return Run(
            folder=str(self._workspace.new_recording()),
            device=self.device,
            watch=tuple(sorted(self.watched)),
            threads=self.threads,
            until=self.until,
        )

    def _refusal(self, command: Command) -> Failed | None:
        if not isinstance(command, Run) or command.sure:
            return None
        budget = self.budget
        if budget is None or not budget.asks:
            return None
        return Failed("TooLarge", str(budget), TOO_LARGE)

    # What is told

    def _take(self, message: Message) -> None:
        match message:
            case ModelDescribed(model=model):
                self.coming = model
                self.opened.emit()
            case ModelOpened(model=model):
                self.model, self.sequence, self.gone_on = model, None, None
                self.module = None
                if isinstance(self.command, OpenModel):
                    self._wanted = {}
                self.watched = frozenset()
                self._drop_recording()
                self.opened.emit()
            case SequenceOpened(sequence=sequence):
                self.sequence, self.gone_on = sequence, None
                if isinstance(self.command, OpenExample | OpenSequence):
                    self.asked = self.command
                self.opened.emit()
            case RecordingOpened(path=path):
                self.show_recording(Recording.open(Path(path)))
            case Advanced(rows=rows):
                self._on_rows(rows)
            case SequenceSeen():
                self.seen = message
            case LiveChanged():
                self.gone_on = message
                self.opened.emit()
            case _:
                super()._take(message)

    def _on_rows(self, rows: Mapping[str, int]) -> None:
        if self.recording is None or self._shelf is None:
            return
        # Where its drive is gone the run says so, and what was read stays in sight.
        with contextlib.suppress(CannotOpen):
            self.recording.refresh()
        self._shelf.age()
        whole = self.view.span == (0, max(self.extent.steps, 1))
        self._measure()
        changes: dict[str, Any] = {}
        if self.view.layer is None:
            changes.update(self._wanted)
        if whole or self.view.layer is None:
            changes["span"] = (0, max(self.extent.steps, 1))
        if self.view.follow and rows:
            changes["step"] = max(rows.values()) - 1
        self._show(replace(self.view, **changes))

    def _end(self, outcome: Outcome) -> None:
        if self.recording is not None:
            self._on_rows({})
        if isinstance(self.command, Run):
            if self.model is not None and self.recording is not None:
                self._forecast.learn(self.model, self.device, self.recording)
            if self.view.follow and isinstance(outcome, Finished):
                self._show(replace(self.view, **self._wanted))
            # Once: what a person looks at from then on stays at the next run.
            self._wanted = {}
        self.coming = None
        super()._end(outcome)

    def show_recording(self, recording: Recording) -> None:
        """Take a recording in the place of the one before."""
        self.gone_on = None
        super().show_recording(recording)
