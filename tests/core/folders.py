"""Recordings that are written into folders, for the tests of them."""

from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.certificate import Certificate, LayerProof, Origin
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.reference import (
    Planned,
    Unrolled,
    feed,
    make_layer,
    make_weights,
    unroll,
)

SEQUENCE = np.arange(40.0).reshape(20, 2, 1)
CALLS = [Planned(9), Planned(6, "given"), Planned(5, "carried", (5, 2))]


def example(
    calls: list[Planned] | None = None, name: str = "rnn.l0", **layer: Any
) -> Unrolled:
    rng = np.random.default_rng(1)
    made = make_layer(name=name, **layer)
    plan = CALLS if calls is None else calls
    x = rng.normal(size=(sum(call.steps for call in plan), 2, made.sizes.input))
    return unroll(
        made,
        make_weights(made, rng),
        x,
        plan,
        lambda width: rng.normal(size=(2, width)),
    )


def threes(steps: int) -> list[int]:
    return [3] * (steps // 3) + [steps % 3] * (steps % 3 > 0)


def write(folder: Path | None, *runs: Unrolled, finish: bool = True) -> Recorder:
    recorder = Recorder(folder)
    for run in runs or (example(),):
        feed(recorder, run, chunks=threes)
    recorder.set_sequence(SEQUENCE, ("a",), "wave", 8.0)
    recorder.set_output((np.ones((2, 3)), {"state": [np.arange(4), None, 2.5]}))
    recorder.set_certificate(
        Certificate({"rnn.l0": LayerProof(1e-7, float("nan"), 1e-6, 20)}, 0.0)
    )
    recorder.set_origin(Origin(model="m.pt", torch="2.13"))
    if finish:
        recorder.finish("complete")
        recorder.close()
    return recorder


def contents(recording: Recording, layer: str = "rnn.l0") -> dict[str, np.ndarray]:
    return {
        f"{stream} {sample}": rows
        for sample in range(2)
        for stream, rows in recording.read_streams(
            layer, recording.streams(layer), sample=sample
        ).items()
    }


def assert_same(one: Recording, other: Recording) -> None:
    assert list(one.layers.items()) == list(other.layers.items())
    for layer in one.layers:
        assert one.calls(layer) == other.calls(layer)
        assert one.committed(layer) == other.committed(layer)
        first, second = contents(one, layer), contents(other, layer)
        for name, values in first.items():
            np.testing.assert_array_equal(values, second[name], err_msg=name)
        for index in range(len(one.calls(layer))):
            given = other.initial(layer, index)
            for name, values in one.initial(layer, index).items():
                np.testing.assert_array_equal(values, given[name])
        for left, right in zip(
            one.checkpoints(layer), other.checkpoints(layer), strict=True
        ):
            np.testing.assert_array_equal(left, right)
