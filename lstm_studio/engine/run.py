"""One run of an opened model over its inputs, as the window asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Message, RecordingOpened
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.engine.capture.record import capture
from lstm_studio.engine.models import OpenedModel

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


def run(
    model: OpenedModel,
    inputs: Inputs,
    recorder: Recorder,
    device: torch.device,
    watch: tuple[str, ...],
    control: RunControl,
    publish: Publish,
) -> None:
    """Record ``model`` over ``inputs``, with the names of both in the origin.

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
    # Committed before it is announced: whoever hears of it can open it.
    recorder.commit()
    publish(RecordingOpened(str(recorder.recording.path), summary.steps or None))
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
