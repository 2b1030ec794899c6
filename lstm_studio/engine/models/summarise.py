"""What a module declares: its layers, what else may be watched, what it takes."""

from collections.abc import Iterator
from typing import Final

import torch
from torch import nn

from lstm_studio.core.layers import Kind, Layer
from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.engine.models.layout import (
    RECURRENT_NAME,
    Inconsistent,
    Recurrent,
    lay_out,
    layers_of,
)

_BASES: Final = (nn.RNNBase, nn.RNNCellBase)
_MODES: Final[dict[str, Kind]] = {
    "LSTM": "lstm",
    "GRU": "gru",
    "RNN_TANH": "rnn_tanh",
    "RNN_RELU": "rnn_relu",
}


def summarise(module: nn.Module, name: str = "") -> ModelSummary:
    """Return what the window shows of a module that was not opened from a file.

    Parameters
    ----------
    module
        Any module; nothing of it is run.
    name
        How the window calls it; the name of its class if empty.
    """
    return ModelSummary(
        name=name or type(module).__name__,
        path="",
        sha256="",
        form="module in memory",
        layers=declared_layers(module),
        needs=input_needs(module),
        modules=watchable(module),
    )


def declared_layers(module: nn.Module) -> tuple[Layer, ...]:
    """Return the layers of all recurrent modules inside, in order of declaration."""
    return tuple(
        layer for recurrent in recurrent_parts(module) for layer in layers_of(recurrent)
    )


def recurrent_parts(module: nn.Module) -> tuple[Recurrent, ...]:
    """Return the recurrent modules inside, by the names that they have there."""
    root = inner(module)
    return tuple(_recurrent_modules(root))


def inner(module: nn.Module) -> nn.Module:
    """Return the module that names start from: without adapters and wrappers."""
    if isinstance(module, nn.DataParallel):
        return inner(module.module)
    # What an adapter of ours holds, and what torch.compile does.
    for attribute in ("adapted", "_orig_mod"):
        wrapped = getattr(module, attribute, None)
        if isinstance(wrapped, nn.Module):
            return inner(wrapped)
    return module


def precision_of(module: nn.Module) -> torch.dtype:
    """Return the kind of number of the first weight that is no whole number."""
    kinds = (parameter.dtype for parameter in module.parameters())
    return next((kind for kind in kinds if kind.is_floating_point), torch.float32)


def watchable(module: nn.Module) -> tuple[str, ...]:
    """Return the names of the modules whose outputs a hook can record."""
    root = inner(module)
    # A script runs its parts without Python, so no hook of theirs is called.
    return tuple(
        name
        for name, part in root.named_modules()
        if name
        and not isinstance(part, (torch.jit.ScriptModule, *_BASES))
        and type(part) is not nn.Module
    )


def input_needs(module: nn.Module) -> InputNeeds:
    """Return what the module takes per step, as its first parts suggest."""
    root = inner(module)
    recurrent = recurrent_parts(module)
    if not recurrent:
        return InputNeeds()
    width = recurrent[0].input
    before: list[nn.Module] = []
    for name, part in root.named_modules():
        if name == recurrent[0].module:
            break
        before.append(part)
    for part in before:
        if isinstance(part, nn.Embedding) and part.embedding_dim == width:
            return InputNeeds("tokens", part.num_embeddings)
    linear = [part for part in before if isinstance(part, nn.Linear)]
    if linear and linear[-1].out_features == width:
        return InputNeeds("features", linear[0].in_features)
    return InputNeeds("features", width)


def _recurrent_modules(root: nn.Module) -> Iterator[Recurrent]:
    for name, part in root.named_modules():
        if isinstance(part, nn.RNNBase):
            yield Recurrent(
                name,
                _MODES[part.mode],
                part.input_size,
                part.hidden_size,
                part.proj_size,
                part.num_layers,
                part.bidirectional,
                part.bias,
            )
        elif isinstance(part, nn.RNNCellBase):
            yield Recurrent(
                name,
                _cell_kind(part),
                part.input_size,
                part.hidden_size,
                bias=part.bias,
                cell=True,
            )
        elif found := _by_weights(name, part):
            yield found


def _cell_kind(part: nn.RNNCellBase) -> Kind:
    if isinstance(part, nn.LSTMCell):
        return "lstm"
    if isinstance(part, nn.GRUCell):
        return "gru"
    return "rnn_relu" if part.nonlinearity == "relu" else "rnn_tanh"


def _by_weights(name: str, part: nn.Module) -> Recurrent | None:
    """Return the recurrent module that its own weights show: scripts, exports."""
    shapes = {
        weight: tuple(tensor.shape)
        for weight, tensor in part.named_parameters(recurse=False)
        if RECURRENT_NAME.fullmatch(weight)
    }
    if not shapes:
        return None
    start = f"{name}." if name else ""
    try:
        found = lay_out({f"{start}{w}": shape for w, shape in shapes.items()}).recurrent
    except Inconsistent:
        return None
    return found[0] if found else None
