"""A short run of a copy of a model, to see how it takes its input."""

import copy
import warnings
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from lstm_studio.core.errors import StudioError

FOREIGN_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    # Of a model that asks a terminal.
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    StudioError,
    torch.jit.Error,
)
"""What a model raises that is called in another way than it wants."""

_LAYERS: Final = ("lstm", "gru", "rnn_tanh", "rnn_relu")
_CELLS: Final = ("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell")


class Spy(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the steps and samples of every recurrent operation.

    Attributes
    ----------
    calls
        (steps, samples) of each call of a layer.
    cells
        Samples of each call of a cell.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[int, int]] = []
        self.cells: list[int] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        name, _, overload = func.__name__.partition(".")
        if name in _LAYERS and overload == "input":
            x, batch_first = args[0], bool(args[8])
            steps, samples = x.shape[:2]
            self.calls.append((samples, steps) if batch_first else (steps, samples))
        elif name in _LAYERS:
            sizes: Tensor = args[1]
            self.calls.append((len(sizes), int(sizes[0])))
        elif name in _CELLS:
            self.cells.append(args[0].shape[0] if args[0].ndim > 1 else 1)
        return func(*args, **(kwargs or {}))


def attempt(call: Callable[[], Any]) -> Spy | Exception:
    """Run ``call`` under a spy and return it, or what the call raised."""
    spy = Spy()
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            torch.random.fork_rng(devices=[]),
            torch.inference_mode(),
            spy,
        ):
            call()
    except SystemExit as error:
        return RuntimeError(f"its code called sys.exit({error.code})")
    except FOREIGN_ERRORS as error:
        return error
    return spy


def copied(module: nn.Module) -> nn.Module:
    """Return a copy with a state of its own, which shares the parameters."""
    memo: dict[int, Any] = {}
    if not isinstance(module, torch.jit.ScriptModule):
        memo = {id(parameter): parameter for parameter in module.parameters()}
    try:
        with warnings.catch_warnings(action="ignore"):
            return copy.deepcopy(module, memo)
    except FOREIGN_ERRORS:
        # Some models hold what cannot be copied; they are tried as they are.
        return module
