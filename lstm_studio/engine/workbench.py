"""The engine at work: one model, one sequence, the last run; it performs commands."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

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
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import (
    CannotSave,
    DoesNotFit,
    JobCancelled,
    NeedsTrust,
    StudioError,
)
from lstm_studio.core.examples import example
from lstm_studio.core.messages import (
    Cancelled,
    EngineReady,
    Failed,
    Finished,
    Message,
    ModelOpened,
    Outcome,
    SequenceOpened,
    SequenceSeen,
    Stuck,
)
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.summary import ModelSummary, SequenceSummary
from lstm_studio.engine.devices import check_device, devices
from lstm_studio.engine.live import LiveRun
from lstm_studio.engine.models import (
    OpenedModel,
    open_file,
    precision_of,
    started,
    summarise,
)
from lstm_studio.engine.run import Inputs, Proof, run
from lstm_studio.engine.sequences import (
    PreparedSequence,
    initial_state,
    look_at,
    open_sequence,
)

Publish = Callable[[Message], None]


def ready() -> EngineReady:
    """Say what commands can run on."""
    # A plain string: unpickling the one of torch would import torch into the window.
    return EngineReady(str(torch.__version__), devices(), torch.get_num_threads())


class Workbench:
    """Performs one command after the other.

    Parameters
    ----------
    model, inputs
        What is open at the start: a module of a script, and what it is called with.
    """

    def __init__(
        self, model: OpenedModel | None = None, inputs: Inputs | None = None
    ) -> None:
        self._model = model
        self._started = model
        self._inputs = inputs
        self._threads = torch.get_num_threads()
        self._asked: OpenSequence | None = None
        self._proof: Proof | None = None
        self._live: LiveRun | None = None

    @classmethod
    def of_module(
        cls,
        module: torch.nn.Module,
        inputs: tuple[Any, ...],
        keyword_inputs: Mapping[str, Any],
    ) -> "Workbench":
        """Return a workbench on which a module of a script lies with its inputs."""
        return cls(
            OpenedModel(module, summarise(module)), Inputs.given(inputs, keyword_inputs)
        )

    @property
    def opened(self) -> tuple[ModelSummary, SequenceSummary]:
        """What lies on the workbench.

        Raises
        ------
        DoesNotFit
            Where there is no model or no input yet.
        """
        return self._ready()[0].summary, self._ready()[1].summary

    def perform(
        self, command: Command, control: RunControl, publish: Publish
    ) -> Outcome:
        """Perform a command to its end and return how it went; never raise."""
        try:
            self._perform(command, control, publish)
        except JobCancelled:
            return Cancelled()
        except StudioError as error:
            return _failed(error)
        # The edge to foreign code, which may also leave by sys.exit.
        except BaseException as error:  # noqa: BLE001
            raised = f"{type(error).__name__}: {error}"
            if isinstance(error, SystemExit):
                raised = f"The code of the model called sys.exit({error.code})."
            return Failed(
                type(error).__name__,
                raised,
                "The details name the line; what was recorded before is kept.",
                traceback.format_exc(),
            )
        return Finished()

    def _perform(self, command: Command, control: RunControl, publish: Publish) -> None:
        match command:
            case OpenModel():
                self._open_model(command, control, publish)
            case OpenExample(name):
                chosen = example(name)
                model = open_file(
                    str(chosen.model),
                    answers=chosen.answers,
                    control=control,
                    publish=publish,
                )
                named = replace(model.summary, name=chosen.name)
                self._take(replace(model, summary=named), publish)
                asked = OpenSequence(chosen.sequence, chosen.choices)
                self._open_sequence(asked, publish)
            case OpenSequence():
                self._open_sequence(command, publish)
            case LookAtSequence():
                self._look_at_sequence(command, publish)
            case Run():
                self._run(command, control, publish)
            case Live():
                self._go_live(command, control, publish)
            case Verify():
                if self._proof is None:
                    raise DoesNotFit("There is no run to verify.", "Run the model.")
                self._proof.verify(control, publish, everything=True)

    def _open_model(
        self, command: OpenModel, control: RunControl, publish: Publish
    ) -> None:
        path, answers = command.path, command.answers
        before = self._model
        again = before is not None and before.summary.path == path
        if before is not None and again and answers and not command.trust:
            model = before.answered(answers, control, publish)
        else:
            model = open_file(path, command.trust, answers, control, publish)
        self._take(model, publish)
        if again and self._asked is not None:
            self._open_sequence(self._asked, publish)

    def _take(self, model: OpenedModel, publish: Publish) -> None:
        self._model = self._started = model
        self._inputs, self._proof = None, None
        self._end_live()
        publish(ModelOpened(model.summary))

    def _open_sequence(self, command: OpenSequence, publish: Publish) -> None:
        if self._model is None:
            raise DoesNotFit("A sequence is prepared for a model.", "Open a model.")
        self._asked = command
        needs = self._model.summary.needs
        sequence = open_sequence(command.source, needs, command.choices)
        self._started = _start(self._model, sequence, command.choices)
        given = _as_precise(sequence.tensor, self._model)
        self._inputs = Inputs((given,), {}, sequence.summary, sequence.values)
        self._end_live()
        publish(SequenceOpened(sequence.summary))

    def _look_at_sequence(self, command: LookAtSequence, publish: Publish) -> None:
        if self._model is None:
            raise DoesNotFit("A sequence is prepared for a model.", "Open a model.")
        needs = self._model.summary.needs
        sight, sequence = look_at(command.source, needs, command.choices)
        if sequence is not None:
            try:
                _start(self._model, sequence, command.choices)
            except StudioError as error:
                sight = replace(sight, message=error.message, next_step=error.next_step)
        publish(SequenceSeen(command.source, sight))

    def _run(self, command: Run, control: RunControl, publish: Publish) -> None:
        model, inputs = self._ready()
        self._end_live()
        device = check_device(command.device)
        # In the thread that runs the model: torch keeps the number for each.
        torch.set_num_threads(command.threads or self._threads)
        recorder = Recorder(
            Path(command.folder),
            streams=command.streams,
            overviews=True,
            when_stuck=partial(_wait_for_room, control, publish),
        )
        try:
            self._proof = run(
                model,
                inputs,
                recorder,
                device,
                command.watch,
                control,
                publish,
                command.until,
            )
            self._proof.verify(control, publish, everything=False)
        finally:
            recorder.close()

    def _go_live(self, command: Live, control: RunControl, publish: Publish) -> None:
        model, inputs = self._ready()
        torch.set_num_threads(command.threads or self._threads)
        if self._live is None:
            device = check_device(command.device)
            self._live = LiveRun(model, inputs, command, device, control, publish)
            self._proof = None
        self._live.perform(command, self._next_steps, control, publish)

    def _next_steps(self, source: str) -> torch.Tensor:
        model, inputs = self._ready()
        asked = OpenSequence("") if self._asked is None else self._asked
        # Choices of samples and spans are those of the sequence before.
        kept = {n: asked.choices[n] for n in ("vocabulary",) if n in asked.choices}
        steps = open_sequence(source, model.summary.needs, kept).tensor
        samples = max(inputs.summary.samples, 1)
        return _as_precise(steps.expand(samples, *steps.shape[1:]), model)

    def _end_live(self) -> None:
        if self._live is not None:
            self._live.close()
            self._live = None

    def _ready(self) -> tuple[OpenedModel, Inputs]:
        if self._started is None:
            raise DoesNotFit("There is no model to run.", "Open a model first.")
        if self._inputs is None:
            raise DoesNotFit(
                "There is no sequence to run the model on.", "Open a sequence first."
            )
        return self._started, self._inputs


def _wait_for_room(control: RunControl, publish: Publish, error: CannotSave) -> None:
    """Say that the disk takes no more; return when the user wants it tried again."""
    publish(Stuck(error.message, error.next_step))
    control.stand_still()


def _as_precise(tensor: torch.Tensor, model: OpenedModel) -> torch.Tensor:
    """Return numbers of the kind that the model computes with."""
    if not tensor.is_floating_point():
        return tensor
    return tensor.to(precision_of(model.module))


def _start(
    model: OpenedModel, sequence: PreparedSequence, choices: Mapping[str, object]
) -> OpenedModel:
    """Return the model as it runs over a sequence: its first state, its lengths."""
    summary = sequence.summary
    states = initial_state(model.summary.layers, summary.samples, choices)
    return started(model, states, summary.lengths)


def _failed(error: StudioError) -> Failed:
    cause = error.__cause__
    trace = "" if cause is None else "".join(traceback.format_exception(cause))
    return Failed(
        type(error).__name__,
        error.message,
        error.next_step,
        error.details or trace,
        error.sha256 if isinstance(error, NeedsTrust) else "",
    )
