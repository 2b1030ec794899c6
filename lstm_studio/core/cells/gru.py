"""The GRU, in the formulas of PyTorch's documentation.

https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html ::

    r_t = sigmoid(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
    z_t = sigmoid(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
    n_t = tanh(W_in x_t + b_in + r_t * (W_hn h_{t-1} + b_hn))
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

The reset gate stands before the whole recurrent term of ``n``, its bias included:
the parts of ``n_pre`` are ``W_in x``, ``r * (W_hn h)`` and ``b_in + r * b_hn``.
"""

from collections.abc import Mapping
from typing import Final

from lstm_studio.core.cells.cell import Needs, Products, Window, sigmoid, split, tanh
from lstm_studio.core.layers import GATES


class GRU:
    gates: Final = GATES["gru"]
    hidden_needs: Final = ("z", "n", "h_prev")

    def needs(self, name: str) -> Needs:
        gate, part = split(name)
        one = (gate,)
        if gate != "n" or part == "input":
            return Needs(
                one if part in (None, "", "input") else (),
                one if part in (None, "", "recurrent") else (),
            )
        if part == "bias":
            return Needs(("r",), ("r",))
        return Needs(("r",) if part == "recurrent" else ("r", "n"), ("r", "n"))

    def derive(self, name: str, products: Products) -> Window:
        gate, part = split(name)
        if part == "input":
            return products.input[gate]
        if gate == "n":
            return self._new(part, products)
        bias = products.bias_input[gate] + products.bias_recurrent[gate]
        if part == "recurrent":
            return products.recurrent[gate]
        if part == "bias":
            return bias[None, :]
        pre = products.input[gate] + products.recurrent[gate]
        pre += bias
        return pre if part == "" else sigmoid(pre)

    def _new(self, part: str | None, products: Products) -> Window:
        reset = self.derive("r", products)
        if part == "recurrent":
            reset *= products.recurrent["n"]
            return reset
        if part == "bias":
            reset *= products.bias_recurrent["n"]
            reset += products.bias_input["n"]
            return reset
        reset *= products.recurrent["n"] + products.bias_recurrent["n"]
        reset += products.input["n"]
        reset += products.bias_input["n"]
        return reset if part == "" else tanh(reset)

    def hidden(self, values: Mapping[str, Window]) -> Window:
        z = values["z"]
        h: Window = (1 - z) * values["n"] + z * values["h_prev"]
        return h
