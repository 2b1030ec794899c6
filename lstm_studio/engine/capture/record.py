"""Record every state of a model: ``record`` for scripts, ``capture`` for the window."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch

from lstm_studio.core.certificate import Origin
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun, CannotSave, JobCancelled, StudioError
from lstm_studio.core.known import installed
from lstm_studio.core.messages import Message
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.certify import certificate_of
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.intercept import interceptor_class
from lstm_studio.engine.capture.naming import Names
from lstm_studio.engine.capture.pace import Pace
from lstm_studio.engine.capture.preserve import (
    changes_of,
    device_of,
    on_device,
    owner_of,
    preserved,
)
from lstm_studio.engine.capture.refusals import in_words
from lstm_studio.engine.capture.returned import arrays
from lstm_studio.engine.capture.tracks import Tracks
from lstm_studio.engine.capture.watch import Watch

Model = Callable[..., Any]


def record(
    model: Model,
    *inputs: Any,
    streams: Literal["derive", "all"] = "derive",
    device: str | torch.device | None = None,
    watch: Sequence[str] = (),
    control: RunControl | None = None,
    store: str | Path | None = None,
    **keyword_inputs: Any,
) -> Recording:
    """Run ``model`` on ``inputs`` and return every state that it computed.

    The model runs in evaluation mode and without gradients, and is left as it was.

    Parameters
    ----------
    model
        A module, a script, an exported program's module, or any function that calls
        recurrent operations.
    *inputs, **keyword_inputs
        What the model is called with.
    streams
        ``"derive"`` stores ``h`` and derives the rest when it is read; ``"all"``
        stores every stream as the run goes.
    device
        Where to run; the model and the inputs are moved there, and the model back.
        None: where the model is.
    watch
        Names of other modules whose outputs are recorded too.
    control
        To pause, step or cancel the run from another thread.
    store
        Folder to write the recording to; None keeps it in memory.

    Raises
    ------
    DoesNotFit
        The inputs do not fit the model.
    CannotRun
        The model raised, or ran nothing recurrent. As with ``DoesNotFit`` and
        ``JobCancelled``, what was recorded before is its attribute ``recording``.
    CannotSave
        The disk takes no more; what was recorded before is readable, too.
    """
    recorder = Recorder(None if store is None else Path(store), streams=streams)
    try:
        capture(
            model,
            inputs,
            keyword_inputs,
            recorder,
            control=control,
            device=device,
            watch=watch,
        )
    except (StudioError, JobCancelled) as error:
        error.recording = recorder.recording  # type: ignore[union-attr]
        raise
    finally:
        recorder.close()
    return recorder.recording


def capture(
    model: Model,
    inputs: Sequence[Any],
    keyword_inputs: Mapping[str, Any],
    recorder: Recorder,
    *,
    control: RunControl | None = None,
    publish: Callable[[Message], None] = lambda _: None,
    device: str | torch.device | None = None,
    watch: Sequence[str] = (),
    steps: int | None = None,
) -> None:
    """Run ``model`` and write all that it computes to ``recorder``.

    Whatever happens, the recorder is finished: as complete, or as partial with what
    there was.

    Parameters
    ----------
    publish
        Told of committed rows and progress, at most about 30 times a second.
    steps
        Number of steps of the sequence, for the progress of models that are called
        once per step.

    Raises
    ------
    DoesNotFit, CannotRun, JobCancelled
        As for ``record``.
    """
    run = _Run(model, recorder, control or RunControl(), publish, steps)
    place = None if device is None else torch.device(device)
    run.go(inputs, keyword_inputs, place, watch)


class _Run:
    """One run from its first operation to its certificate."""

    def __init__(
        self,
        model: Model,
        recorder: Recorder,
        control: RunControl,
        publish: Callable[[Message], None],
        steps: int | None,
    ) -> None:
        self.model = model
        self.recorder = recorder
        self.findings = Findings()
        self.names = Names(model)
        self.pace = Pace(recorder, control, publish, steps, len(self.names.declared))
        tracks = Tracks(recorder, self.names, self.findings)
        self.watch = Watch(recorder, self.names, self.findings)
        self.interceptor = interceptor_class()(
            tracks, recorder, self.pace, self.findings, self.watch
        )
        self.device = device_of(model)

    def go(
        self,
        inputs: Sequence[Any],
        keyword_inputs: Mapping[str, Any],
        device: torch.device | None,
        watch: Sequence[str],
    ) -> None:
        self.device = device or self.device
        began = time.perf_counter()
        try:
            output = self._forward(inputs, keyword_inputs, device, watch)
        except JobCancelled:
            self._end_early("the run was cancelled", began)
            raise
        except StudioError as error:
            self._end_early(error.message, began)
            raise
        # Whatever a model raises has to reach the user in words; sys.exit, too.
        except (Exception, SystemExit) as error:
            # The interpreter of a script turns what was raised below it into its own.
            raised = self.interceptor.raised
            if raised is not None:
                partial = getattr(raised, "message", "the run was cancelled")
                self._end_early(partial, began)
                raise raised from None
            refusal = in_words(error, self.steps_kept, self.names)
            self._end_early(refusal.message, began)
            raise refusal from error
        self.recorder.set_output(arrays(output))
        self._end("", began)
        if not self.recorder.recording.layers:
            raise CannotRun(
                "The model ran no recurrent operation that can be recorded.",
                self._why_nothing(),
            )

    def _forward(
        self,
        inputs: Sequence[Any],
        keyword_inputs: Mapping[str, Any],
        device: torch.device | None,
        watch: Sequence[str],
    ) -> Any:
        with ExitStack() as stack:
            stack.enter_context(preserved(self.model, device))
            stack.enter_context(torch.inference_mode())
            stack.enter_context(self.watch.attached(watch))
            args = on_device(tuple(inputs), self.device)
            kwargs = on_device(dict(keyword_inputs), self.device)
            stack.callback(self._flush)
            stack.enter_context(self.interceptor)
            owner = owner_of(self.model)
            parameters = [] if owner is None else list(owner.parameters())
            before = changes_of(parameters)
            output = self.model(*args, **kwargs)
            if changes_of(parameters) != before:
                self.findings.say(
                    "The model changed its own weights while it ran: another run of it "
                    "gives something else."
                )
            return output

    def _flush(self) -> None:
        self.interceptor.steps.flush()
        self.watch.flush()
        self.pace.tell()

    def _end_early(self, why: str, began: float) -> None:
        # Where the disk takes no more, what was committed before is still there, and
        # why the run ended is what the user has to hear.
        with suppress(CannotSave, JobCancelled):
            self._end(f"partial: {why}", began)

    def _end(self, partial: str, began: float) -> None:
        seconds = time.perf_counter() - began - self.pace.control.waited
        if partial:
            self.findings.say(partial)
        else:
            self._say_what_never_ran()
        recording = self.recorder.recording
        dtypes = {
            str(weight.dtype).removeprefix("torch.")
            for group in self.interceptor.tracks.groups
            for weight in group.weights[0].parameters[:1]
        }
        self.recorder.set_origin(
            Origin(
                model=type(self.names.root or self.model).__name__,
                torch=torch.__version__,
                device=str(self.device),
                dtype=", ".join(sorted(dtypes)),
                seconds=seconds,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                version=_version(),
            )
        )
        rows, findings = recording.unproved(), self.findings
        self.recorder.measure_when_asked(lambda: certificate_of(rows, findings, dtypes))
        self.recorder.finish("partial" if partial else "complete")

    @property
    def steps_kept(self) -> int:
        """Steps of the layer that has most."""
        recording = self.recorder.recording
        return max(map(recording.length, recording.layers), default=0)

    def _say_what_never_ran(self) -> None:
        ran = {group.module for group in self.interceptor.tracks.groups}
        for name, kind in self.names.declared.items():
            if name not in ran:
                where = f"{name} ({kind})" if name else kind
                self.findings.say(
                    f"{where} never ran as an operation of its own: it was not called, "
                    f"was traced into others, or ran in another thread."
                )

    def _why_nothing(self) -> str:
        if self.findings.sentences:
            return " ".join(self.findings.sentences)
        return "Open a model with an LSTM, a GRU or an RNN in it."


@cache
def _version() -> str:
    return installed("lstm-studio") or ""
