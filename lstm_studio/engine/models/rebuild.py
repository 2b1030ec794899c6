"""A model that runs, from nothing but weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn

from lstm_studio.core.layers import Kind
from lstm_studio.engine.models.layout import Around, Recurrent
from lstm_studio.engine.models.plan import ACTIVATIONS, Plan

_RECURRENT_MODULES: Final[Mapping[Kind, Callable[..., nn.Module]]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn_tanh": nn.RNN,
    "rnn_relu": nn.RNN,
}
_CELL_MODULES: Final[Mapping[Kind, Callable[..., nn.Module]]] = {
    "lstm": nn.LSTMCell,
    "gru": nn.GRUCell,
    "rnn_tanh": nn.RNNCell,
    "rnn_relu": nn.RNNCell,
}

Stage = Callable[[Tensor], Tensor]


class Rebuilt(nn.Module):
    """Parts of a file, under the names that they have there, run one after another.

    ``forward`` takes ``(batch, step, feature)``, or ``(batch, step)`` tokens where
    the first part is an embedding, and gives ``(batch, step, feature)``, or
    ``(batch, feature)`` where the head reads the last step only.
    """

    def __init__(
        self,
        plan: Plan,
        tensors: Mapping[str, Tensor],
        *,
        last_step: bool = False,
    ) -> None:
        super().__init__()
        parts: dict[str, nn.Module] = {}
        for step in plan.steps:
            if not isinstance(step, str) and step.module not in parts:
                parts[step.module] = _module(step, tensors)
        root: nn.Module = self
        if "" in parts:
            # The model is itself a recurrent module.
            root = self.adapted = parts[""]
        for name, part in parts.items():
            if name:
                _place(root, name, part)
        self._stages = _stages(plan, parts, last_step=last_step)
        self._dtype = next(parts[plan.recurrent[0].module].parameters()).dtype

    def forward(self, x: Tensor) -> Tensor:
        """Run all parts over a whole sequence."""
        if x.is_floating_point():
            x = x.to(self._dtype)
        for stage in self._stages:
            x = stage(x)
        return x


def _module(part: Recurrent | Around, tensors: Mapping[str, Tensor]) -> nn.Module:
    """Return the module of a part, which takes its tensors as they are."""
    with torch.device("meta"):
        if isinstance(part, Recurrent):
            module = _recurrent(part)
        elif part.kind == "embedding":
            module = nn.Embedding(part.width_in, part.width_out)
        elif part.kind == "conv":
            module = nn.Conv1d(part.width_in, part.width_out, 1, bias=part.bias)
        else:
            module = nn.Linear(part.width_in, part.width_out, bias=part.bias)
    start = f"{part.module}." if part.module else ""
    own = {name: tensors[f"{start}{name}"] for name, _ in module.named_parameters()}
    # One module runs in one precision, that of its first matrix.
    dtype = next(iter(own.values())).dtype
    if not dtype.is_floating_point:
        dtype = torch.float32
    module.load_state_dict(
        {name: tensor.to(dtype).contiguous() for name, tensor in own.items()},
        assign=True,
    )
    # Frozen weights would take other kernels, and give other last digits, than the
    # model of its author.
    return module.eval()


def _recurrent(part: Recurrent) -> nn.Module:
    options: dict[str, object] = {"bias": part.bias}
    if part.kind in ("rnn_tanh", "rnn_relu"):
        options["nonlinearity"] = part.kind.removeprefix("rnn_")
    if part.cell:
        return _CELL_MODULES[part.kind](part.input, part.hidden, **options)
    options.update(
        num_layers=part.layers, bidirectional=part.bidirectional, batch_first=True
    )
    if part.projection:
        options["proj_size"] = part.projection
    return _RECURRENT_MODULES[part.kind](part.input, part.hidden, **options)


def _place(root: nn.Module, name: str, module: nn.Module) -> None:
    *path, last = name.split(".")
    for key in path:
        root = root._modules.setdefault(key, nn.Module())  # type: ignore[assignment]  # noqa: SLF001
    if last in root._modules:  # noqa: SLF001
        # A part inside this one was placed before it.
        module._modules.update(root._modules[last]._modules)  # type: ignore[union-attr]  # noqa: SLF001
    # A name of the file may be that of a method; add_module would refuse it.
    root._modules[last] = module  # noqa: SLF001


def _stages(
    plan: Plan, parts: Mapping[str, nn.Module], *, last_step: bool
) -> list[Stage]:
    stages: list[Stage] = []
    cells: list[nn.Module] = []
    last = max(i for i, step in enumerate(plan.steps) if isinstance(step, Recurrent))
    for index, step in enumerate(plan.steps):
        if isinstance(step, Recurrent) and step.cell:
            cells.append(parts[step.module])
            following = plan.steps[index + 1 : index + 2]
            if not (following and getattr(following[0], "cell", False)):
                stages.append(_Stepped(tuple(cells)))
                cells = []
        else:
            stages.append(_stage(step, parts))
        if index == last and last_step:
            stages.append(_last)
    return stages


def _stage(step: Recurrent | Around | str, parts: Mapping[str, nn.Module]) -> Stage:
    if isinstance(step, str):
        return ACTIVATIONS[step]
    module = parts[step.module]
    if isinstance(step, Recurrent):
        return _Whole(module)
    return _PerStep(module) if step.kind == "conv" else module


def _last(x: Tensor) -> Tensor:
    return x[:, -1]


class _Whole:
    """A recurrent module, of which only the output goes on."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __call__(self, x: Tensor) -> Tensor:
        output: Tensor = self.module(x)[0]
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
