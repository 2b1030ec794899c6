"""What a model's ``forward`` takes beside the sequence, read off its signature."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.engine.models.layout import Recurrent
from lstm_studio.engine.models.stepwise import BATCH, Argument

RATE_NAMES: Final = ("sr", "rate", "fs", "sample_rate", "sampling_rate")
_RATES: Final = (16000, 8000, 22050, 24000, 44100, 48000)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input of ``forward`` after the first that has no default."""

    name: str
    number: bool
    tensors: int
    flag: bool = False


def parameters_of(module: nn.Module) -> list[Parameter]:
    """Return the inputs of ``forward`` after the first that have no default.

    Raises
    ------
    CannotOpen
        If there is no ``forward``.
    """
    if isinstance(module, torch.jit.ScriptModule):
        if not hasattr(module, "forward"):
            # `nn.LSTM` and its like have two, for packed sequences and for others.
            raise CannotOpen(
                "The program has no forward() of its own: TorchScript keeps none of a "
                "recurrent module that was scripted alone.",
                'Open the weights only (open="weights"), or script a module around it.',
            )
        schema = module.forward.schema  # type: ignore[attr-defined]
        return [
            _from_script(a.name, str(a.type))
            for a in schema.arguments[2:]
            if not a.has_default_value()
        ]
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return []
    return [
        _from_eager(p)
        for p in parameters
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]


def _from_script(name: str, kind: str) -> Parameter:
    return Parameter(
        name,
        number=kind in ("int", "float", "bool"),
        tensors=kind.count("Tensor"),
        flag=kind == "bool",
    )


def _from_eager(parameter: inspect.Parameter) -> Parameter:
    annotation = parameter.annotation
    number = annotation in (int, float, bool) or parameter.name in RATE_NAMES
    tensors = 0 if number else max(str(annotation).count("Tensor"), 1)
    return Parameter(parameter.name, number, tensors, annotation is bool)


def values_of(
    module: nn.Module, parameter: Parameter, answers: Mapping[str, str]
) -> tuple[Any, ...]:
    """Return the values worth trying for a number, the likely ones first."""
    if parameter.name in answers:
        text = answers[parameter.name]
        try:
            return (int(text) if text.lstrip("-").isdigit() else float(text),)
        except ValueError as error:
            raise DoesNotFit(
                f"{text!r} is no number for `{parameter.name}`.", "Type a number."
            ) from error
    if parameter.flag:
        return (False,)
    if parameter.name in RATE_NAMES:
        named = getattr(module, "sample_rates", None) or []
        own = [rate for rate in named if isinstance(rate, int)]
        return tuple(sorted(own, reverse=True)) or _RATES
    return (0, 1)


def arguments_of(
    parameters: Sequence[Parameter],
    numbers: Mapping[str, Any],
    recurrent: Sequence[Recurrent],
) -> tuple[Argument, ...] | None:
    """Return the arguments of a call, None where they cannot be told."""
    per_module = [_state_shapes(part) for part in recurrent]
    flat = [shape for shapes in per_module for shape in shapes]
    states = [p for p in parameters if not p.number and "len" not in p.name.lower()]
    if sum(p.tensors for p in states) == len(flat):
        queue = iter(flat)
        shapes = [tuple(next(queue) for _ in range(p.tensors)) for p in states]
    elif len(states) == len(per_module):
        shapes = per_module
    elif not states:
        shapes = []
    else:
        return None
    own = dict(zip((p.name for p in states), shapes, strict=True))
    return tuple(
        Argument(p.name, "number", numbers[p.name])
        if p.number
        else Argument(p.name, "state", shapes=own[p.name])
        if p.name in own
        else Argument(p.name, "lengths")
        for p in parameters
    )


def _state_shapes(part: Recurrent) -> tuple[tuple[int, ...], ...]:
    width = part.projection or part.hidden
    count = part.layers * (2 if part.bidirectional else 1)
    start = () if part.cell else (count,)
    h, c = (*start, BATCH, width), (*start, BATCH, part.hidden)
    return (h, c) if part.kind == "lstm" else (h,)
