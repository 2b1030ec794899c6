"""Steps of a model, one after the other, recorded as one run."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
from torch.utils._pytree import tree_map_only

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled, StudioError
from lstm_studio.core.messages import Message
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.carry import Carry, carrying_class
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.naming import Names
from lstm_studio.engine.capture.operations import to_array
from lstm_studio.engine.capture.pace import Pace
from lstm_studio.engine.capture.preserve import (
    device_of,
    on_device,
    preserved,
    snapshot,
)
from lstm_studio.engine.capture.refusals import in_words
from lstm_studio.engine.capture.returned import arrays
from lstm_studio.engine.capture.stepoutput import Outputs
from lstm_studio.engine.capture.tracks import Tracks
from lstm_studio.engine.capture.watch import Watch

Model = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a model is called with; the first tensor is the sequence.

    ``sequence`` is None where there is no tensor, as with a packed sequence.
    """

    args: tuple[Any, ...]
    keywords: Mapping[str, Any]

    @property
    def sequence(self) -> Tensor | None:
        """The first tensor, None where a packed sequence comes before it."""
        for value in (*self.args, *self.keywords.values()):
            if isinstance(value, Tensor | PackedSequence):
                return value if isinstance(value, Tensor) and value.ndim else None
        return None

    def with_step(self, x_t: Tensor) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with one step in the place of the sequence."""
        sequence = self.sequence
        args = tuple(x_t if value is sequence else value for value in self.args)
        keywords = {
            name: x_t if value is sequence else value
            for name, value in self.keywords.items()
        }
        return args, keywords


class Steps:
    """One step after the other, with the states carried on and all recorded.

    Attributes
    ----------
    given
        The steps so far, as arrays of the shape of one step.
    outputs
        What the model returned for them.
    carry
        Whether a step starts in the state of the one before.
    """

    def __init__(
        self,
        model: Model,
        arguments: Arguments,
        outputs: Outputs,
        recorder: Recorder,
        control: RunControl,
        publish: Callable[[Message], None],
        device: torch.device | None,
        total: int,
    ) -> None:
        self.recorder = recorder
        self.outputs = outputs
        self.given: list[np.ndarray] = []
        self.carry = True
        self.findings = Findings()
        self._arguments = arguments
        self._place, self._device = device, device or device_of(model)
        # One is kept as it is, for a reset; the other one is run.
        self._pristine, self._model = model, snapshot(model)
        self._fresh = True
        names = Names(self._model)
        self._tracks = Tracks(recorder, names, self.findings)
        self._watch = Watch(recorder, names, self.findings)
        self._states = Carry()
        self.attend(control, publish, total)

    def attend(
        self,
        control: RunControl,
        publish: Callable[[Message], None],
        total: int | None = None,
    ) -> None:
        """Listen to another control from now on, and tell another listener."""
        self._pace = Pace(self.recorder, control, publish, total)
        self._interceptor = carrying_class()(
            self._tracks, self.recorder, self._pace, self.findings, self._watch
        )
        self._interceptor.carry = self._states

    def reset(self) -> None:
        """Let the next step start as a sequence does."""
        self._states.forget()
        self._model = snapshot(self._pristine)
        # Where a script was copied, its weights lie at another place.
        self._tracks.names = Names(self._model)
        self._fresh = True

    def run(self, steps: Iterator[Tensor]) -> Iterator[Any]:
        """Run steps as they are asked for, and yield what the model returns.

        Raises
        ------
        DoesNotFit, CannotRun, JobCancelled
            What was recorded before is kept.
        """
        with self._in_words():
            for x_t in steps:
                if not (self.carry or self._fresh):
                    self.reset()
                yield self._step(x_t)

    def flush(self) -> None:
        """Let readers see all steps so far."""
        self._interceptor.steps.flush()
        self._pace.tell()

    def _step(self, x_t: Tensor) -> Any:
        args, keywords = self._arguments.with_step(x_t)
        with (
            preserved(self._model, self._place),
            torch.inference_mode(),
            _going_on(self._model, fresh=self._fresh),
            self._interceptor,
        ):
            output = self._model(
                *on_device(args, self._device), **on_device(keywords, self._device)
            )
        self._fresh = False
        self._states.end_step()
        self.given.append(to_array(x_t).copy())
        self.outputs.add(arrays(output))
        # Outside of inference mode, so that it can be computed with.
        return tree_map_only(Tensor, Tensor.clone, output)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        self._interceptor.raised = None
        try:
            yield
        except (StudioError, JobCancelled):
            raise
        # Whatever a model raises has to reach the user in words; sys.exit, too.
        except (Exception, SystemExit) as error:
            # The interpreter of a script turns what was raised below into its own.
            if self._interceptor.raised is not None:
                raise self._interceptor.raised from None
            names = self._tracks.names
            raise in_words(error, len(self.given), names) from error
        finally:
            self.flush()


@contextmanager
def _going_on(model: Model, *, fresh: bool) -> Iterator[None]:
    """Keep an adapter from resetting its model before a step that goes on."""
    adapter = model
    while not hasattr(adapter, "calling") and hasattr(adapter, "adapted"):
        adapter = adapter.adapted
    calling = getattr(adapter, "calling", None)
    if fresh or not is_dataclass(calling) or not getattr(calling, "reset", ""):
        yield
        return
    adapter.calling = replace(calling, reset="")  # type: ignore[type-var, attr-defined]
    try:
        yield
    finally:
        adapter.calling = calling  # type: ignore[attr-defined]
