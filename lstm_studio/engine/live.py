"""Live: an opened model goes on from the end of its sequence, as the window asks."""

import weakref
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from lstm_studio.core.commands import Live
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun
from lstm_studio.core.messages import (
    Advanced,
    LiveChanged,
    Message,
    Progress,
    RecordingOpened,
)
from lstm_studio.engine.capture.stepper import Stepper
from lstm_studio.engine.models import OpenedModel
from lstm_studio.engine.run import Inputs

Publish = Callable[[Message], None]
ReadSteps = Callable[[str], Tensor]
"""Returns the steps that a source holds, of the shape of the sequence."""


class LiveRun:
    """One model that was asked, and proven, whether it can be stepped.

    Parameters
    ----------
    command
        The first one, which says where to run and where to record.
    """

    def __init__(
        self,
        model: OpenedModel,
        inputs: Inputs,
        command: Live,
        device: torch.device,
        control: RunControl,
        publish: Publish,
    ) -> None:
        def tell(message: Message) -> None:
            # Its rows are of a recording that the window does not know yet.
            if isinstance(message, Progress):
                publish(replace(message, what="step by step"))

        self._inputs = inputs
        self._vocabulary = model.summary.needs.vocabulary
        self._stepper = Stepper(
            model.module,
            *inputs.args,
            # At our door the batch comes first; of a script nothing is known.
            step_axis=None if inputs.values is None else 1,
            device=device,
            store=command.folder,
            control=control,
            publish=tell,
            **inputs.keywords,
        )
        if not self._stepper.possible:
            return
        self._settle()
        recorder = self._stepper.recorder
        # It stays open between commands, and nobody says when the last one was.
        weakref.finalize(self, recorder.close)
        recorder.set_origin(
            replace(
                recorder.recording.origin,
                model=model.summary.name,
                model_sha256=model.summary.sha256,
                sequence=inputs.summary.name,
            )
        )
        recorder.commit()
        publish(RecordingOpened(command.folder, None))
        publish(Advanced(recorder.commit()))

    def perform(
        self, command: Live, read: ReadSteps, control: RunControl, publish: Publish
    ) -> None:
        """Reset, feed and generate as ``command`` says, in this order.

        Raises
        ------
        CannotRun
            The model cannot be stepped, or cannot go on by itself.
        """
        stepper = self._stepper
        if not stepper.possible:
            publish(LiveChanged(0, stepper.reason, stepper.reason))
            raise CannotRun(stepper.reason, "Run the whole sequence instead.")
        steps = read(command.source) if command.source else None
        fed = 0 if steps is None else steps.shape[1]
        stepper.attend(control, publish, len(stepper.values) + fed + command.generate)
        stepper.carry = command.carry
        if command.reset:
            stepper.reset()
        try:
            for place in range(fed):
                assert steps is not None
                control.checkpoint()
                stepper.step(steps[:, place : place + 1])
            if command.generate:
                stepper.sample(
                    command.generate,
                    temperature=command.temperature,
                    seed=command.seed,
                )
        finally:
            self._settle()
            publish(Advanced(stepper.recorder.commit()))
            why = stepper.why_not_sample()
            publish(LiveChanged(len(stepper.values), "", why))

    def close(self) -> None:
        """Let go of the recording."""
        if self._stepper.possible:
            self._stepper.recorder.close()

    def _settle(self) -> None:
        """Keep the sequence and the output as they are now, with their labels."""
        stepper, summary = self._stepper, self._inputs.summary
        # What it returned is put together as its recording is asked for.
        _ = stepper.recording
        recorder = stepper.recorder
        values, labels = stepper.values, summary.labels
        if values.ndim == 2 and len(labels) == summary.steps:
            words = self._vocabulary
            added = values[summary.steps :, 0].tolist()
            labels += tuple(words[v] if v < len(words) else str(v) for v in added)
        recorder.set_sequence(values, labels, summary.name, summary.rate)
        recorder.commit()
