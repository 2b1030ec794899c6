"""The run's output against what the plain model returns."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.backend import (
    avoids_mkldnn,
    mkldnn_set,
)
from lstm_studio.engine.capture.findings import Difference
from lstm_studio.engine.capture.fused import FusedRun, layer_by_layer
from lstm_studio.engine.capture.operations import PACKED, FusedCall, read_fused
from lstm_studio.engine.capture.tracks import Track

FEWEST_STEPS: Final = 2

Tracks = tuple[Track, ...]


def first_difference(
    operation: Any,
    args: Sequence[Any],
    run: FusedRun,
    tracks: Tracks,
    output: Tensor,
) -> Difference | None:
    """Return what gives how far the first steps differ from the plain operation's.

    None where dropout makes every run another one. A reverse direction starts at
    the end, so there both run over the first steps alone.
    """
    call = run.call
    if call.drops:
        return None
    # oneDNN, which runs these, gives the same bits for any number of steps.
    any_number = run.kernel.in_any_order and call.x.shape[0] > FEWEST_STEPS
    steps = FEWEST_STEPS if any_number else run.rows.border(0, 1)
    part, first = _first_steps(operation, args, call, steps), _cut(output, call, steps)
    if run.kernel.one_by_one:
        x, states, _, *flags = part
        # The weights are those of the recording: nothing else may change later.
        kept = x.clone(), [state.clone() for state in states], flags
        return partial(_difference_later, operation, kept, tracks, first.clone())
    # Fewer steps may be those of samples that are all there.
    partial_batch = steps < call.steps and avoids_mkldnn(call)
    with mkldnn_set(enabled=False) if partial_batch else nullcontext():
        measured = _difference(operation, part, tracks, first)
    return lambda _: measured


def _difference_later(
    operation: Any,
    kept: tuple[Tensor, list[Tensor], list[Any]],
    tracks: Tracks,
    first: Tensor,
    recording: Recording,
) -> float:
    """Return ``_difference`` as it would have been during the run.

    In whatever thread it is asked for, and whatever was set there since.
    """
    x, states, flags = kept
    weights = [
        torch.from_numpy(weight)
        for track in tracks
        for weight in recording.weights(track.layer.name).values()
    ]
    precise = torch.autocast("cpu", enabled=False)
    with torch.inference_mode(), precise, mkldnn_set(enabled=True):
        return _difference(operation, (x, states, weights, *flags), tracks, first)


def _difference(
    operation: Any, args: Sequence[Any], tracks: Tracks, first: Tensor
) -> float:
    call, plain = read_fused(operation, args), tuple(operation(*args))
    if call.directions == 1:
        return difference(first, plain[0])
    return difference(layer_by_layer(call, tracks), plain)


def _first_steps(
    operation: Any, args: Sequence[Any], call: FusedCall, steps: int
) -> tuple[Any, ...]:
    if operation in PACKED:
        sizes = args[1][:steps]
        return (args[0][: int(sizes.sum())], sizes, *args[2:])
    return (_cut(args[0], call, steps), *args[1:])


def _cut(values: Tensor, call: FusedCall, steps: int) -> Tensor:
    if call.batch_sizes:
        return values[: sum(call.batch_sizes[:steps])]
    return values[:, :steps] if call.batch_first else values[:steps]


def difference(left: Any, right: Any) -> float:
    """Return the largest difference of two outputs; infinite if their shapes differ.

    NaN equals NaN, as both say that the model returned NaN there.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.keys() != right.keys():
            return np.inf
        return max((difference(left[key], right[key]) for key in left), default=0.0)
    if isinstance(left, tuple | list) and isinstance(right, tuple | list):
        if len(left) != len(right):
            return np.inf
        pairs = zip(left, right, strict=True)
        return max((difference(a, b) for a, b in pairs), default=0.0)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return _of_tensors(left, right)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return _of_tensors(torch.from_numpy(left), torch.from_numpy(right))
    return 0.0


def _of_tensors(left: Tensor, right: Tensor) -> float:
    if left.shape != right.shape:
        return np.inf
    if torch.equal(left, right) or not left.numel():
        return 0.0
    wide = torch.complex128 if left.is_complex() else torch.float64
    a, b = left.to(wide), right.to(wide)
    same = (a == b) | (a.isnan() & b.isnan())
    apart = torch.where(same, 0.0, (a - b).abs())
    return float(torch.where(apart.isnan(), np.inf, apart).max())
