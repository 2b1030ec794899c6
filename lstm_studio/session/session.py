"""The view-model: what is open, what is looked at, and what runs."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

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
from lstm_studio.core.condition import Condition
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.examples import example
from lstm_studio.core.messages import (
    Advanced,
    Cancelled,
    EngineReady,
    Failed,
    Finished,
    LiveChanged,
    Message,
    ModelDescribed,
    ModelOpened,
    Outcome,
    Progress,
    RecordingOpened,
    SequenceOpened,
    SequenceSeen,
    Stopped,
    Stuck,
)
from lstm_studio.core.recording import Recording
from lstm_studio.core.summary import ModelSummary, SequenceSummary
from lstm_studio.session.forecast import Forecast
from lstm_studio.session.reader import Reader, ThreadReader
from lstm_studio.session.runner import Runner
from lstm_studio.session.shown import Shown
from lstm_studio.session.workspace import Workspace

TOO_LARGE: Final = "Take fewer steps or samples, or run all the same."


class Session(Shown):
    """One model, one sequence, one recording, one view.

    Wishes come up as calls, facts go down as four signals.
    """

    ended = Signal(object)
    """The outcome of the last command."""

    def __init__(
        self,
        runner: Runner,
        workspace: Workspace,
        reader: Callable[[Recording], Reader] = ThreadReader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(workspace, reader, parent)
        self.model: ModelSummary | None = None
        self.module: object | None = None
        """The model itself, where it lives in this process."""
        self.coming: ModelSummary | None = None
        self.sequence: SequenceSummary | None = None
        self.seen: SequenceSeen | None = None
        self.gone_on: LiveChanged | None = None
        """How far the model went on live, or why it cannot; None if it did not."""
        self.progress: Progress | None = None
        self.command: Command | None = None
        self.outcome: Outcome | None = None
        self.paused = False
        self.stuck: Stuck | None = None
        """Why the run cannot write what it has; None while it can."""
        self.device = "cpu"
        self.devices: tuple[str, ...] = ("cpu",)
        self.threads: int | None = None
        self.memory = 0
        """Bytes that a run may hold unasked; 0 is half of what is free."""
        self.watched: frozenset[str] = frozenset()
        self.until: Condition | None = None
        self.asked: OpenExample | OpenSequence | None = None
        self._runner = runner
        self._forecast = Forecast()
        self._then: list[tuple[Command, bool]] = []
        self._wanted: Mapping[str, Any] = {}

    # What is looked at

    def watch(self, name: str, on: bool) -> None:
        """Record the output of a module at the next run, or not."""
        self.watched = self.watched | {name} if on else self.watched - {name}
        self.opened.emit()

    # What runs

    @property
    def apart(self) -> bool:
        """Whether models run in a process that is not that of the window."""
        return self._runner.apart

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self.command is not None

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

    def pause(self) -> None:
        """Let the run wait before its next chunk."""
        if self.busy:
            self._runner.pause()
            self._set_paused(paused=True)

    def resume(self) -> None:
        """Let the run go on; where the disk took no more, it tries again."""
        if self.busy:
            self._runner.resume()
            self.stuck = None
            self._set_paused(paused=False)

    def step(self, steps: int = 1) -> None:
        """Let the run do ``steps`` more steps, then wait."""
        if self.busy:
            self._runner.step(steps)
            self.stuck = None
            self._set_paused(paused=True)

    def cancel(self) -> None:
        """End what runs; what it recorded is kept."""
        self._then.clear()
        self._runner.cancel()

    def choose_device(self, device: str) -> None:
        """Run on this device from the next run on."""
        self.device = device
        self.opened.emit()

    def _set_paused(self, *, paused: bool) -> None:
        self.paused = paused
        self.advanced.emit()

    def _start(self, command: Command, *, paused: bool = False) -> None:
        if self.busy:
            # One command at a time: the new wish takes the place of what runs.
            self.cancel()
            self._then = [(command, paused)]
            return
        if isinstance(command, Run) and not command.sure:
            budget = self.budget
            if budget is not None and budget.asks:
                self._on_outcome(Failed("TooLarge", str(budget), TOO_LARGE))
                return
        self.stop_playing()
        self._then = []
        self.command, self.paused, self.progress = command, paused, None
        self._runner.start(command, paused=paused)
        self._wake()
        self.advanced.emit()

    def _listen(self) -> bool:
        messages = self._runner.messages()
        for message in messages:
            self._take(message)
        return bool(messages)

    @property
    def _at_rest(self) -> bool:
        return super()._at_rest and not self._runner.busy

    def _take(self, message: Message) -> None:
        match message:
            case EngineReady(devices=devices):
                self.devices = devices
                self.opened.emit()
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
            case Finished() | Cancelled() | Failed():
                self._on_outcome(message)
            case _:
                self._note(message)

    def _note(self, message: Message) -> None:
        match message:
            case SequenceSeen():
                self.seen = message
            case LiveChanged():
                self.gone_on = message
                self.opened.emit()
            case Progress():
                self.progress = message
            case Stopped(step=step):
                self._set_paused(paused=True)
                self._show(replace(self.view, step=step, follow=False))
            case Stuck():
                self.stuck = message
                self._set_paused(paused=True)

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

    def _on_outcome(self, outcome: Outcome) -> None:
        if self.recording is not None:
            self._on_rows({})
        if isinstance(self.command, Run):
            if self.model is not None and self.recording is not None:
                self._forecast.learn(self.model, self.device, self.recording)
            if self.view.follow and isinstance(outcome, Finished):
                self._show(replace(self.view, **self._wanted))
            # Once: what a person looks at from then on stays at the next run.
            self._wanted = {}
        self.command, self.paused, self.progress = None, False, None
        self.coming, self.stuck, self.outcome = None, None, outcome
        chain, self._then = self._then, []
        if isinstance(outcome, Failed):
            chain = []
        self.ended.emit(outcome)
        if chain and not self.busy:
            self._start(chain[0][0], paused=chain[0][1])
            # One that is refused takes what was to follow with it.
            self._then = chain[1:] if self.busy else []

    def stop_at(self, condition: Condition | None) -> None:
        """Let what runs, and runs from now on, pause where this begins to hold."""
        self.until = condition
        self._runner.stop_at(condition)
        self.advanced.emit()

    def show_recording(self, recording: Recording) -> None:
        """Take a recording in the place of the one before."""
        self.gone_on = None
        super().show_recording(recording)

    def close(self) -> None:
        """End what runs, the reader and the timers; nothing is left behind."""
        self._frame.stop()
        self._then.clear()
        self._runner.close()
        super().close()
