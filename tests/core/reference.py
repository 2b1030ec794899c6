"""Recurrent layers unrolled step by step in plain numpy, and recordings of them.

Written from the formulas alone: nothing of the package computes anything here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstm_studio.core.layers import Direction, InitialState, Kind, Layer, Sizes
from lstm_studio.core.recorder import Recorder

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn_tanh": "h", "rnn_relu": "h"}


@dataclass
class Planned:
    """A call to make: its steps, source, and valid steps of each sample."""

    steps: int
    source: InitialState = "zeros"
    lengths: tuple[int, ...] | None = None


@dataclass
class Unrolled:
    """What the loop gave: streams (step, sample, unit), NaN in padding."""

    layer: Layer
    samples: int
    calls: Sequence[Planned]
    weights: dict[str, np.ndarray]
    streams: dict[str, np.ndarray]
    initial: list[dict[str, np.ndarray]]
    held: np.ndarray = field(default_factory=lambda: np.empty(0))
    """``c`` after each step, held through padding: (step, sample, unit)."""


def make_layer(
    kind: Kind = "lstm",
    direction: Direction = "forward",
    sizes: Sizes | None = None,
    *,
    bias: bool = True,
    name: str = "rnn.l0",
) -> Layer:
    return Layer(name, kind, "rnn", 0, direction, sizes or Sizes(3, 5), bias)


def make_weights(layer: Layer, rng: np.random.Generator) -> dict[str, np.ndarray]:
    size, rows = layer.sizes, len(GATES[layer.kind]) * layer.sizes.hidden

    def draw(*shape: int) -> np.ndarray:
        # Rounded to float32, so that both precisions have the same weights.
        values = rng.uniform(-1, 1, shape) / math.sqrt(size.hidden)
        return values.astype(np.float32).astype(np.float64)

    weights = {"weight_ih": draw(rows, size.input), "weight_hh": draw(rows, size.state)}
    if layer.bias:
        weights |= {"bias_ih": draw(rows), "bias_hh": draw(rows)}
    if size.projection:
        weights["weight_hr"] = draw(size.projection, size.hidden)
    return weights


def unroll(
    layer: Layer,
    weights: dict[str, np.ndarray],
    x: np.ndarray,
    calls: Sequence[Planned],
    given: Callable[[int], np.ndarray],
) -> Unrolled:
    """Run ``x`` (step, sample, feature) through the layer, one step at a time."""
    total, samples = x.shape[:2]
    gates, hidden = GATES[layer.kind], layer.sizes.hidden
    widths = {"h": layer.sizes.state, "h_prev": layer.sizes.state, "x": x.shape[2]}
    names = ["h", "h_prev", "x", *gates]
    if layer.kind == "lstm":
        names += ["c", "c_prev"]
    for gate in gates:
        names += [f"{gate}_pre{end}" for end in ("", "_input", "_recurrent", "_bias")]
    streams = {
        name: np.full((total, samples, widths.get(name, hidden)), np.nan)
        for name in names
    }
    held = np.zeros((total, samples, hidden))
    h, c = np.zeros((samples, layer.sizes.state)), np.zeros((samples, hidden))
    start, initial = 0, []
    for call in calls:
        if call.source == "zeros":
            h, c = np.zeros_like(h), np.zeros_like(c)
        elif call.source == "given":
            h, c = given(h.shape[1]), given(hidden)
        initial.append({"h": h.copy(), "c": c.copy()})
        steps = range(start, start + call.steps)
        for step in reversed(steps) if layer.direction == "reverse" else steps:
            for sample in range(samples):
                if step - start >= (call.lengths or [call.steps] * samples)[sample]:
                    continue
                values = _cell(layer, weights, x[step, sample], h[sample], c[sample])
                h[sample], c[sample] = values["h"], values.get("c", 0)
                for name, value in values.items():
                    streams[name][step, sample] = value
            held[step] = c
        start += call.steps
    return Unrolled(layer, samples, calls, weights, streams, initial, held)


def _cell(
    layer: Layer, weights: dict[str, np.ndarray], x: np.ndarray, h: Any, c: Any
) -> dict[str, np.ndarray]:
    size = layer.sizes.hidden
    zero = np.zeros(len(weights["weight_hh"]))
    out = {"x": x, "h_prev": h.copy()}
    for k, gate in enumerate(GATES[layer.kind]):
        rows = slice(k * size, (k + 1) * size)
        first = np.array([float(row @ x) for row in weights["weight_ih"][rows]])
        second = np.array([float(row @ h) for row in weights["weight_hh"][rows]])
        b_i = weights.get("bias_ih", zero)[rows]
        b_h = weights.get("bias_hh", zero)[rows]
        third = b_i + b_h
        if layer.kind == "gru" and gate == "n":
            second, third = out["r"] * second, b_i + out["r"] * b_h
        pre = first + second + third
        out |= {f"{gate}_pre": pre, f"{gate}_pre_input": first}
        out |= {f"{gate}_pre_recurrent": second, f"{gate}_pre_bias": third}
        if layer.kind.startswith("rnn"):
            out["h"] = np.tanh(pre) if layer.kind == "rnn_tanh" else pre * (pre > 0)
        else:
            out[gate] = np.tanh(pre) if gate in "gn" else 1 / (1 + np.exp(-pre))
    if layer.kind == "lstm":
        out["c_prev"] = c.copy()
        out["c"] = out["f"] * c + out["i"] * out["g"]
        out["h"] = out["o"] * np.tanh(out["c"])
        if "weight_hr" in weights:
            out["h"] = weights["weight_hr"] @ out["h"]
    if layer.kind == "gru":
        out["h"] = (1 - out["z"]) * out["n"] + out["z"] * h
    return out


def feed(
    recorder: Recorder,
    unrolled: Unrolled,
    dtype: Any = np.float32,
    chunks: Callable[[int], Sequence[int]] = lambda steps: [steps],
    *,
    streams: Sequence[str] = ("h", "x"),
    declare: bool = True,
) -> None:
    """Write what was unrolled as a run would, chunk by chunk, padding as zeros."""
    layer, reverse = unrolled.layer, unrolled.layer.direction == "reverse"
    if declare:
        recorder.declare(layer, unrolled.weights, unrolled.samples, np.dtype(dtype))
    for call, states in zip(unrolled.calls, unrolled.initial, strict=True):
        given = {
            name: states[name].astype(dtype)
            for name in (("h", "c") if layer.kind == "lstm" else ("h",))
        }
        start = recorder.begin_call(
            layer.name, call.steps, given, call.source, call.lengths
        )
        done = 0
        for size in chunks(call.steps):
            first = call.steps - done - size if reverse else done
            rows = slice(start + first, start + first + size)
            recorder.write(
                layer.name,
                rows.start,
                {
                    s: np.nan_to_num(unrolled.streams[s][rows]).astype(dtype)
                    for s in streams
                },
            )
            if layer.kind == "lstm":
                last = rows.start if reverse else rows.stop - 1
                recorder.checkpoint(layer.name, last, unrolled.held[last].astype(dtype))
            recorder.commit()
            done += size
