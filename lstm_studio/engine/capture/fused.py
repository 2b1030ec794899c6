"""A fused call, run layer by layer in chunks of steps with the state carried by hand.

The same kernel does the work, so the result is that of the single call, bit for bit.
"""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.everything import Everything
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.kernel import Kernel, Lane
from lstm_studio.engine.capture.operations import FusedCall, to_array
from lstm_studio.engine.capture.pace import Pace
from lstm_studio.engine.capture.rows import Rows
from lstm_studio.engine.capture.tracks import State, Track, begin_call, source_of

Placed = tuple[Lane, str, np.ndarray]
"""Rows of a stream of a lane, with the samples as the user gave them."""


def layer_by_layer(call: FusedCall, tracks: Sequence[Track]) -> tuple[Tensor, ...]:
    """Return what the plain operation returns for two directions, recording nothing."""
    kernel, lanes, x = Kernel(call, Rows(call)), _lanes(call, tracks), call.x
    for low in range(0, len(lanes), 2):
        x, _ = kernel.both(lanes[low : low + 2], x)
    return _returned(call, lanes, x)


def _lanes(call: FusedCall, tracks: Sequence[Track]) -> list[Lane]:
    parts = [part.unbind() for part in (call.h, call.c) if part is not None]
    states = zip(*parts, strict=True)
    return [
        Lane(track, weights, state)
        for track, weights, state in zip(tracks, call.weights, states, strict=True)
    ]


def _returned(call: FusedCall, lanes: list[Lane], output: Tensor) -> tuple[Tensor, ...]:
    if call.batch_first:
        output = output.transpose(0, 1)
    states = zip(*(lane.state for lane in lanes), strict=True)
    return (output, *(torch.stack(parts) for parts in states))


class FusedRun:
    """Runs one call; see ``run``."""

    def __init__(
        self,
        call: FusedCall,
        tracks: Sequence[Track],
        recorder: Recorder,
        pace: Pace,
        findings: Findings,
        *,
        everything: bool = False,
    ) -> None:
        self.call = call
        self.recorder = recorder
        self.pace = pace
        self.findings = findings
        self.rows = Rows(call)
        self.kernel = Kernel(call, self.rows)
        self._way = (call.x.device, call.x.dtype, everything)
        self.lanes = _lanes(call, tracks)
        self.everything: dict[str, Everything] = {}
        if everything:
            self.everything = {
                lane.track.layer.name: Everything(
                    lane.track.layer.kind, lane.weights.arrays(), reverse=lane.reverse
                )
                for lane in self.lanes
            }

    def run(self) -> tuple[Tensor, ...]:
        """Return what the plain operation returns, having recorded every layer."""
        call = self.call
        wave = call.directions == 1 and not call.drops
        zeros = not any(part.any() for part in (call.h, call.c) if part is not None)
        for lane in self.lanes:
            self._begin(lane, zeros=zeros)
        name = self.lanes[0].track.layer.module
        self.pace.begin(name, call.steps, 1 if wave else len(self.lanes))
        if wave:
            output = self._pass(self.lanes, call.x, None)
        else:
            output = self._layer_by_layer()
        for lane in self.lanes:
            lane.track.last = self._as_given(lane.state)
        return _returned(call, self.lanes, output)

    def _as_given(self, state: State) -> State:
        if self.rows.inverse is None:
            return state
        return tuple(part[self.rows.inverse] for part in state)

    def _begin(self, lane: Lane, *, zeros: bool) -> None:
        state, track = self._as_given(lane.state), lane.track
        first = zeros and track.last is None
        lane.start = begin_call(
            self.recorder,
            track,
            self.call.steps,
            state,
            "zeros" if first else source_of(track, state),
            self.rows.lengths,
        )

    def _layer_by_layer(self) -> Tensor:
        call, x = self.call, self.call.x
        for layer in range(call.layers):
            lanes = self.lanes[layer * call.directions : (layer + 1) * call.directions]
            if len(lanes) > 1 and self._plan(lanes, call.steps) >= call.steps:
                x = self._both(lanes, x)
            else:
                output: Tensor | None = None
                for lane in lanes:
                    output = self._pass([lane], x, output)
                assert output is not None
                x = output
            if call.drops and layer < call.layers - 1:
                x = torch.dropout(x, call.dropout, train=True)
                self.findings.say(
                    f"Dropout was active above {lanes[0].track.layer.name}: another "
                    f"run gives other states."
                )
        return x

    def _pass(self, lanes: list[Lane], x: Tensor, output: Tensor | None) -> Tensor:
        """Run ``lanes`` above each other over all steps, chunk by chunk.

        Returns
        -------
        output
            Of the highest lane; with two directions they lie side by side in it.
        """
        reverse = lanes[0].reverse
        steps = self.call.steps
        low, high = (steps, steps) if reverse else (0, 0)
        while low > 0 if reverse else high < steps:
            if reverse:
                low, high = self.rows.border_below(low, self._plan(lanes, low)), low
            else:
                planned = self._plan(lanes, steps - high)
                low, high = high, self.rows.border(high, planned)
            y = self._chunk(lanes, x, low, high)
            if high - low == steps and self.call.directions == 1:
                return y
            width = y.shape[-1]
            if output is None:
                output = y.new_empty((*x.shape[:-1], width * self.call.directions))
            side = slice(width, None) if reverse else slice(width)
            self.rows.cut(output, low, high)[..., side] = y
        assert output is not None
        return output

    def _plan(self, lanes: list[Lane], left: int) -> int:
        """Return how many of the steps that are ``left`` to compute at once."""
        return self.pace.chunk(self._way, self._work(lanes), left)

    def _work(self, lanes: list[Lane]) -> list[int]:
        """Return the multiplications of a step of each lane."""
        return [lane.weights.count * self.call.samples for lane in lanes]

    def _both(self, lanes: list[Lane], x: Tensor) -> Tensor:
        """Run both directions of a layer in one call over all steps."""
        began = self.pace.now()
        steps = self.call.steps
        before = [lane.state for lane in lanes]
        self.pace.listen()
        y, outputs = self.kernel.both(lanes, x)
        hidden = int(self.kernel.one_by_one)
        placed = [
            self._placed([lane], x, [state], [part], 0, steps, hidden)
            for lane, state, part in zip(lanes, before, outputs, strict=True)
        ]
        self._measured(lanes, steps, began)
        for lane, rows in zip(lanes, placed, strict=True):
            self._reveal([lane], rows, 0, steps)
        return y

    def _chunk(self, lanes: list[Lane], x: Tensor, low: int, high: int) -> Tensor:
        began = self.pace.now()
        inputs = self.rows.cut(x, low, high)
        before = [lane.state for lane in lanes]
        outputs: list[Tensor] = []
        for lane in lanes:
            self.pace.listen()
            below = outputs[-1] if outputs else inputs
            outputs.append(self.kernel(lane, below, low, high))
        placed = self._placed(lanes, inputs, before, outputs, low, high, len(lanes) - 1)
        self._measured(lanes, high - low, began)
        self._reveal(lanes, placed, low, high)
        return outputs[-1]

    def _measured(self, lanes: list[Lane], steps: int, began: float) -> None:
        seconds = self.pace.now() - began
        self.pace.measured(self._way, self._work(lanes), steps, seconds)

    def _placed(
        self,
        lanes: list[Lane],
        inputs: Tensor,
        before: list[State],
        outputs: list[Tensor],
        low: int,
        high: int,
        hidden: int,
    ) -> list[Placed]:
        """Return the rows to write of lanes above each other.

        The model never sees the outputs of the first ``hidden`` lanes.
        """
        computed = [(lane, "h", y) for lane, y in zip(lanes, outputs, strict=True)]
        ours = outputs[:hidden]
        if lanes[0].track.stored_input:
            computed.insert(0, (lanes[0], "x", inputs))
        placed: list[Placed] = []
        for lane, stream, values in computed:
            rows = self.rows.place(values, low, high)
            placed.append((lane, stream, rows))
            name = lane.track.layer.name
            if any(values is output for output in ours):
                self.recorder.adopt(name, stream, lane.start + low, rows)
            # A sum is the cheapest look at every value.
            if not math.isfinite(values.sum().item()):
                self.findings.not_finite(
                    name,
                    stream,
                    rows,
                    lane.start + low,
                    self._valid(low, high),
                    reverse=lane.reverse,
                )
        if self.everything:
            placed += self._everything(lanes, inputs, before, placed, low, high)
        return placed

    def _reveal(
        self, lanes: list[Lane], placed: list[Placed], low: int, high: int
    ) -> None:
        reverse = lanes[0].reverse

        def write(first: int, last: int) -> None:
            # Downwards the steps at the end of the chunk come first.
            part = slice(high - low - last, high - low - first)
            part = part if reverse else slice(first, last)
            for lane, stream, rows in placed:
                name, at = lane.track.layer.name, lane.start + low + part.start
                self.recorder.write(name, at, {stream: rows[part]})
            if last == high - low:
                self._checkpoint(lanes, low if reverse else high - 1)

        self.pace.reveal(high - low, write)

    def _everything(
        self,
        lanes: list[Lane],
        inputs: Tensor,
        before: list[State],
        placed: list[Placed],
        low: int,
        high: int,
    ) -> list[Placed]:
        x = self.rows.place(inputs, low, high)
        outputs = [rows for _, stream, rows in placed if stream == "h"]
        result: list[Placed] = []
        for lane, state, h in zip(lanes, before, outputs, strict=True):
            self.pace.listen()
            name, start = lane.track.layer.name, lane.start + low
            streams = self.everything[name](
                x,
                h,
                tuple(to_array(part) for part in self._as_given(state)),
                self._valid(low, high),
                partial(self.recorder.room, name, start=start, steps=high - low),
            )
            result += [(lane, stream, rows) for stream, rows in streams.items()]
            x = h
        return result

    def _valid(self, low: int, high: int) -> np.ndarray | None:
        if self.rows.lengths is None:
            return None
        return np.arange(low, high)[:, None] < np.asarray(self.rows.lengths)

    def _checkpoint(self, lanes: list[Lane], step: int) -> None:
        for lane in lanes:
            if len(lane.state) > 1:
                c = self.rows.as_given(to_array(lane.state[1]))
                self.recorder.checkpoint(lane.track.layer.name, lane.start + step, c)
