"""All streams of a chunk at once, for recordings that store every stream."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.cells.lstm import scan
from lstm_studio.core.layers import STREAMS, Kind

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
    if reverse:
        streams = all_streams(
            kind,
            weights,
            x[::-1],
            h[::-1],
            before,
            None if valid is None else valid[::-1],
        )
        return {name: rows[::-1] for name, rows in streams.items()}
    previous = np.concatenate((before[0][None], h[:-1]))
    if valid is not None:
        # A sample that starts later, as the reverse direction has them, starts from
        # the state that was there from the beginning.
        previous = np.where(np.isnan(previous), before[0], previous)
    steps, samples = x.shape[:2]
    rows = steps * samples
    derived = _GATES[kind](
        _tensor(x.reshape(rows, -1)), _tensor(previous.reshape(rows, -1)), weights
    )
    gates = {
        name: values.numpy().reshape(steps, samples, -1)
        for name, values in derived.items()
    }
    if "c" in names:
        gates["c"] = _cell_states(gates, before[1], valid)
    return gates


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def _pre(rows: Tensor, weights: Mapping[str, Array], end: str) -> Tensor:
    weight = torch.from_numpy(weights[f"weight_{end}"])
    bias = weights.get(f"bias_{end}")
    if bias is None:
        return rows @ weight.T
    return torch.addmm(torch.from_numpy(bias), rows, weight.T)


def _lstm(x: Tensor, h: Tensor, weights: Mapping[str, Array]) -> dict[str, Tensor]:
    pre = _pre(x, weights, "ih")
    pre += _pre(h, weights, "hh")
    i, f, g, o = pre.chunk(4, -1)
    return {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}


def _gru(x: Tensor, h: Tensor, weights: Mapping[str, Array]) -> dict[str, Tensor]:
    x_r, x_z, x_n = _pre(x, weights, "ih").chunk(3, -1)
    h_r, h_z, h_n = _pre(h, weights, "hh").chunk(3, -1)
    r = (x_r + h_r).sigmoid_()
    return {"r": r, "z": (x_z + h_z).sigmoid_(), "n": (r * h_n).add_(x_n).tanh_()}


# The formulas of `core.cells` once more: numpy's exp and tanh take several times as
# long as PyTorch's, and here they would run for every value of the run.
_GATES: Final = {"lstm": _lstm, "gru": _gru}


def _cell_states(
    gates: Mapping[str, Array], before: Array, valid: Array | None
) -> Array:
    forget, added = gates["f"], gates["i"] * gates["g"]
    shape = forget.shape
    if valid is not None:
        ended = ~valid[:, :, None]
        forget, added = np.where(ended, 1, forget), np.where(ended, 0, added)
    steps = len(forget)
    c = scan(
        forget.reshape(steps, -1),
        added.reshape(steps, -1),
        before.reshape(1, -1),
        _ONE,
        np.array([steps]),
    ).reshape(shape)
    return c if valid is None else np.where(valid[:, :, None], c, np.nan)
