"""A model that runs, from nothing but weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from lstm_studio.core.layers import Kind
from lstm_studio.engine.models.layout import Around, Recurrent
from lstm_studio.engine.models.plan import Plan
from lstm_studio.engine.models.stages import Initial, Last, stages

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

LAST_STEP: Final = "last step"
FINAL_STATE: Final = "final state"


class Rebuilt(nn.Module):
    """Parts of a file, under the names that they have there, run one after another.

    ``reads`` is what the head reads: ``""`` for every step, `LAST_STEP`, or
    `FINAL_STATE`, which differs only where there are two directions. ``initial`` holds
    the states that modules begin in, (layer, 1, unit) each.

    ``forward`` takes ``(batch, step, feature)``, or ``(batch, step)`` tokens where
    the first part is an embedding, and gives ``(batch, step, feature)``, or
    ``(batch, feature)`` where the head reads the last step only.
    """

    def __init__(
        self,
        plan: Plan,
        tensors: Mapping[str, Tensor],
        *,
        reads: str = "",
        initial: Mapping[str, tuple[Tensor, ...]] | None = None,
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
        begins = {
            name: self._hold(name, states)
            for name, states in (initial or {}).items()
            if name in parts
        }
        self._last = Last()
        if reads == FINAL_STATE and plan.recurrent[-1].bidirectional:
            self._last.split = plan.recurrent[-1].width // 2
        self._stages = stages(plan, parts, begins, self._last if reads else None)
        self._dtype = next(parts[plan.recurrent[0].module].parameters()).dtype

    @contextmanager
    def ending(self, lengths: Tensor | None) -> Iterator[None]:
        """Take these steps for the last ones of the samples, for a head there."""
        self._last.lengths = lengths
        try:
            yield
        finally:
            self._last.lengths = None

    def _hold(self, name: str, states: Sequence[Tensor]) -> Initial:
        """Keep states where they move to another device with the weights."""
        names = []
        for number, state in enumerate(states):
            names.append(f"initial_{number}_of_{name.replace('.', '_')}")
            self.register_buffer(names[-1], state, persistent=False)
        return Initial(self, tuple(names))

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
