"""A model whose recurrent layers begin in a given state, or run over padded samples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Layer
from lstm_studio.engine.models.opened import OpenedModel
from lstm_studio.engine.models.stepwise import Adapter, Stepwise
from lstm_studio.engine.models.summarise import inner

States = Mapping[str, Mapping[str, np.ndarray]]


def started(model: OpenedModel, states: States, lengths: Sequence[int]) -> OpenedModel:
    """Return the model as one that begins in ``states`` and heeds ``lengths``.

    Parameters
    ----------
    states
        For each layer ``h`` and, of an LSTM, ``c`` as (sample, unit); ``{}`` leaves
        the model's own.
    lengths
        Steps of each sample before its padding; ``()`` where there is none.

    Raises
    ------
    DoesNotFit
        The model takes no state, or no lengths, from outside.
    """
    module = model.module
    if states:
        module = _with_states(module, model, states)
    if lengths:
        module = _with_lengths(module, model, torch.tensor(lengths))
    return replace(model, module=module)


def _with_states(module: nn.Module, model: OpenedModel, states: States) -> nn.Module:
    stacked = _stacked(model.summary.layers, states)
    if isinstance(module, Adapter) and module.takes("state"):
        flat = tuple(state for group in stacked.values() for state in group)
        return module.given(states=flat)
    parts = _parts(module)
    missing = [name for name in stacked if name not in parts]
    if missing:
        raise DoesNotFit(
            f"{model.summary.name} takes no initial state from outside: its program "
            f"keeps that of {missing[0] or 'its layers'} to itself.",
            "Choose zeros.",
        )
    return Started(module, {name: stacked[name] for name in stacked})


def _with_lengths(module: nn.Module, model: OpenedModel, lengths: Tensor) -> nn.Module:
    core = module.adapted if isinstance(module, Started) else module
    if isinstance(core, Adapter) and core.takes("lengths"):
        told = core.given(lengths=lengths)
        return Started(told, module.states) if isinstance(module, Started) else told
    parts = _parts(module)
    stepped = isinstance(core, Stepwise)
    if (
        stepped
        or not parts
        or any(isinstance(part, nn.RNNCellBase) for part in parts.values())
    ):
        why = (
            "it is called once per step"
            if stepped or parts
            else "its program does not take them"
        )
        raise DoesNotFit(
            f"{model.summary.name} takes no lengths of samples: {why}.",
            "Choose one sample at a time, or leave the lengths empty.",
        )
    given = module.states if isinstance(module, Started) else {}
    return Started(core, given, lengths)


def _parts(module: nn.Module) -> dict[str, nn.Module]:
    """Return the recurrent modules whose forward is Python, by name."""
    return {
        name: part
        for name, part in inner(module).named_modules()
        if isinstance(part, (nn.RNNBase, nn.RNNCellBase))
    }


def _stacked(layers: Sequence[Layer], states: States) -> dict[str, tuple[Tensor, ...]]:
    """Return the states of each module as it takes them: (layer, sample, unit)."""
    rows: dict[str, list[Layer]] = {}
    for layer in layers:
        if layer.name in states:
            rows.setdefault(layer.module, []).append(layer)
    stacked = {}
    for module, own in rows.items():
        streams = states[own[0].name]
        tensors = [
            torch.stack([torch.from_numpy(states[one.name][s]) for one in own])
            for s in streams
        ]
        cell = own[0].cell
        stacked[module] = tuple(t[0] if cell else t for t in tensors)
    return stacked


class Started(nn.Module):
    """Calls a model; what its recurrent modules are called with is changed meanwhile.

    The first call of each module in ``states`` gets that state, and so is given what
    a model would else begin with zeros. With ``lengths``, whole sequences are packed
    before a layer and padded after it.
    """

    def __init__(
        self,
        adapted: nn.Module,
        states: Mapping[str, tuple[Tensor, ...]],
        lengths: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.adapted = adapted
        self.states = dict(states)
        self.lengths = lengths
        self.training = getattr(adapted, "training", False)

    def forward(self, x: Tensor) -> Any:
        """Run over (batch, step, feature), or (batch, step) of tokens."""
        parts = _parts(self.adapted)
        with ExitStack() as stack:
            for name, part in parts.items():
                state = self.states.get(name, ())
                if state or self.lengths is not None:
                    call = _Call(part, state, self.lengths)
                    stack.enter_context(_replaced(part, call))
            return self.adapted(x)


@contextmanager
def _replaced(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Let a module run another forward; a hook would miss calls past ``__call__``."""
    before = vars(module).get("forward")
    module.forward = forward
    try:
        yield
    finally:
        del module.forward
        if before is not None:
            module.forward = before


class _Call:
    """The forward of one recurrent module, with the state of its first call given."""

    def __init__(
        self, module: nn.Module, state: tuple[Tensor, ...], lengths: Tensor | None
    ) -> None:
        self._forward = module.forward
        self._batch_first = bool(getattr(module, "batch_first", False))
        self._state = state
        self._lengths = lengths

    def __call__(self, input: Any, hx: Any = None) -> Any:  # noqa: A002 - PyTorch's
        if self._state:
            data = input if isinstance(input, Tensor) else input.data
            hx = tuple(state.to(data.device, data.dtype) for state in self._state)
            if isinstance(input, Tensor) and input.ndim == hx[0].ndim - 1:
                # Without an axis of samples there is one.
                hx = tuple(state[..., 0, :] for state in hx)
            hx = hx if len(hx) > 1 else hx[0]
            self._state = ()
        if self._lengths is None or not isinstance(input, Tensor):
            return self._forward(input, hx)
        samples, steps = input.shape[:2] if self._batch_first else input.shape[1::-1]
        if input.ndim != 3 or samples != len(self._lengths):
            raise DoesNotFit(
                "The model does not pass its samples on side by side, so their "
                "lengths cannot be told to its layers.",
                "Choose one sample at a time, or leave the lengths empty.",
            )
        if steps < int(self._lengths.max()):
            raise DoesNotFit(
                f"The model gives its layer {steps} steps of "
                f"{int(self._lengths.max())}, so the lengths do not fit it.",
                "Choose one sample at a time, or leave the lengths empty.",
            )
        packed = pack_padded_sequence(
            input, self._lengths, self._batch_first, enforce_sorted=False
        )
        output, state = self._forward(packed, hx)
        padded, _ = pad_packed_sequence(output, self._batch_first, total_length=steps)
        return _held(padded, self._lengths, self._batch_first), state


def _held(output: Tensor, lengths: Tensor, batch_first: bool) -> Tensor:
    """Repeat the last step of each sample over its padding.

    A head that reads the last step then reads that of each sample.
    """
    steps = torch.arange(output.shape[1 if batch_first else 0])
    last = torch.minimum(steps[None, :], lengths[:, None] - 1).to(output.device)
    if batch_first:
        return output[torch.arange(len(last), device=output.device)[:, None], last]
    return output[last.T, torch.arange(len(last), device=output.device)[None, :]]
