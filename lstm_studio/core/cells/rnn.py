"""The simple RNN, in the formulas of PyTorch's documentation.

https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html ::

    h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

or ``relu`` in place of ``tanh``. What is squashed is called ``h_pre``.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from lstm_studio.core.cells.cell import Needs, Products, Window, split
from lstm_studio.core.layers import GATES


class RNN:
    gates: Final = GATES["rnn_tanh"]
    hidden_needs: Final = ("h_pre",)

    def __init__(self, *, relu: bool) -> None:
        self._relu = relu

    def needs(self, name: str) -> Needs:
        _, part = split(name)
        return Needs(
            ("h",) if part in ("", "input") else (),
            ("h",) if part in ("", "recurrent") else (),
        )

    def derive(self, name: str, products: Products) -> Window:
        _, part = split(name)
        bias = products.bias_input["h"] + products.bias_recurrent["h"]
        if part == "input":
            return products.input["h"]
        if part == "recurrent":
            return products.recurrent["h"]
        if part == "bias":
            return bias[None, :]
        pre = products.input["h"] + products.recurrent["h"]
        pre += bias
        return pre

    def hidden(self, values: Mapping[str, Window]) -> Window:
        pre = values["h_pre"]
        return np.maximum(pre, 0) if self._relu else np.tanh(pre)
