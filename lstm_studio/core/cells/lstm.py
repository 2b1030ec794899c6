"""The LSTM, in the formulas of PyTorch's documentation.

https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html ::

    i_t = sigmoid(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)
    f_t = sigmoid(W_if x_t + b_if + W_hf h_{t-1} + b_hf)
    g_t =    tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)
    o_t = sigmoid(W_io x_t + b_io + W_ho h_{t-1} + b_ho)
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)

With a projection, ``h_t = W_hr (o_t * tanh(c_t))``.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from lstm_studio.core.cells.cell import Needs, Products, Window, sigmoid, split, tanh
from lstm_studio.core.layers import GATES
from lstm_studio.core.shapes import Bool, Float, Int64

Array = np.ndarray[Any, np.dtype[Any]]
State = Float[Array, " unit"]
Blocks = Float[Array, "block step unit"]

WIDE: Final = 1 << 10
"""Values of a step from which on adding them takes longer than asking for it."""

SURE: Final = 1e-3
"""How near its end ``tanh(c)`` may be, as ``o * (1 - tanh(c)**2)``, to give ``c``.

It and the gate are known to some 3e-7, so that ``c`` is known to 3e-4.
"""


class LSTM:
    gates: Final = GATES["lstm"]
    hidden_needs: Final = ("o", "c")

    def needs(self, name: str) -> Needs:
        gate, part = split(name)
        one = (gate,)
        return Needs(
            one if part in (None, "", "input") else (),
            one if part in (None, "", "recurrent") else (),
        )

    def derive(self, name: str, products: Products) -> Window:
        gate, part = split(name)
        bias = products.bias_input[gate] + products.bias_recurrent[gate]
        if part == "input":
            return products.input[gate]
        if part == "recurrent":
            return products.recurrent[gate]
        if part == "bias":
            return bias[None, :]
        pre = products.input[gate] + products.recurrent[gate]
        pre += bias
        if part == "":
            return pre
        return tanh(pre) if gate == "g" else sigmoid(pre)

    def hidden(self, values: Mapping[str, Window]) -> Window:
        h: Window = values["o"] * np.tanh(values["c"])
        return h


def cell_of(h: Window, o: Window) -> tuple[Window, Bool[Array, "step unit"]]:
    """Return ``c`` from ``h = o * tanh(c)``, and where it is sure to a thousandth."""
    with np.errstate(all="ignore"):
        above, below = o + h, o - h
        sure = above * below > SURE * o
        np.divide(above, below, out=above)
        np.log(above, out=above)
        above *= 0.5
    return above, sure


def scan(
    forget: Window,
    added: Window,
    state: Float[Array, "segment unit"],
    starts: Int64[Array, " segment"],
    lengths: Int64[Array, " segment"],
) -> Window:
    """Return ``c`` of many segments of steps, in the place of ``added``.

    Parameters
    ----------
    forget, added
        ``f_t`` and ``i_t * g_t`` of all segments, one after the other.
    state
        ``c`` before the first step of each segment.
    starts, lengths
        Where each segment lies in ``forget``.

    Notes
    -----
    Numpy does one step of the recurrence at a time, so what counts is how many go
    together: long segments that are narrow are cut into blocks that all go from zero,
    and what they start from is added when it is known; many segments go side by side.
    """
    width = added.shape[1]
    if len(starts) == 1 or len(starts) * width < WIDE:
        for c, start, length in zip(
            state, starts.tolist(), lengths.tolist(), strict=True
        ):
            part = slice(start, start + length)
            _scan_one(forget[part], added[part], c)
        return added
    longest_first = np.argsort(-lengths, kind="stable")
    starts, lengths, c = starts[longest_first], lengths[longest_first], state
    c = c[longest_first]
    # For each step of the loop: how many segments are that long.
    active = len(lengths) - np.searchsorted(
        lengths[::-1], np.arange(lengths[0]), side="right"
    )
    for step, count in enumerate(active.tolist()):
        at = starts[:count] + step
        c = c[:count]
        c *= forget.take(at, axis=0)
        c += added.take(at, axis=0)
        added[at] = c
    return added


def _scan_one(forget: Window, added: Window, c: State) -> None:
    length, width = added.shape
    blocks = min(WIDE // max(width, 1), math.isqrt(length))
    whole = 0
    if blocks > 1:
        whole = length // blocks * blocks
        shape = (blocks, length // blocks, width)
        c = _scan_blocks(forget[:whole].reshape(shape), added[:whole].reshape(shape), c)
    held = np.empty_like(c)
    for f, row in zip(forget[whole:], added[whole:], strict=True):
        np.multiply(f, c, out=held)
        np.add(row, held, out=row)
        c = row


def _scan_blocks(forget: Blocks, added: Blocks, c: State) -> State:
    """Scan blocks that follow each other, in the place of ``added``; return the end."""
    # What goes together lies together: twice as fast. Always a copy, also where it
    # does so already: ``forget`` is a stream that is read.
    kept = np.array(forget.swapaxes(0, 1), order="C")
    result = np.array(added.swapaxes(0, 1), order="C")
    held = np.empty_like(result[0])
    for step in range(1, len(result)):
        np.multiply(kept[step], result[step - 1], out=held)
        result[step] += held
        kept[step] *= kept[step - 1]
    before = np.empty_like(held)
    for block, (share, end) in enumerate(zip(kept[-1], result[-1], strict=True)):
        before[block] = c
        c = share * c + end
    kept *= before
    result += kept
    added[...] = result.swapaxes(0, 1)
    return c
