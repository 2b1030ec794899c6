"""Adapters: a model that wants another call than ours, called with whole sequences."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lstm_studio.core.errors import CannotRun, DoesNotFit

BATCH = -1
"""Stands for the number of samples in the shape of a state."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An input of the model beside the sequence.

    ``state`` takes one tensor for every shape, in a tuple where there are several;
    ``number`` is always ``value``; ``lengths`` is the number of steps of each sample.
    """

    name: str
    kind: Literal["state", "number", "lengths"]
    value: int | float | bool | None = None
    shapes: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Calling:
    """How a model is called.

    Attributes
    ----------
    time_first
        Whether its input is (step, batch, feature).
    row
        Whether one step is passed as (batch, feature), without an axis of steps.
    arguments
        What it takes beside the sequence, in order.
    reset
        Method that makes it forget the state that it keeps inside, ``""`` if none.
    one_sample
        Whether it takes one sample at a time.
    """

    time_first: bool = False
    row: bool = False
    arguments: tuple[Argument, ...] = ()
    reset: str = ""
    one_sample: bool = False

    @property
    def plain(self) -> bool:
        """Whether the model takes our call as it is."""
        return not (self.time_first or self.arguments or self.reset or self.one_sample)


class Adapter(nn.Module):
    """Holds the model as ``adapted``, so that its layers keep their names.

    Parameters
    ----------
    states
        What the model is given as its first state, one for each shape of its
        arguments; zeros if there are none.
    lengths
        Steps of each sample before its padding; all if not given.
    """

    def __init__(
        self,
        adapted: nn.Module,
        calling: Calling,
        states: tuple[Tensor, ...] = (),
        lengths: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.adapted = adapted
        self.calling = calling
        self.states = states
        self.lengths = lengths
        # A frozen script has no such flag.
        self.training = getattr(adapted, "training", False)

    def takes(self, kind: str) -> bool:
        """Return whether an argument of this kind is passed to the model."""
        return any(argument.kind == kind for argument in self.calling.arguments)

    def given(
        self, states: tuple[Tensor, ...] = (), lengths: Tensor | None = None
    ) -> "Adapter":
        """Return the same adapter with another first state, or with lengths."""
        wanted = [s for argument in self.calling.arguments for s in argument.shapes]
        if states and len(states) != len(wanted):
            raise DoesNotFit(
                f"The model takes {len(wanted)} states; {len(states)} were given.",
                "Choose zeros.",
            )
        return type(self)(
            self.adapted,
            self.calling,
            states or self.states,
            self.lengths if lengths is None else lengths,
        )

    def _begin(self, x: Tensor) -> list[Tensor]:
        if self.calling.one_sample and x.shape[0] != 1:
            raise DoesNotFit(
                f"The model takes one sample at a time; the sequence has {x.shape[0]}.",
                "Choose one sample.",
            )
        if self.calling.reset:
            getattr(self.adapted, self.calling.reset)()
        dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
        if self.states:
            return [state.to(x.device, dtype) for state in self.states]
        return [
            x.new_zeros(
                [x.shape[0] if size == BATCH else size for size in shape], dtype=dtype
            )
            for argument in self.calling.arguments
            for shape in argument.shapes
        ]

    def _others(self, x: Tensor, steps: int, states: Sequence[Tensor]) -> list[Any]:
        remaining = iter(states)
        return [
            _value(argument, x, steps, remaining, self.lengths)
            for argument in self.calling.arguments
        ]


class Sequencewise(Adapter):
    """Calls a model once, with the whole sequence."""

    def forward(self, x: Tensor) -> Any:
        """Run over (batch, step, feature)."""
        states = self._begin(x)
        others = self._others(x, x.shape[1], states)
        if not self.calling.time_first:
            return self.adapted(x, *others)
        result = self.adapted(x.transpose(0, 1), *others)
        if isinstance(result, Tensor):
            return result.transpose(0, 1) if result.ndim > 1 else result
        if isinstance(result, tuple) and isinstance(result[0], Tensor):
            return (result[0].transpose(0, 1), *result[1:])
        return result


class Stepwise(Adapter):
    """Calls a model once per step, with the state that it returned before.

    ``forward`` gives its outputs as (batch, step, value).
    """

    def forward(self, x: Tensor) -> Tensor:
        """Run over (batch, step, feature), or (batch, step) of tokens."""
        states = self._begin(x)
        outputs = []
        for step in range(x.shape[1]):
            result = self.adapted(self._one_step(x, step), *self._others(x, 1, states))
            output, states = _split(result, states)
            outputs.append(_flat(output, x.shape[0]))
        return torch.stack(outputs, dim=1)

    def _one_step(self, x: Tensor, step: int) -> Tensor:
        if self.calling.row:
            return x[:, step]
        window = x[:, step : step + 1]
        return window.transpose(0, 1) if self.calling.time_first else window


def _value(
    argument: Argument,
    x: Tensor,
    steps: int,
    states: Iterator[Tensor],
    lengths: Tensor | None,
) -> Any:
    if argument.kind == "number":
        return argument.value
    if argument.kind == "lengths":
        if lengths is not None and steps > 1:
            return lengths
        return torch.full((x.shape[0],), steps, dtype=torch.int64)
    given = tuple(next(states) for _ in argument.shapes)
    return given[0] if len(given) == 1 else given


def _split(result: Any, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Return the output of a step, and the states for the next one."""
    tensors = list(_tensors(result))
    if not tensors:
        raise CannotRun(
            "The model returned no tensor.", "Choose a model that returns its output."
        )
    if not states:
        return tensors[0], []
    following = tensors[-len(states) :]
    if len(tensors) <= len(states) or [s.shape for s in following] != [
        s.shape for s in states
    ]:
        raise CannotRun(
            "The model does not return the state that it was given.",
            "Choose a model that returns its output and then its state.",
        )
    return tensors[0], following


def _tensors(result: Any) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, dict):
        for value in result.values():
            yield from _tensors(value)
    elif isinstance(result, (tuple, list)):
        for value in result:
            yield from _tensors(value)


def _flat(output: Tensor, samples: int) -> Tensor:
    """Return the output of a step as (batch, value)."""
    if output.ndim and samples and output.numel() % samples == 0:
        # Axes of size one move freely; (1, batch, value) is the usual extra one.
        squeezed = output.squeeze(0) if output.shape[0] != samples else output
        return squeezed.reshape(samples, math.prod(squeezed.shape) // samples)
    return output
