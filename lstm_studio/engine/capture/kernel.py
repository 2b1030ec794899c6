"""One direction of one layer, run by the operation of the model."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from lstm_studio.engine.capture.backend import (
    avoids_mkldnn,
    in_any_order,
    mkldnn_set,
    one_by_one,
)
from lstm_studio.engine.capture.operations import FusedCall, Weights
from lstm_studio.engine.capture.rows import Rows
from lstm_studio.engine.capture.tracks import State, Track

_LSTM: Final = 2
"""The operation's number for it."""
SMALL_BESIDE: Final = 10
"""How many times as large ``h`` is beside which weights that are kept are small."""
MEMORY_BORDER: Final = 64
"""Bytes that a processor takes together."""


@dataclass(slots=True)
class Lane:
    """One direction of one layer in one call: its state, and where its rows go.

    Attributes
    ----------
    ordered
        Its two matrices in the order of oneDNN, where many chunks take them.
    """

    track: Track
    weights: Weights
    state: State
    start: int = 0
    ordered: tuple[Tensor, ...] = ()

    @property
    def reverse(self) -> bool:
        """Whether the lane goes down the steps."""
        return self.track.layer.direction == "reverse"


class Kernel:
    """Calls the operation of ``call`` for one lane and some of its steps."""

    def __init__(self, call: FusedCall, rows: Rows) -> None:
        self.call = call
        self.rows = rows
        self._avoid_mkldnn = avoids_mkldnn(call)
        self.in_any_order = in_any_order(call)
        self.one_by_one = one_by_one(call)

    def __call__(self, lane: Lane, x: Tensor, low: int, high: int) -> Tensor:
        """Return the output of the lane for the rows of ``low`` up to ``high``."""
        if self.one_by_one:
            return self._one(lane, x)
        if not lane.reverse:
            return self._operate([lane], x, low, high)
        if self.in_any_order:
            return self._operate([lane], x.flip(0), low, high).flip(0)
        # Only the operation with two directions takes the rows in the order that
        # gives the bits of the whole call; the other one is run for nothing.
        unused = Lane(lane.track, lane.weights, lane.state)
        output = self._operate([unused, lane], x, low, high)
        return output[..., output.shape[-1] // 2 :]

    def both(self, lanes: list[Lane], x: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """Return the output of both directions of a layer over all steps, and each."""
        if self.one_by_one:
            outputs = [self._one(lane, x) for lane in lanes]
            return torch.cat(outputs, -1), outputs
        output = self._operate(lanes, x, 0, self.call.steps)
        return output, output.chunk(2, -1)

    def _one(self, lane: Lane, x: Tensor) -> Tensor:
        """Run one direction of a layer as PyTorch does where it has oneDNN."""
        weights, biases = lane.weights.parameters[:2], lane.weights.parameters[2:]
        sizes, bias = lane.weights.sizes, lane.weights.bias
        if not biases:
            biases = (x.new_zeros(weights[0].shape[0]),) * 2
        if not lane.ordered and len(x) < self.call.steps:
            lane.ordered = self._in_order(lane, x)
        y, *after, _ = torch.ops.aten.mkldnn_rnn_layer(
            x.contiguous(),
            *(lane.ordered or weights),
            *biases,
            *(part.contiguous() for part in lane.state),
            lane.reverse,
            [],
            _LSTM,
            sizes.hidden,
            1,
            bias,
            False,
            False,
            self.call.train,
        )
        lane.state = tuple(after)
        return y  # type: ignore[no-any-return]

    def _in_order(self, lane: Lane, x: Tensor) -> tuple[Tensor, ...]:
        """Return the two matrices in the order of oneDNN, none if it is not worth it.

        It makes that order at every call, which at H 512 takes as long as 30 steps.
        Kept, it is memory, and little of it only beside the ``h`` of a long call.
        """
        weights, sizes = lane.weights.parameters[:2], lane.weights.sizes
        recorded = self.call.steps * self.call.samples * sizes.hidden
        if recorded < SMALL_BESIDE * sum(weight.numel() for weight in weights):
            return ()
        return tuple(
            torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(  # noqa: SLF001
                *(weight.contiguous() for weight in weights),
                sizes.hidden,
                lane.reverse,
                lane.weights.bias,
                False,
                list(x.shape),
            )
        )

    def _operate(self, lanes: list[Lane], x: Tensor, low: int, high: int) -> Tensor:
        call = self.call
        active = self.rows.active(low)
        states = [
            _above_each_other([part[:active] for part in parts])
            for parts in zip(*(lane.state for lane in lanes), strict=True)
        ]
        given = states if call.c is not None else states[0]
        parameters = [p for lane in lanes for p in lane.weights.parameters]
        flags = (lanes[0].weights.bias, 1, 0.0, call.train, len(lanes) > 1)
        sizes = self.rows.sizes(low, high)
        with self._backend(low, high):
            if sizes:
                output, *after = call.operation(
                    x, torch.tensor(sizes), given, parameters, *flags
                )
            else:
                output, *after = call.operation(x, given, parameters, *flags, False)
        for lane, *parts in zip(lanes, *after, strict=True):
            # As the kernel has them at every step: in memory of their own.
            own = [part.clone() for part in parts] if lane is not lanes[0] else parts
            self._carry(lane, own, active)
        return output  # type: ignore[no-any-return]

    def _backend(self, low: int, high: int) -> AbstractContextManager[None]:
        if self._avoid_mkldnn and self.rows.constant(low, high):
            return mkldnn_set(enabled=False)
        return nullcontext()

    def _carry(self, lane: Lane, after: list[Tensor], active: int) -> None:
        if active < self.call.samples:
            after = [
                torch.cat((new, old[active:]))
                for new, old in zip(after, lane.state, strict=True)
            ]
        lane.state = tuple(after)


def _above_each_other(parts: list[Tensor]) -> Tensor:
    """Return one tensor of all ``parts``, each as far from a border of memory as it is.

    The last bits of a product may depend on where its rows lie.
    """
    if len(parts) == 1:
        return parts[0].unsqueeze(0)
    first, second = parts
    size, border = first.numel(), MEMORY_BORDER // first.element_size()
    places = [p.data_ptr() % MEMORY_BORDER // p.element_size() for p in parts]
    distance = size + (places[1] - places[0] - size) % border
    memory = first.new_empty(places[0] + distance + size)
    result = memory.as_strided(
        (2, *first.shape), (distance, *first.contiguous().stride()), places[0]
    )
    result[0], result[1] = first, second
    return result
