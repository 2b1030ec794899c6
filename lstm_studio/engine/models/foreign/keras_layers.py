"""Layers of Keras as layers of PyTorch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from lstm_studio.core.layers import Kind
from lstm_studio.engine.models.foreign.keras_config import KerasLayer
from lstm_studio.engine.models.foreign.translated import CannotTranslate

Read = Callable[[str], Tensor]

_BLOCKS: Final[Mapping[str, tuple[int, ...]]] = {
    "LSTM": (0, 1, 2, 3),
    "GRU": (1, 0, 2),
    "SimpleRNN": (0,),
}
"""Which block of columns PyTorch has first: Keras keeps i, f, c, o and z, r, h."""
_KINDS: Final[Mapping[str, Kind]] = {
    "LSTM": "lstm",
    "GRU": "gru",
    "SimpleRNN": "rnn_tanh",
}
_BY_BLOCKS: Final = {len(blocks): kind for kind, blocks in _BLOCKS.items()}


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A recurrent layer of Keras, without what it is wrapped in.

    ``sequences`` is whether it gives every step; None where the file does not tell.
    """

    kind: Kind
    tensors: Mapping[str, Tensor]
    bidirectional: bool
    sequences: bool | None
    merge: str
    notes: tuple[str, ...]


def is_recurrent(layer: KerasLayer) -> bool:
    """Whether a layer keeps a state from step to step."""
    if layer.kind:
        return _plain(layer)[0] in _BLOCKS or layer.kind in (
            "RNN",
            "CuDNNLSTM",
            "CuDNNGRU",
            "ConvLSTM1D",
            "ConvLSTM2D",
            "ConvLSTM3D",
        )
    return any(role.endswith("recurrent_kernel") for role in layer.paths)


def recurrent(layer: KerasLayer, read: Read) -> Recurrent:
    """Return a recurrent layer with the weights of PyTorch.

    Raises
    ------
    CannotTranslate
        It computes what no layer of PyTorch does, or its weights are missing.
    """
    kind, told = _plain(layer)
    both = any("/" in role for role in layer.paths)
    starts = ("forward/", "backward/") if both else ("",)
    if not layer.kind:
        kind = _kind_of_shapes(read(_path(layer, f"{starts[0]}recurrent_kernel")))
    if kind not in _BLOCKS:
        raise CannotTranslate(f"torch.nn has no layer like {kind or layer.kind}")
    own = _kind(kind, told)
    if told.get("go_backwards") and not both:
        raise CannotTranslate(
            "it runs from the last step to the first only, which no layer of PyTorch "
            "does by itself"
        )
    if both and "backward_layer" in layer.told:
        _, backward = _inner(layer.told["backward_layer"])
        if _kind(kind, backward) != own:
            raise CannotTranslate("its two directions have other functions")
    tensors: dict[str, Tensor] = {}
    for start, suffix in zip(starts, ("l0", "l0_reverse"), strict=False):
        tensors |= _direction(layer, kind, told, read, start, suffix)
    notes = []
    if told.get("stateful"):
        notes.append(
            f"{layer.name} keeps its state from batch to batch in Keras: here each "
            "run begins with zeros."
        )
    if kind == "GRU" and "reset_after" not in told and "bias_ih_l0" not in tensors:
        notes.append(
            f"The file does not tell where {layer.name} resets its state: after the "
            "matrix product is taken, as Keras 2 and 3 do if not told otherwise."
        )
    merge = layer.told.get("merge_mode", "concat") if both else "concat"
    sequences = told.get("return_sequences") if layer.kind else None
    return Recurrent(own, tensors, both, sequences, str(merge), tuple(notes))


def dense(layer: KerasLayer, read: Read) -> dict[str, Tensor]:
    """Return the weights of a Dense as those of a torch.nn.Linear."""
    kernel = read(_path(layer, "kernel"))
    if kernel.ndim != 2:
        raise CannotTranslate("its kernel is no matrix")
    tensors = {"weight": kernel.T.contiguous()}
    if "bias" in layer.paths:
        tensors["bias"] = read(layer.paths["bias"])
    return tensors


def embedding(layer: KerasLayer, read: Read) -> dict[str, Tensor]:
    """Return the table of an Embedding."""
    return {"weight": read(_path(layer, "kernel"))}


def _plain(layer: KerasLayer) -> tuple[str, Mapping[str, Any]]:
    """Return the class and description of the layer inside wrappers."""
    kind, told = layer.kind, layer.told
    if kind == "Bidirectional":
        kind, told = _inner(told.get("layer"))
    if kind == "RNN":
        cell, inside = _inner(told.get("cell"))
        return cell.removesuffix("Cell"), {**inside, **told}
    return kind, told


def _inner(node: object) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(node, dict):
        return "", {}
    told = node.get("config")
    return str(node.get("class_name")), told if isinstance(told, dict) else {}


def _kind_of_shapes(kernel: Tensor) -> str:
    rows, columns = kernel.shape if kernel.ndim == 2 else (0, 0)
    blocks = columns // rows if rows and columns % rows == 0 else 0
    return _BY_BLOCKS.get(blocks, "")


def _kind(kind: str, told: Mapping[str, Any]) -> Kind:
    main = told.get("activation", "tanh")
    if kind == "SimpleRNN" and main == "relu":
        return "rnn_relu"
    gates = told.get("recurrent_activation", "sigmoid")
    if main != "tanh" or (kind != "SimpleRNN" and gates != "sigmoid"):
        given = str(main) if kind == "SimpleRNN" else f"{gates} and {main}"
        has = "tanh and relu" if kind == "SimpleRNN" else "sigmoid and tanh"
        raise CannotTranslate(f"its functions are {given}, and PyTorch's are {has}")
    if kind == "GRU" and told.get("reset_after") is False:
        raise _resets_before()
    return _KINDS[kind]


def _resets_before() -> CannotTranslate:
    return CannotTranslate(
        "it resets the state before the matrix product (reset_after=False), and "
        "torch.nn.GRU does after it"
    )


def _direction(
    layer: KerasLayer,
    kind: str,
    told: Mapping[str, Any],
    read: Read,
    start: str,
    suffix: str,
) -> dict[str, Tensor]:
    # One matrix after the other: both and both turned would be twice the file.
    state = read(_path(layer, f"{start}recurrent_kernel"))
    columns = len(_BLOCKS[kind]) * state.shape[0] if state.ndim == 2 else 0
    if not columns or state.shape[1] != columns:
        raise CannotTranslate("the sizes of its weights disagree")
    by_state = _rows(kind, state.T)
    del state
    kernel = read(_path(layer, f"{start}kernel"))
    if kernel.ndim != 2 or kernel.shape[1] != columns or not kernel.shape[0]:
        raise CannotTranslate("the sizes of its weights disagree")
    tensors = {
        f"weight_ih_{suffix}": _rows(kind, kernel.T),
        f"weight_hh_{suffix}": by_state,
    }
    del kernel
    if (path := layer.paths.get(f"{start}bias")) is not None:
        bias = read(path)
        if kind == "GRU" and bias.shape == (columns,) and "reset_after" not in told:
            # Only a layer that resets before the product has one bias.
            raise _resets_before()
        if bias.shape not in ((columns,), (2, columns)):
            raise CannotTranslate("the sizes of its weights disagree")
        zeros = torch.zeros(columns, dtype=bias.dtype)
        of_input, of_state = (bias, zeros) if bias.ndim == 1 else (bias[0], bias[1])
        tensors[f"bias_ih_{suffix}"] = _rows(kind, of_input)
        tensors[f"bias_hh_{suffix}"] = _rows(kind, of_state)
    return tensors


def _rows(kind: str, values: Tensor) -> Tensor:
    if values.is_meta:
        # What joins tensors without values is 80 MB of PyTorch.
        return values.new_empty(values.shape)
    order = _BLOCKS[kind]
    blocks = values.chunk(len(order))
    return torch.cat([blocks[index] for index in order]).contiguous()


def _path(layer: KerasLayer, role: str) -> str:
    path = layer.paths.get(role)
    if path is None:
        raise CannotTranslate(f"its {role.replace('/', ' ')} is not in the file")
    return path
