"""The whole certificate: every step of every layer, and the plain model's output."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lstm_studio.core.certificate import Certificate
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Message, Progress
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.certify import (
    layer_proofs,
    output_tolerance,
    steps_to_look_at,
)
from lstm_studio.engine.capture.compare import difference
from lstm_studio.engine.capture.pace import FRAME_SECONDS
from lstm_studio.engine.capture.preserve import device_of, on_device, preserved
from lstm_studio.engine.capture.returned import arrays


@dataclass(frozen=True, slots=True)
class Verified:
    """The certificate over all steps, and how long the plain model took."""

    certificate: Certificate
    plain_seconds: float


def verify(
    recording: Recording,
    model: Callable[..., Any],
    inputs: Sequence[Any],
    keyword_inputs: Mapping[str, Any],
    *,
    control: RunControl | None = None,
    publish: Callable[[Message], None] = lambda _: None,
    device: torch.device | None = None,
    everything: bool = True,
) -> Verified:
    """Run ``model`` without a recorder, and measure what was recorded.

    Parameters
    ----------
    model
        In the state in which it was recorded: of a model that keeps a state between
        calls, a ``snapshot`` taken before.
    inputs, keyword_inputs
        What was recorded.
    device
        Where it was recorded, if not where the model is.
    everything
        Whether to measure every step; if not, the layers keep the figures of their
        sampled windows, and only the output is compared as a whole.

    Raises
    ------
    JobCancelled
        ``control`` said so; it is asked between windows.
    """
    control = control or RunControl()
    control.checkpoint()
    place = device
    device = device or device_of(model)
    args = on_device(tuple(inputs), device)
    kwargs = on_device(dict(keyword_inputs), device)
    with preserved(model, place), torch.inference_mode():
        began = time.perf_counter()
        output = model(*args, **kwargs)
        plain_seconds = time.perf_counter() - began
    before = recording.certificate
    proofs = before.layers
    if everything:
        look = _Look(steps_to_look_at(recording), control, publish)
        reasons = {name: proof.reason for name, proof in before.layers.items()}
        proofs = layer_proofs(recording, reasons, look, everything=True)
        look.finish()
    certificate = Certificate(
        proofs,
        difference(recording.output, arrays(output)),
        output_tolerance(recording.origin.dtype.split(", ")),
        "whole run",
        before.reasons,
    )
    return Verified(certificate, plain_seconds)


class _Look:
    """Counts the steps that were looked at, and tells of them."""

    def __init__(
        self, total: int, control: RunControl, publish: Callable[[Message], None]
    ) -> None:
        self._total = total
        self._control = control
        self._publish = publish
        self._began = self._told = time.perf_counter()
        self._done = 0

    def __call__(self, steps: int) -> None:
        self._control.checkpoint()
        self._done = min(self._done + steps, self._total)
        if time.perf_counter() - self._told >= FRAME_SECONDS:
            self._tell()

    def finish(self) -> None:
        """Tell that all was looked at."""
        self._done = self._total
        self._tell()

    def _tell(self) -> None:
        self._told = time.perf_counter()
        seconds = self._told - self._began
        self._publish(Progress("verify", self._done, self._total, seconds))
