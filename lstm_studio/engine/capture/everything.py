"""All streams of a chunk at once, for recordings that store every stream."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch

from lstm_studio.core.cells import CELLS
from lstm_studio.core.cells.cell import Products
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
    cell = CELLS[kind]
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
    products = _products(kind, weights, x, previous)
    gates = {
        name: cell.derive(name, products).reshape(steps, samples, -1)
        for name in names
        if name != "c"
    }
    if "c" in names:
        gates["c"] = _cell_states(gates, before[1], valid)
    return gates


def _products(
    kind: Kind, weights: Mapping[str, Array], x: Array, previous: Array
) -> Products:
    gates = CELLS[kind].gates
    inputs = _multiply(x, weights["weight_ih"])
    recurrents = _multiply(previous, weights["weight_hh"])
    zeros = np.zeros(len(weights["weight_ih"]), x.dtype)

    def dealt(values: Array) -> dict[str, Array]:
        return dict(zip(gates, np.split(values, len(gates), axis=-1), strict=True))

    return Products(
        dealt(inputs),
        dealt(recurrents),
        dealt(weights.get("bias_ih", zeros)),
        dealt(weights.get("bias_hh", zeros)),
    )


def _multiply(rows: Array, weight: Array) -> Array:
    flat = torch.from_numpy(np.ascontiguousarray(rows.reshape(-1, rows.shape[-1])))
    product: Array = (flat @ torch.from_numpy(weight).T).numpy()
    return product


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
