"""Calls of one step, joined into trajectories: cells, and layers called per step.

A loop over a cell makes thousands of small calls, so a call here keeps references
only; the rows are copied together, before the model can change what they refer to.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.layers import InitialState
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.everything import Everything
from lstm_studio.engine.capture.findings import Findings
from lstm_studio.engine.capture.operations import (
    FusedCall,
    Weights,
    read_cell,
    read_fused,
    to_array,
)
from lstm_studio.engine.capture.pace import FRAME_SECONDS, Pace
from lstm_studio.engine.capture.tracks import (
    Group,
    State,
    Tracks,
    begin_call,
    source_of,
)

MOST_KEPT: Final = 256
"""Calls whose tensors are kept before their rows are copied."""


class Line:
    """The calls of one cell, or of one module called with one step.

    ``h`` and ``c`` are what the last call returned, by which a carried state is known
    at once.
    """

    def __init__(
        self,
        group: Group,
        parameters: tuple[Tensor, ...],
        shapes: tuple[torch.Size, ...],
        time_axis: int | None,
    ) -> None:
        self.group = group
        self.parameters = parameters
        self.shapes = shapes
        self.time_axis = time_axis
        self.name = group.module
        self.h: Tensor | None = None
        self.c: Tensor | None = None
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.initial: tuple[tuple[State, InitialState], ...] = ()

    def goes_on(self, h: Tensor, c: Tensor | None) -> bool:
        """Whether the state is the last one, seen through another view."""
        return (
            self.h is not None
            and self.h.data_ptr() == h.data_ptr()
            and self.h.stride()[-1:] == h.stride()[-1:]
            and (
                self.c is None or (c is not None and self.c.data_ptr() == c.data_ptr())
            )
        )

    @property
    def end(self) -> int:
        """Number of steps so far."""
        return self.group.tracks[0].end + len(self.outputs)

    def states(self, h: Tensor, c: Tensor | None) -> tuple[State, ...]:
        """Return the state of each track."""
        if self.time_axis is None:
            return ((h,) if c is None else (h, c),)
        if c is None:
            return tuple((part,) for part in h)
        return tuple(zip(h, c, strict=True))


class Steps:
    """All lines of a run."""

    def __init__(
        self, tracks: Tracks, recorder: Recorder, pace: Pace, findings: Findings
    ) -> None:
        self._tracks = tracks
        self._recorder = recorder
        self._pace = pace
        self._findings = findings
        self._lines: dict[int, Line] = {}
        self._kept = 0
        self._since = time.perf_counter()
        self._storages: set[int] = set()
        self._counted: dict[int, int] = {}

    def cell(self, operation: Any, args: Sequence[Any]) -> Any:
        """Run a cell and keep its step."""
        x, states, weight_ih, weight_hh = args[:4]
        h, c = states if isinstance(states, list | tuple) else (states, None)
        line = self._lines.get(weight_hh.data_ptr())
        if (
            line is None
            or line.parameters[0] is not weight_ih
            or line.shapes[0] != x.shape
            or line.shapes[1] != h.shape
            or (c is not None and c.shape != h.shape)
        ):
            line = self._open_cell(operation, args)
        if (line.h is not h or line.c is not c) and not line.goes_on(h, c):
            self._begin(line, h, c)
        if self._pace.attentive:
            self._wait(line)
        results = operation(*args)
        new_h, new_c = results if c is not None else (results, None)
        self._keep(line, x, new_h, new_c)
        return results

    def layer(self, operation: Any, args: Sequence[Any]) -> Any:
        """Run a layer that was called with one step, and keep it."""
        x, states, parameters = args[:3]
        h, c = states if isinstance(states, list | tuple) else (states, None)
        line = self._lines.get(parameters[1].data_ptr())
        if (
            line is None
            or line.parameters[0] is not parameters[0]
            or line.shapes[0] != x.shape
            or line.shapes[1] != h.shape
            or (c is not None and line.shapes[2] != c.shape)
        ):
            line = self._open_layer(read_fused(operation, args), x, h, c)
        if (line.h is not h or line.c is not c) and not line.goes_on(h, c):
            self._begin(line, h, c)
        if self._pace.attentive:
            self._wait(line)
        results = operation(*args)
        new_c = results[2] if c is not None else None
        self._keep(line, x, results[1], new_c)
        return results

    def _keep(self, line: Line, x: Tensor, h: Tensor, c: Tensor | None) -> None:
        line.inputs.append(x)
        line.outputs.append(h)
        line.h, line.c = h, c
        self._kept += 1
        late = time.perf_counter() - self._since > FRAME_SECONDS
        if self._kept >= MOST_KEPT or late or self._pace.attentive:
            self.flush()

    def _wait(self, line: Line) -> None:
        self.flush()
        self._pace.take_single(line.name, line.end)

    def _open_cell(self, operation: Any, args: Sequence[Any]) -> Line:
        x, h, _, weights = read_cell(operation, args)
        self.flush()
        group = self._tracks.find((weights,), x.shape[0], cell=True)
        return self._open(group, (weights,), (x.shape, h.shape), None)

    def _open_layer(
        self, call: FusedCall, x: Tensor, h: Tensor, c: Tensor | None
    ) -> Line:
        self.flush()
        group = self._tracks.find(call.weights, call.samples, call.directions)
        shapes = (x.shape, h.shape, *(() if c is None else (c.shape,)))
        return self._open(group, call.weights, shapes, 1 if call.batch_first else 0)

    def _open(
        self,
        group: Group,
        weights: tuple[Weights, ...],
        shapes: tuple[torch.Size, ...],
        time_axis: int | None,
    ) -> Line:
        # Weights made anew for each call would otherwise add a line for each.
        self._lines = {
            key: line for key, line in self._lines.items() if line.group is not group
        }
        parameters = tuple(p for own in weights for p in own.parameters)
        line = Line(group, parameters, shapes, time_axis)
        self._lines[parameters[1].data_ptr()] = line
        return line

    def _begin(self, line: Line, h: Tensor, c: Tensor | None) -> None:
        """Begin a new stretch, whose state was not simply handed on."""
        self.flush()
        states = line.states(h, c)
        line.initial = tuple(
            (tuple(part.clone() for part in state), source_of(track, state))
            for track, state in zip(line.group.tracks, states, strict=True)
        )

    def changes(self, tensor: Tensor) -> None:
        """Copy what is kept before ``tensor`` is changed in place."""
        if not self._lines:
            return
        for line in self._lines.values():
            done = self._counted.get(id(line), 0)
            for kept in (*line.inputs[done:], *line.outputs[done:]):
                self._storages.add(kept.untyped_storage().data_ptr())
            for last in (line.h, line.c):
                if last is not None:
                    self._storages.add(last.untyped_storage().data_ptr())
            self._counted[id(line)] = len(line.outputs)
        if tensor.untyped_storage().data_ptr() in self._storages:
            self.close()

    def close(self) -> None:
        """Copy what is kept, and know states by their values from here on."""
        self.flush()
        for line in self._lines.values():
            line.h = line.c = None
            for track in line.group.tracks:
                if track.last is not None:
                    track.last = tuple(part.clone() for part in track.last)

    def flush(self) -> None:
        """Copy the rows of all lines."""
        for line in self._lines.values():
            if line.outputs:
                self._write(line)
        self._kept = 0
        self._since = time.perf_counter()
        self._counted.clear()
        self._storages.clear()

    def _write(self, line: Line) -> None:
        self._tracks.look(line.group)
        tracks = line.group.tracks
        inputs = line.inputs
        if line.time_axis is not None:
            inputs = [x.select(line.time_axis, 0) for x in inputs]
        h = to_array(torch.stack(line.outputs))
        x = to_array(torch.stack(inputs))
        steps = len(line.outputs)
        line.inputs, line.outputs = [], []
        assert line.h is not None
        last = line.states(line.h, line.c)
        for number, track in enumerate(tracks):
            state, source = line.initial[number]
            start = begin_call(self._recorder, track, 1, state, source)
            for _ in range(steps - 1):
                self._recorder.begin_call(track.layer.name, 1, {}, "carried")
            track.end = start + steps
            rows = {"h": h if line.time_axis is None else h[:, number]}
            if number == 0:
                rows["x"] = x
            self._look(track.layer.name, rows, start)
            if self._recorder.streams == "all":
                rows |= self._everything(line, number, x, h, state)
            self._recorder.write(track.layer.name, start, rows)
            if line.c is not None:
                c = to_array(last[number][1])
                self._recorder.checkpoint(track.layer.name, start + steps - 1, c)
            track.last = last[number]
        # The next stretch of this line goes on from here, until told otherwise.
        line.initial = tuple((state, "carried") for state in last)
        self._pace.look_up()

    def _everything(
        self, line: Line, number: int, x: np.ndarray, h: np.ndarray, state: State
    ) -> dict[str, np.ndarray]:
        directions = line.group.directions
        below = number - number % directions
        if below:
            x = np.concatenate(
                [h[:, place] for place in range(below - directions, below)], axis=-1
            )
        weights = line.group.weights[number]
        return Everything(weights.kind, weights.arrays())(
            x,
            h if line.time_axis is None else h[:, number],
            tuple(to_array(part) for part in state),
        )

    def _look(self, layer: str, rows: dict[str, np.ndarray], start: int) -> None:
        for stream in ("x", "h"):
            if stream in rows and not np.isfinite(rows[stream].sum()):
                self._findings.not_finite(layer, stream, rows[stream], start)
