"""One direction of one layer, run by the operation of the model."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_studio.engine.capture.backend import avoids_mkldnn, without_mkldnn
from lstm_studio.engine.capture.operations import FusedCall, Weights
from lstm_studio.engine.capture.rows import Rows
from lstm_studio.engine.capture.tracks import State, Track


@dataclass(slots=True)
class Lane:
    """One direction of one layer in one call: its state, and where its rows go."""

    track: Track
    weights: Weights
    state: State
    start: int = 0

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

    def __call__(self, lane: Lane, x: Tensor, low: int, high: int) -> Tensor:
        """Return the output of the lane for the rows of ``low`` up to ``high``."""
        if not lane.reverse:
            return self._run(lane, x, low, high)
        if not self.rows.constant(low, high):
            return self._downwards(lane, x, low, high)
        turned = self.rows.turned(x, low, high)
        return self.rows.turned(self._run(lane, turned, low, high), low, high)

    def _run(self, lane: Lane, x: Tensor, low: int, high: int) -> Tensor:
        active = self.rows.active(low)
        states = [part[:active].unsqueeze(0) for part in lane.state]
        output, *after = self._operate(lane, x, states, low, high)
        self._carry(lane, [part[0] for part in after], active)
        return output

    def _downwards(self, lane: Lane, x: Tensor, low: int, high: int) -> Tensor:
        """Go down steps at which samples start.

        Only the operation with two directions does that; the first one is run with
        the same weights for nothing.
        """
        active = self.rows.active(low)
        states = [part[:active].expand(2, -1, -1) for part in lane.state]
        output, *after = self._operate(lane, x, states, low, high, both=True)
        self._carry(lane, [part[1] for part in after], active)
        return output[..., output.shape[-1] // 2 :]

    def _operate(
        self,
        lane: Lane,
        x: Tensor,
        states: list[Tensor],
        low: int,
        high: int,
        *,
        both: bool = False,
    ) -> tuple[Tensor, ...]:
        call = self.call
        given = states if call.c is not None else states[0]
        parameters = lane.weights.parameters * (2 if both else 1)
        flags = (lane.weights.bias, 1, 0.0, call.train, both)
        sizes = self.rows.sizes(low, high)
        with self._backend(low, high):
            if sizes:
                results = call.operation(
                    x, torch.tensor(sizes), given, parameters, *flags
                )
            else:
                results = call.operation(x, given, parameters, *flags, False)
        return tuple(results)

    def _backend(self, low: int, high: int) -> AbstractContextManager[None]:
        if self._avoid_mkldnn and self.rows.constant(low, high):
            return without_mkldnn()
        return nullcontext()

    def _carry(self, lane: Lane, after: list[Tensor], active: int) -> None:
        if active < self.call.samples:
            after = [
                torch.cat((new, old[active:]))
                for new, old in zip(after, lane.state, strict=True)
            ]
        lane.state = tuple(after)
