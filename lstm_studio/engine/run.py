"""One run of an opened model over its inputs, as the window asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from lstm_studio.core.condition import Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Message, RecordingOpened
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.engine.capture.preserve import snapshot
from lstm_studio.engine.capture.record import capture
from lstm_studio.engine.capture.verify import verify
from lstm_studio.engine.models import OpenedModel
from lstm_studio.engine.until import Until

Publish = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a model is called with.

    ``values`` is the sequence as (sample, step, ...), where the window can draw it.
    """

    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    summary: SequenceSummary
    values: np.ndarray | None = None

    @classmethod
    def given(cls, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> "Inputs":
        """Return inputs that a script gives: which axis is which is not known."""
        first = next(
            (v for v in (*args, *keywords.values()) if isinstance(v, torch.Tensor)),
            torch.empty(0),
        )
        summary = SequenceSummary(
            name="the given input",
            path="",
            steps=0,
            samples=0,
            shape=tuple(first.shape),
            dtype=str(first.dtype).removeprefix("torch."),
        )
        return cls(args, keywords, summary)


@dataclass(frozen=True, slots=True)
class Proof:
    """What it takes to prove a run once it is recorded."""

    recorder: Recorder
    plain: torch.nn.Module
    inputs: Inputs
    device: torch.device

    def verify(
        self, control: RunControl, publish: Publish, *, everything: bool
    ) -> None:
        """Run the plain model and compare; the recording keeps the figures.

        ``everything`` measures every step, not only sampled windows.

        Raises
        ------
        JobCancelled
            The certificate is as it was before.
        """
        recording = self.recorder.recording
        verified = verify(
            recording,
            self.plain,
            self.inputs.args,
            self.inputs.keywords,
            control=control,
            publish=publish,
            device=self.device,
            everything=everything,
        )
        self.recorder.set_certificate(verified.certificate)
        self.recorder.set_origin(
            replace(recording.origin, plain_seconds=verified.plain_seconds)
        )


def run(
    model: OpenedModel,
    inputs: Inputs,
    recorder: Recorder,
    device: torch.device,
    watch: tuple[str, ...],
    control: RunControl,
    publish: Publish,
    until: Condition | None = None,
) -> Proof:
    """Record ``model`` over ``inputs``, with the names of both in the origin.

    The run pauses where it is first seen that ``until``, or what the control was told
    since, begins to hold: it is looked for between chunks, once a frame.

    Raises
    ------
    DoesNotFit, CannotRun, JobCancelled
        As for ``capture``; what was recorded before is kept.
    """
    summary = inputs.summary
    if inputs.values is not None:
        recorder.set_sequence(
            np.swapaxes(inputs.values, 0, 1), summary.labels, summary.name, summary.rate
        )
    # Taken before the run, which may change the state that a model keeps.
    proof = Proof(recorder, snapshot(model.module), inputs, device)
    # Committed before it is announced: whoever hears of it can open it.
    recorder.commit()
    publish(RecordingOpened(str(recorder.recording.path), summary.steps or None))
    if until is not None and control.until is None:
        control.stop_at(until)
    publish = Until(recorder.recording, control, publish)
    try:
        capture(
            model.module,
            inputs.args,
            inputs.keywords,
            recorder,
            control=control,
            publish=publish,
            device=device,
            watch=watch,
            steps=summary.steps or None,
        )
    finally:
        recorder.set_origin(
            replace(
                recorder.recording.origin,
                model=model.summary.name,
                model_sha256=model.summary.sha256,
                sequence=summary.name,
            )
        )
    return proof
