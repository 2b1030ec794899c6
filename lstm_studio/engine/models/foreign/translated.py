"""What a model of another library becomes: weights by PyTorch's names, and an order."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.layers import Kind
from lstm_studio.engine.models.plan import ROOT
from lstm_studio.engine.models.weights import Weights

Sketched = tuple[Weights, str]
"""Weights with sizes alone, of which nothing was read, and what the file is."""
Before = Callable[[int, Sketched], None]
"""Gets how many bytes of weights will be read, before they are."""


class CannotTranslate(ValueError):
    """A layer that is none of PyTorch's; the text says why, after "it" or a name."""


@dataclass(slots=True)
class Translated:
    """A model under way from another library to PyTorch.

    Attributes
    ----------
    steps
        Parts and activations in the order in which the file runs them.
    head
        Answer to what the head reads, ``""`` where the file does not tell.
    initial
        (layer, 1, unit) of each state of a recurrent part that does not begin with
        zeros.
    left_out
        Recurrent layers that PyTorch has not, and why.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    initial: dict[str, tuple[Tensor, ...]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    head: str = ""
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    _parts: set[str] = field(default_factory=set)

    def add(self, wanted: str, tensors: Mapping[str, Tensor]) -> str:
        """Take the weights of a part, and return the name that it gets.

        No other part has it, and a plan can hold it.
        """
        plain = ".".join(filter(None, re.sub(r"[>,\s]+", "_", wanted).split(".")))
        part, number = plain or ROOT, 1
        while part in self._parts:
            part, number = f"{plain or ROOT}_{number}", number + 1
        self._parts.add(part)
        for name, tensor in tensors.items():
            self.tensors[f"{part}.{name}"] = tensor
        return part

    def weights(self, file: str) -> Weights:
        """Return the weights.

        Raises
        ------
        CannotOpen
            No recurrent layer of the file is one of PyTorch's.
        """
        left_out = [f"{part}: {why}" for part, why in self.left_out.items()]
        if not any(".weight_hh" in name for name in self.tensors):
            if left_out:
                raise CannotOpen(
                    f"{file} has no recurrent layer that PyTorch has too: "
                    f"{left_out[0]}.",
                    "Save the model with a layer that torch.nn has.",
                )
            raise CannotOpen(
                f"{file} has no recurrent layer in it.",
                "Choose a model with an LSTM, GRU or RNN.",
            )
        notes = (*(f"{each} (left out)." for each in left_out), *self.notes)
        return Weights(
            self.tensors,
            kinds=self.kinds,
            notes=notes,
            run=" > ".join(self.steps),
            head=self.head,
            initial=self.initial,
        )


def as_tensor(values: np.ndarray, *, own: bool = False) -> Tensor:
    """Return an array of real numbers as a tensor with memory of its own.

    ``own`` is an array that nobody else has. One that `unread` made becomes a tensor
    without values.

    Raises
    ------
    CannotTranslate
        It holds other values.
    """
    if values.dtype.kind != "f":
        raise CannotTranslate(f"its weights are {values.dtype}, no real numbers")
    if is_unread(values):
        dtype = torch.from_numpy(np.empty(0, values.dtype)).dtype
        return torch.empty(values.shape, dtype=dtype, device="meta")
    return torch.from_numpy(values if own else np.array(values, order="C"))


def unread(shape: Sequence[int], dtype: np.dtype[Any]) -> np.ndarray:
    """Return an array that takes no memory, for values that are not read yet."""
    return np.broadcast_to(np.zeros((), dtype), tuple(shape))


def is_unread(values: np.ndarray) -> bool:
    """Whether `unread` made an array, or what it is a part of."""
    return values.size > 1 and not any(values.strides)
