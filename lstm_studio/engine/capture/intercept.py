"""The capture hook: sees every recurrent operation of the model whole, and records it.

Under ``torch.inference_mode()`` a dispatch mode receives the operations before they
are taken apart, whatever the model is: modules, scripts, exported programs, functions.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lstm_studio.core.errors import JobCancelled, StudioError
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.cells import Steps
from lstm_studio.engine.capture.compare import first_difference
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.fused import FusedRun
from lstm_studio.engine.capture.operations import CELLS, FUSED, PACKED, read_fused
from lstm_studio.engine.capture.pace import Pace
from lstm_studio.engine.capture.tracks import Tracks
from lstm_studio.engine.capture.watch import Watch

_RECURRENT: Final = ((FUSED, "_fused"), (PACKED, "_packed"), (CELLS, "_cell"))
_QUANTISED: Final = ("aten::quantized_lstm", "aten::quantized_gru", "quantized::")


class Interceptor(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Runs recurrent operations in its own way, all others as they are.

    Attributes
    ----------
    steps
        The calls of one step; ``steps.flush()`` at the end of the run.
    raised
        What was raised in here and not by the model, None if nothing was.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # What keeps the compiler out of here imports it at the first operation
        # (2.5 s) and costs 3 µs at each: see ``interceptor_class``.
        return False

    def __init__(
        self,
        tracks: Tracks,
        recorder: Recorder,
        pace: Pace,
        findings: Findings,
        watch: Watch,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.tracks = tracks
        self._watch = watch
        self._recorder = recorder
        self._pace = pace
        self._findings = findings
        self.steps = Steps(tracks, recorder, pace, findings)
        self.raised: StudioError | JobCancelled | None = None

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Record ``func`` if it is recurrent, and return its result."""
        handler = _handler_of(func)
        if not handler:
            if self._pace.control.cancelled:
                self.raised = JobCancelled()
                raise self.raised
            return func(*args, **(kwargs or {}))
        try:
            with as_outside():
                return getattr(self, handler)(func, args, kwargs or {})
        except (StudioError, JobCancelled) as error:
            self.raised = error
            raise

    def _as_it_is(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        return func(*args, **kwargs)

    def _cell(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if kwargs:
            args = _in_order(func, args, kwargs)
        self._watch.ran(1, args[0].shape[0], batch_first=True)
        return self.steps.cell(func, args)

    def _fused(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if kwargs:
            args = _in_order(func, args, kwargs)
        x, batch_first = args[0], args[-1]
        dropout, train = args[-4:-2]
        if x.dim() == 3 and x.shape[batch_first] == 1 and not (train and dropout):
            samples = x.shape[not batch_first]
            self._watch.ran(1, samples, batch_first=batch_first)
            return self.steps.layer(func, args)
        return self._packed(func, args, {})

    def _packed(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if kwargs:
            args = _in_order(func, args, kwargs)
        call = read_fused(func, args)
        self.steps.close()
        group = self.tracks.find(
            call.weights, call.samples, call.directions, drops=call.drops
        )
        self._watch.ran(call.steps, call.samples, batch_first=call.batch_first)
        first = all(track.end == 0 for track in group.tracks)
        run = FusedRun(
            call,
            group.tracks,
            self._recorder,
            self._pace,
            self._findings,
            everything=self._recorder.streams == "all",
        )
        results = run.run()
        if first:
            difference = first_difference(func, args, run, group.tracks, results[0])
            if difference is not None:
                self._findings.differences.append(difference)
        return results

    def _mutating(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        for place, argument in enumerate(func._schema.arguments):  # noqa: SLF001
            if argument.alias_info is None or not argument.alias_info.is_write:
                continue
            value = kwargs.get(argument.name)
            if value is None and place < len(args):
                value = args[place]
            for tensor in value if isinstance(value, list | tuple) else (value,):
                if isinstance(tensor, torch.Tensor):
                    self.steps.changes(tensor)
        return func(*args, **kwargs)

    def _quantised(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        name = func._schema.name.partition("::")[2]  # noqa: SLF001
        if any(word in name for word in ("lstm", "gru", "rnn")):
            self._findings.say(
                "A quantised recurrent layer ran: its states cannot be recorded. "
                "Open the model before it was quantised."
            )
        return func(*args, **kwargs)

    def _taken_apart(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        self._findings.say(
            "The model leaves inference mode in its forward, so that a layer ran "
            "unseen. Take `torch.inference_mode(False)` out of it."
        )
        return func(*args, **kwargs)


def as_outside() -> Any:
    """Return a context in which operations run as they would without a mode.

    In the handler of a mode PyTorch leaves autocast and autograd out. An operation
    that is made of others then takes other ways: a `linear` under autocast stays in
    float32, and one over rows that are not contiguous multiplies one by one. Both
    give other bits than the plain model.
    """
    core = torch._C  # noqa: SLF001 - there is no public way
    include = core._dispatch_tls_local_include_set()  # noqa: SLF001
    with core._RestorePythonTLSSnapshot():  # type: ignore[attr-defined]  # noqa: SLF001
        exclude = core._dispatch_tls_local_exclude_set()  # noqa: SLF001
    return core._ForceDispatchKeyGuard(include, exclude)  # noqa: SLF001


@cache
def _handler_of(func: Any) -> str:
    """Return which method takes ``func``, none if it is run as it is."""
    for operations, handler in _RECURRENT:
        if func in operations:
            return handler
    schema = func._schema  # noqa: SLF001 - the only way to it
    if schema.name.startswith(_QUANTISED):
        return "_quantised"
    if schema.name == "aten::mkldnn_rnn_layer":
        return "_taken_apart"
    if schema.is_mutable:
        return "_mutating"
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(  # noqa: SLF001
        func.name(), "CompositeImplicitAutograd"
    )
    return "_as_it_is" if composite else ""


def _in_order(
    func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, ...]:
    names = [argument.name for argument in func._schema.arguments]  # noqa: SLF001
    return (*args, *(kwargs.get(name) for name in names[len(args) :]))


class _BesideCompiler(Interceptor):  # type: ignore[no-untyped-call]
    """An interceptor that a compiled model does not try to compile as well."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return True

    # Repeated, since PyTorch wraps only what a class defines itself.
    __torch_dispatch__ = Interceptor.__torch_dispatch__


def interceptor_class() -> type[Interceptor]:
    """Return the interceptor to take: whoever compiled a model has the compiler."""
    return _BesideCompiler if "torch._dynamo" in sys.modules else Interceptor
