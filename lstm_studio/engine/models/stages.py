"""The steps of a rebuilt model, each a function of what the one before it gives."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from lstm_studio.engine.models.layout import Around, Recurrent
from lstm_studio.engine.models.plan import ACTIVATIONS, Plan

Stage = Callable[[Tensor], Tensor]


class Last:
    """The last step of each sample, before its padding.

    With ``split``, what comes from there on is read at the first step: there the
    backward direction ends.
    """

    def __init__(self) -> None:
        self.lengths: Tensor | None = None
        self.split = 0

    def __call__(self, x: Tensor) -> Tensor:
        if self.lengths is None:
            last = x[:, -1]
        else:
            samples = torch.arange(len(x), device=x.device)
            last = x[samples, self.lengths.to(x.device) - 1]
        if not self.split:
            return last
        return torch.cat((last[:, : self.split], x[:, 0, self.split :]), -1)


class Initial:
    """The state that a recurrent module begins in, the same for every sample."""

    def __init__(self, owner: nn.Module, names: tuple[str, ...]) -> None:
        self.owner = owner
        self.names = names

    def __call__(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return the state for the samples of ``x``."""
        states = tuple(
            getattr(self.owner, name).to(x.dtype).expand(-1, len(x), -1).contiguous()
            for name in self.names
        )
        return states if len(states) > 1 else states[0]


def stages(
    plan: Plan,
    parts: Mapping[str, nn.Module],
    begins: Mapping[str, Initial],
    last: Last | None,
) -> list[Stage]:
    """Return the stages of a plan.

    ``last`` stands after the last recurrent part, where the head reads only that.
    """
    made: list[Stage] = []
    cells: list[nn.Module] = []
    end = max(i for i, step in enumerate(plan.steps) if isinstance(step, Recurrent))
    for index, step in enumerate(plan.steps):
        if isinstance(step, Recurrent) and step.cell:
            cells.append(parts[step.module])
            following = plan.steps[index + 1 : index + 2]
            if not (following and getattr(following[0], "cell", False)):
                made.append(_Stepped(tuple(cells)))
                cells = []
        elif isinstance(step, Recurrent):
            made.append(_Whole(parts[step.module], begins.get(step.module)))
        else:
            made.append(_stage(step, parts))
        if index == end and last is not None:
            made.append(last)
    return made


def _stage(step: Around | str, parts: Mapping[str, nn.Module]) -> Stage:
    if isinstance(step, str):
        return ACTIVATIONS[step]
    module = parts[step.module]
    return _PerStep(module) if step.kind == "conv" else module


class _Whole:
    """A recurrent module, of which only the output goes on."""

    def __init__(self, module: nn.Module, initial: Initial | None) -> None:
        self.module = module
        self.initial = initial

    def __call__(self, x: Tensor) -> Tensor:
        given = () if self.initial is None else (self.initial(x),)
        output: Tensor = self.module(x, *given)[0]
        return output


class _PerStep:
    """A convolution over one step, with the channels last."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __call__(self, x: Tensor) -> Tensor:
        last_step = x.ndim == 2
        output: Tensor = self.module(x.unsqueeze(-1) if last_step else x.mT)
        return output.squeeze(-1) if last_step else output.mT


class _Stepped:
    """Cells that follow each other, stepped together over the sequence."""

    def __init__(self, cells: Sequence[nn.Module]) -> None:
        self.cells = cells

    def __call__(self, x: Tensor) -> Tensor:
        states: list[Tensor | tuple[Tensor, Tensor] | None] = [None] * len(self.cells)
        outputs = []
        for step in range(x.shape[1]):
            value = x[:, step]
            for index, cell in enumerate(self.cells):
                state = cell(value, states[index])
                states[index] = state
                value = state[0] if isinstance(state, tuple) else state
            outputs.append(value)
        return torch.stack(outputs, dim=1)
