"""Which module of the model a recurrent operation belongs to."""

import re
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from lstm_studio.core.layers import Direction
from lstm_studio.engine.capture.operations import Weights

_LEAF: Final = re.compile(r"(weight|bias)_(ih|hh|hr)(_l\d+)?(_reverse)?")
_RECURRENT: Final = frozenset({"LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"})
_WRAPPERS: Final = ("adapted", "_orig_mod", "module")


def layer_name(module: str, index: int, direction: Direction) -> str:
    """Return the name of a layer as PyTorch names its weights: ``encoder.lstm.l0``."""
    suffix = f"l{index}" + ("_reverse" if direction == "reverse" else "")
    return f"{module}.{suffix}" if module else suffix


def root_of(model: Callable[..., Any]) -> nn.Module | None:
    """Return the module that names start from: without adapters and wrappers."""
    owner = getattr(model, "__self__", None)
    root = model if isinstance(model, nn.Module) else owner
    if not isinstance(root, nn.Module):
        return None
    wrapper = isinstance(root, nn.DataParallel) or not _is_plain(root)
    for attribute in _WRAPPERS if wrapper else _WRAPPERS[:1]:
        inner = getattr(root, attribute, None)
        if isinstance(inner, nn.Module):
            return root_of(inner)
    return root


def _is_plain(module: nn.Module) -> bool:
    return type(module).__name__ != "OptimizedModule"


class Names:
    """Names of the recurrent operations of one model.

    Weights are matched by where they lie in memory, which also works for scripts and
    exported programs. Weights that are computed for each call (weight norm) have no
    such match: then the module whose forward is running gives the name.
    """

    def __init__(self, model: Callable[..., Any]) -> None:
        self.root = root_of(model)
        self._by_pointer: dict[int, str] = {}
        self._modules: dict[int, str] = {}
        self.declared: dict[str, str] = {}
        self.batch_first: dict[str, bool] = {}
        self._strangers: dict[int, tuple[nn.Module, str]] = {}
        if self.root is not None:
            self._read(self.root)

    def _read(self, root: nn.Module) -> None:
        for path, module in root.named_modules():
            name = _plain_path(path)
            self._modules[id(module)] = name
            kind = getattr(module, "original_name", type(module).__name__)
            if isinstance(module, nn.RNNBase | nn.RNNCellBase) or (
                kind in _RECURRENT and _has_weights(module)
            ):
                self.declared[name] = kind
                first = getattr(module, "batch_first", None)
                if isinstance(first, bool):
                    self.batch_first[name] = first
        for path, parameter in (*root.named_parameters(), *root.named_buffers()):
            module_name, _, leaf = _plain_path(path).rpartition(".")
            # A sparse tensor lies in no one place, one on the meta device in none.
            placed = parameter.layout == torch.strided and not parameter.is_meta
            if "parametrizations" in path or not parameter.numel() or not placed:
                continue
            if not _LEAF.fullmatch(leaf):
                module_name = f"{module_name}.{leaf}" if module_name else leaf
            self._by_pointer[parameter.data_ptr()] = module_name

    def of(self, weights: Weights) -> str | None:
        """Return the name of the module that owns ``weights``, None if unknown."""
        for weight in weights.parameters:
            name = self._by_pointer.get(weight.data_ptr())
            if name is not None:
                return name
        return self._of_stack()

    def _of_stack(self) -> str | None:
        stranger: nn.Module | None = None
        for frame in _frames():
            module = frame.f_locals.get("self")
            # The name of a script would be that of all the layers inside of it.
            if not isinstance(module, nn.Module) or isinstance(
                module, torch.jit.ScriptModule
            ):
                continue
            if id(module) in self._modules:
                return self._modules[id(module)]
            if stranger is None:
                stranger = module
        return None if stranger is None else self._stranger(stranger)

    def _stranger(self, module: nn.Module) -> str:
        # The module itself is kept, so that its id is not given to another one.
        if id(module) not in self._strangers:
            base = type(module).__name__.lower()
            taken = [name for _, name in self._strangers.values()]
            same = sum(name.rpartition("_")[0] == base for name in taken)
            self._strangers[id(module)] = (module, f"{base}_{same}")
        return self._strangers[id(module)][1]


def _has_weights(module: nn.Module) -> bool:
    # Of a script only the name of its class is known, which may be anything.
    names = (name for name, _ in module.named_parameters(recurse=False))
    return any(_LEAF.fullmatch(name) for name in names)


def _plain_path(path: str) -> str:
    return path.replace("_orig_mod.", "")


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to it
    while frame is not None:
        yield frame
        frame = frame.f_back


def order_of_samples(data: Tensor) -> Tensor | None:
    """Return ``sorted_indices`` of the packed sequence that ``data`` belongs to.

    The operation gets the rows of a packed sequence already sorted by length; only
    the ``PackedSequence`` that the model still holds tells the order that the user
    gave. It is looked for in the running functions, so it is found also where a
    module is called through ``.forward``.
    """
    for frame in _frames():
        for value in tuple(frame.f_locals.values()):
            if (
                isinstance(value, PackedSequence)
                and value.data.data_ptr() == data.data_ptr()
            ):
                order: torch.Tensor | None = value.sorted_indices
                return order
    return None
