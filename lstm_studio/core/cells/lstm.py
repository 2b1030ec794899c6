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

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int64

from lstm_studio.core.cells.cell import Needs, Products, Window, sigmoid, split, tanh
from lstm_studio.core.layers import GATES


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


def scan(
    forget: Window,
    added: Window,
    state: Float[np.ndarray[Any, np.dtype[Any]], "segment unit"],
    starts: Int64[np.ndarray[Any, np.dtype[Any]], " segment"],
    lengths: Int64[np.ndarray[Any, np.dtype[Any]], " segment"],
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
    All segments go forward together, so the loop in Python is as long as the longest
    segment and not as the run.
    """
    if len(starts) == 1:
        return _scan_one(forget, added, state[0])
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


def _scan_one(
    forget: Window, added: Window, c: Float[np.ndarray[Any, np.dtype[Any]], " unit"]
) -> Window:
    held = np.empty_like(c)
    for f, row in zip(forget, added, strict=True):
        np.multiply(f, c, out=held)
        np.add(row, held, out=row)
        c = row
    return added
