"""What every kind of cell must say of itself: its streams as formulas.

A cell is given *products*: for each gate that it asked for, ``W_i x`` and ``W_h h``
of the wanted steps and units, made by one matrix product each. All the rest is
elementwise and written in the file of the cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from lstm_studio.core.layers import PARTS
from lstm_studio.core.shapes import Float

Window = Float[np.ndarray[Any, np.dtype[Any]], "step unit"]
PerUnit = Float[np.ndarray[Any, np.dtype[Any]], " unit"]


class Needs(NamedTuple):
    """Gates whose product with the input, and with the previous ``h``, is needed."""

    input: tuple[str, ...] = ()
    recurrent: tuple[str, ...] = ()


@dataclass(slots=True)
class Products:
    """Products of the gates that were asked for, and all biases (zero if none).

    Attributes
    ----------
    input, recurrent
        ``W_i{gate} x_t`` and ``W_h{gate} h_{t-1}``, without bias.
    bias_input, bias_recurrent
        ``b_i{gate}`` and ``b_h{gate}``.
    """

    input: dict[str, Window] = field(default_factory=dict)
    recurrent: dict[str, Window] = field(default_factory=dict)
    bias_input: dict[str, PerUnit] = field(default_factory=dict)
    bias_recurrent: dict[str, PerUnit] = field(default_factory=dict)


@runtime_checkable
class Cell(Protocol):
    """Formulas of one kind of layer; ``gates`` in the order of the weight rows."""

    @property
    def gates(self) -> tuple[str, ...]:
        """Names of the gates."""
        ...

    @property
    def hidden_needs(self) -> tuple[str, ...]:
        """Names of the streams that ``h`` is made of."""
        ...

    def needs(self, name: str) -> Needs:
        """Return which products a gate, ``{gate}_pre`` or a part of it takes."""
        ...

    def derive(self, name: str, products: Products) -> Window:
        """Return a gate, ``{gate}_pre`` or ``{gate}_pre_{part}``."""
        ...

    def hidden(self, values: Mapping[str, Window]) -> Window:
        """Return ``h``, before a projection, from ``hidden_needs``."""
        ...


def split(name: str) -> tuple[str, str | None]:
    """Return the gate and what is asked of it.

    ``"i"`` gives ``("i", None)``, ``"i_pre"`` ``("i", "")``, ``"i_pre_bias"``
    ``("i", "bias")``.
    """
    gate, pre, part = name.partition("_pre")
    return gate, part.removeprefix("_") if pre else None


def names(gates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all pre-activations and their parts."""
    return tuple(
        f"{gate}_pre{end}"
        for gate in gates
        for end in ("", *(f"_{part}" for part in PARTS))
    )


def sigmoid(values: Window) -> Window:
    """Return ``1 / (1 + exp(-values))`` in the place of ``values``."""
    np.negative(values, out=values)
    np.exp(values, out=values)
    values += 1
    return np.reciprocal(values, out=values)


def tanh(values: Window) -> Window:
    """Return the hyperbolic tangent in the place of ``values``."""
    return np.tanh(values, out=values)
