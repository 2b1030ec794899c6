"""All streams of a chunk at once, for recordings that store every stream."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.cells.lstm import scan
from lstm_studio.core.layers import GATES, STREAMS, Kind

Array = np.ndarray[Any, np.dtype[Any]]

_ONE: Final = np.zeros(1, np.int64)


def all_streams(
    kind: Kind,
    weights: Mapping[str, Array],
    x: Array,
    h: Array,
    before: tuple[Array, ...],
    valid: Array | None = None,
    *,
    reverse: bool = False,
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
    reverse
        The layer went down the steps.
    """
    names = STREAMS[kind][1:]
    if not names:
        return {}
    steps, samples = x.shape[:2]
    before_h = _tensor(before[0])
    state = _tensor(h)
    if valid is not None:
        # A sample that starts later, as the reverse direction has them, starts from
        # the state that was there from the beginning.
        state = torch.where(state.isnan(), before_h, state)
    hidden = weights["weight_hh"].shape[0] // len(GATES[kind])
    gates = state.new_empty(len(GATES[kind]), steps, samples, hidden)
    _GATES[kind](gates, _tensor(x), state, before_h, weights, reverse)
    streams = {
        name: part.numpy() for name, part in zip(GATES[kind], gates, strict=True)
    }
    if "c" in names:
        turn = slice(None, None, -1 if reverse else 1)
        c = np.multiply(streams["i"], streams["g"])
        there = None if valid is None else valid[turn]
        _scan_cells(streams["f"][turn], c[turn], before[1], there)
        streams["c"] = c
    return streams


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def _parts(
    weights: Mapping[str, Array], end: str, count: int
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield weight and bias of each gate."""
    matrices = torch.from_numpy(weights[f"weight_{end}"]).chunk(count)
    bias = weights.get(f"bias_{end}")
    if bias is None:
        yield from ((matrix, None) for matrix in matrices)
    else:
        yield from zip(matrices, torch.from_numpy(bias).chunk(count), strict=True)


def _multiply(out: Tensor, rows: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    flat, rows = out.flatten(0, 1), rows.flatten(0, 1)
    if bias is None:
        torch.mm(rows, weight.T, out=flat)
    else:
        torch.addmm(bias, rows, weight.T, out=flat)


def _add_recurrent(
    out: Tensor, h: Tensor, before: Tensor, weight: Tensor, *, reverse: bool
) -> None:
    """Add the product of each step with the ``h`` of the step before it."""
    first, rest = (out[-1], out[:-1]) if reverse else (out[0], out[1:])
    first.addmm_(before, weight.T)
    if len(rest):
        previous = h[1:] if reverse else h[:-1]
        rest.flatten(0, 1).addmm_(previous.flatten(0, 1), weight.T)


def _lstm(
    gates: Tensor,
    x: Tensor,
    h: Tensor,
    before: Tensor,
    weights: Mapping[str, Array],
    reverse: bool,
) -> None:
    both = zip(_parts(weights, "ih", 4), _parts(weights, "hh", 4), strict=True)
    for out, name, ((w_x, b_x), (w_h, b_h)) in zip(
        gates, GATES["lstm"], both, strict=True
    ):
        bias = b_x if b_x is None or b_h is None else b_x + b_h
        _multiply(out, x, w_x, bias)
        _add_recurrent(out, h, before, w_h, reverse=reverse)
        # At once, while the gate is in the cache.
        if name == "g":
            out.tanh_()
        else:
            out.sigmoid_()


def _gru(
    gates: Tensor,
    x: Tensor,
    h: Tensor,
    before: Tensor,
    weights: Mapping[str, Array],
    reverse: bool,
) -> None:
    r, z, n = gates
    of_x, of_h = tuple(_parts(weights, "ih", 3)), tuple(_parts(weights, "hh", 3))
    for out, (w_x, b_x), (w_h, b_h) in zip((r, z), of_x, of_h, strict=False):
        _multiply(out, x, w_x, b_x if b_x is None or b_h is None else b_x + b_h)
        _add_recurrent(out, h, before, w_h, reverse=reverse)
        out.sigmoid_()
    weight, bias = of_h[2]
    recurrent = torch.zeros_like(n) if bias is None else bias.expand(n.shape).clone()
    _add_recurrent(recurrent, h, before, weight, reverse=reverse)
    _multiply(n, x, *of_x[2])
    n.addcmul_(r, recurrent).tanh_()


# The formulas of `core.cells` once more: numpy's exp and tanh take several times as
# long as PyTorch's, and here they would run for every value of the run.
_GATES: Final = {"lstm": _lstm, "gru": _gru}


def _scan_cells(
    forget: Array, added: Array, before: Array, valid: Array | None
) -> None:
    """Turn ``i * g`` into ``c``, in its place; NaN where a sample has ended."""
    steps = len(forget)
    if valid is not None:
        ended = ~valid[:, :, None]
        forget = np.where(ended, 1, forget)
        np.copyto(added, 0, where=ended)
    scan(
        forget.reshape(steps, -1),
        added.reshape(steps, -1),
        before.reshape(1, -1),
        _ONE,
        np.array([steps]),
    )
    if valid is not None:
        np.copyto(added, np.nan, where=ended)
