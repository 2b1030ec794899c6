"""All streams of a chunk at once, for recordings that store every stream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.backends import mkldnn
from torch.nn.functional import linear

from lstm_studio.core.cells.lstm import scan
from lstm_studio.core.layers import GATES, STREAMS, Kind

Array = np.ndarray[Any, np.dtype[Any]]

Products = Callable[[Tensor, Tensor], list[Tensor]]
"""The gates ``(row, unit)`` from rows of the input and of the ``h`` before."""

BLOCK: Final = 1 << 18
"""Values of a gate that are computed together."""
_ONE: Final = np.zeros(1, np.int64)
_SQUASH: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "sigmoid": torch.sigmoid_,
    "tanh": torch.tanh_,
    "none": lambda values: values,
}


class Everything:
    """Gives the streams that follow from input and ``h`` of one layer.

    The formulas of `core.cells` once more, in PyTorch: they run for every value of
    the run, for which numpy's exp and tanh take several times as long.

    Parameters
    ----------
    weights
        PyTorch's names without suffix.
    reverse
        The layer goes down the steps.
    """

    def __init__(
        self, kind: Kind, weights: Mapping[str, Array], *, reverse: bool = False
    ) -> None:
        self._kind = kind
        self._reverse = reverse
        self._products: Products | None = None
        if kind in _PRODUCTS:
            named = {name: torch.from_numpy(values) for name, values in weights.items()}
            self._products = _PRODUCTS[kind](named)

    def __call__(
        self,
        x: Array,
        h: Array,
        before: tuple[Array, ...],
        valid: Array | None = None,
        room: Callable[[str], Array] | None = None,
    ) -> dict[str, Array]:
        """Return every stream but ``h`` of some steps, each ``(step, sample, unit)``.

        Parameters
        ----------
        x, h
            Input and output of the steps, ``(step, sample, feature)``.
        before
            State that the first of them started from, ``(sample, unit)`` each.
        valid
            Where samples have not ended, ``(step, sample)``; None if all are.
        room
            Gives the array of a stream; if not given it is a new one.
        """
        if self._products is None:
            return {}
        steps, samples = x.shape[:2]
        shape = (steps, samples, before[-1].shape[-1])
        room = room or (lambda _: np.empty(shape, h.dtype))
        streams = {name: room(name) for name in STREAMS[self._kind][1:]}
        c = before[-1]
        # In blocks that stay in the cache from the products to the scan.
        block = max(BLOCK // max(before[-1].size, 1), 1)
        borders = [*range(0, steps, block), steps]
        blocks = [slice(*pair) for pair in pairwise(borders)]
        for part in reversed(blocks) if self._reverse else blocks:
            gates = self._products(
                torch.from_numpy(np.ascontiguousarray(x[part])).flatten(0, 1),
                self._previous(h, before[0], part, valid).flatten(0, 1),
            )
            for name, gate in zip(GATES[self._kind], gates, strict=True):
                streams[name][part] = gate.numpy().reshape(-1, *shape[1:])
            if "c" in streams:
                there = None if valid is None else valid[part]
                c = self._scan({name: s[part] for name, s in streams.items()}, c, there)
        return streams

    def _scan(self, streams: dict[str, Array], c: Array, valid: Array | None) -> Array:
        """Fill in ``c`` from the state before, and return the last one."""
        turn = slice(None, None, -1 if self._reverse else 1)
        forget, added = streams["f"][turn], streams["c"][turn]
        np.multiply(streams["i"][turn], streams["g"][turn], out=added)
        ended = None if valid is None else ~valid[turn][:, :, None]
        if ended is not None:
            forget = np.where(ended, 1, forget)
            np.copyto(added, 0, where=ended)
        steps = len(forget)
        rows = forget.reshape(steps, -1), added.reshape(steps, -1)
        scan(*rows, c.reshape(1, -1), _ONE, np.array([steps]))
        last: Array = added[-1].copy()
        if ended is not None:
            np.copyto(added, np.nan, where=ended)
        return last

    def _previous(
        self, h: Array, before: Array, part: slice, valid: Array | None
    ) -> Tensor:
        """Return ``h`` of the step before each step of ``part``."""
        previous = np.empty_like(h[part], order="C")
        if self._reverse:
            previous[:-1] = h[part][1:]
            previous[-1] = h[part.stop] if part.stop < len(h) else before
        else:
            previous[1:] = h[part][:-1]
            previous[0] = h[part.start - 1] if part.start else before
        if valid is not None:
            # A sample that starts later, as the reverse direction has them, starts
            # from the state that was there from the beginning.
            np.copyto(previous, before, where=np.isnan(previous))
        return torch.from_numpy(previous)


def _lstm(weights: Mapping[str, Tensor]) -> Products:
    weight = torch.cat((weights["weight_ih"], weights["weight_hh"]), 1)
    bias = _sum(weights.get("bias_ih"), weights.get("bias_hh"))
    squashed = ("sigmoid", "sigmoid", "tanh", "sigmoid")
    gates = [
        _Product(*gate) for gate in zip(*_parts(weight, bias, 4), squashed, strict=True)
    ]

    def products(x: Tensor, h: Tensor) -> list[Tensor]:
        rows = torch.cat((x, h), 1)
        return [gate(rows) for gate in gates]

    return products


def _gru(weights: Mapping[str, Tensor]) -> Products:
    of_x, of_h = (
        [
            _Product(*gate, "none")
            for gate in zip(
                *_parts(weights[f"weight_{side}"], weights.get(f"bias_{side}"), 3),
                strict=True,
            )
        ]
        for side in ("ih", "hh")
    )

    def products(x: Tensor, h: Tensor) -> list[Tensor]:
        r, z, n = (product(x) for product in of_x)
        r_h, z_h, n_h = (product(h) for product in of_h)
        r.add_(r_h).sigmoid_()
        z.add_(z_h).sigmoid_()
        n.addcmul_(r, n_h).tanh_()
        return [r, z, n]

    return products


_PRODUCTS: Final = {"lstm": _lstm, "gru": _gru}


@dataclass(frozen=True, slots=True)
class _Product:
    """``x`` times the weights plus the bias, squashed.

    Where PyTorch has oneDNN that takes half the time or less, and nothing is written
    between the product and its squashing.
    """

    weight: Tensor
    bias: Tensor | None
    squash: str

    def __call__(self, x: Tensor) -> Tensor:
        """Return the values of all rows of ``x``."""
        has = mkldnn.is_available()  # type: ignore[no-untyped-call]
        if self.weight.dtype == torch.float32 and has:
            return torch.ops.mkldnn._linear_pointwise(  # type: ignore[no-any-return] # noqa: SLF001
                x, self.weight, self.bias, self.squash, [], ""
            )
        return _SQUASH[self.squash](linear(x, self.weight, self.bias))


def _parts(
    weight: Tensor, bias: Tensor | None, count: int
) -> tuple[tuple[Tensor, ...], tuple[Tensor | None, ...]]:
    """Return weights and biases of the gates."""
    return weight.chunk(count), (None,) * count if bias is None else bias.chunk(count)


def _sum(left: Tensor | None, right: Tensor | None) -> Tensor | None:
    return None if left is None or right is None else left + right
