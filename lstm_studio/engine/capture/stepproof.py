"""The proof that a model can be stepped: its steps against the whole sequence."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from lstm_studio.core.certificate import Certificate
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun, DoesNotFit
from lstm_studio.core.messages import Message
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.certify import sampled_proofs
from lstm_studio.engine.capture.stepoutput import Outputs
from lstm_studio.engine.capture.steppable import (
    Agreement,
    axes_of_steps,
    refusal,
    tolerance_of,
)
from lstm_studio.engine.capture.stepping import Arguments, Steps

LONGEST_LOOK: Final = 256
"""Steps after which those so far are compared with the whole sequence."""


class Verification:
    """Runs a sequence step by step and compares with the run of the whole."""

    def __init__(
        self, whole: Recording, model: Callable[..., Any], arguments: Arguments
    ) -> None:
        self._whole = whole
        self._model = model
        self._arguments = arguments
        self.reason = ""
        self.steps: Steps | None = None
        self.template = torch.empty(0)
        self.axis = 0

    def go(
        self,
        step_axis: int | None,
        store: str | Path | None,
        device: torch.device | None,
        control: RunControl,
        publish: Callable[[Message], None],
    ) -> None:
        """Try each axis that may be that of the steps; the first reason stays."""
        sequence = self._arguments.sequence
        if sequence is None:
            self.reason = (
                "The first input is packed or no tensor, so that no step can be taken "
                "out of it: give a tensor with an axis of steps."
            )
            return
        reasons = []
        for axis in axes_of_steps(sequence.shape, self._whole, step_axis):
            self.axis, self.reason = axis, refusal(self._whole, sequence.shape[axis])
            self.template = sequence.narrow(axis, 0, 1)
            if not self.reason:
                folder = None if store is None else Path(store)
                # A window draws a folder that may become long.
                recorder = Recorder(folder, overviews=folder is not None)
                self._verify(sequence, axis, recorder, device, control, publish)
            if not self.reason:
                return
            reasons.append(self.reason)
        self.reason = reasons[0]

    def _verify(
        self,
        sequence: Tensor,
        axis: int,
        recorder: Recorder,
        device: torch.device | None,
        control: RunControl,
        publish: Callable[[Message], None],
    ) -> None:
        total = sequence.shape[axis]
        outputs = Outputs(self._whole.output, total)
        steps = Steps(
            self._model,
            self._arguments,
            outputs,
            recorder,
            control,
            publish,
            device,
            total,
        )
        origin = self._whole.origin
        tolerance = tolerance_of(origin.dtype)
        agreement = Agreement(self._whole, recorder.recording, total, tolerance)
        try:
            run = steps.run(sequence.narrow(axis, t, 1) for t in range(total))
            for done, _ in enumerate(run, start=1):
                if done == total or not done % min(LONGEST_LOOK, _power_of_2(done)):
                    steps.flush()
                    agreement.look(done)
                    self.reason = agreement.reason or outputs.reason
                if self.reason:
                    break
        except (DoesNotFit, CannotRun) as error:
            why = error.message.rstrip(".")
            self.reason = f"The model cannot be called with one step: {why}."
        if not self.reason:
            difference = agreement.look_at_output(outputs, self._whole.output)
            self.reason = agreement.reason
        if self.reason:
            _discard(recorder)
            return
        self.steps = steps
        created = datetime.now(UTC).isoformat(timespec="seconds")
        recorder.set_origin(replace(origin, created=created))
        worst = max(difference, agreement.difference)
        rows, reasons = recorder.recording.unproved(), dict(steps.findings.layers)
        said = tuple(steps.findings.sentences)

        def measure() -> Certificate:
            proofs = sampled_proofs(rows, reasons)
            return Certificate(proofs, worst, tolerance, "whole run", said)

        recorder.measure_when_asked(measure)
        recorder.finish("live")


def _power_of_2(number: int) -> int:
    """Return the largest power of 2 up to a number."""
    return 1 << (number.bit_length() - 1)


def _discard(recorder: Recorder) -> None:
    path = recorder.recording.path
    recorder.close()
    recorder.recording.close()
    if path is not None:
        shutil.rmtree(path, ignore_errors=True)
