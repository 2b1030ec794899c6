"""Every stream of every kind of layer against the unrolled loop of `reference`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core.layers import Kind, Sizes
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

TOLERANCE = {np.float32: 1e-6, np.float64: 1e-12}


@st.composite
def runs(draw: st.DrawFn) -> tuple[Unrolled, Any]:
    kind: Kind = draw(st.sampled_from(["lstm", "gru", "rnn_tanh", "rnn_relu"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = draw(st.integers(1, 5))
    projection = draw(st.integers(0, hidden - 1)) if kind == "lstm" else 0
    layer = make_layer(
        kind,
        draw(st.sampled_from(["forward", "reverse"])),
        Sizes(draw(st.integers(1, 3)), hidden, projection),
        bias=draw(st.booleans()),
    )
    samples = draw(st.integers(1, 3))
    calls: list[Planned] = []
    for _ in range(draw(st.integers(1, 5))):
        steps = draw(st.integers(1, 7))
        sources = ["zeros", "given", "carried"] if calls else ["zeros", "given"]
        lengths = draw(
            st.none() | st.tuples(*[st.integers(1, steps) for _ in range(samples)])
        )
        calls.append(Planned(steps, draw(st.sampled_from(sources)), lengths))
    total = sum(call.steps for call in calls)
    x = rng.normal(size=(total, samples, layer.sizes.input))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    unrolled = unroll(
        layer,
        make_weights(layer, rng),
        x.astype(np.float32).astype(float),
        calls,
        lambda width: rng.normal(size=(samples, width)).astype("f4").astype(float),
    )
    return unrolled, dtype


def splits(data: st.DataObject) -> Any:
    def chunks(steps: int) -> Sequence[int]:
        sizes = []
        while steps:
            sizes.append(data.draw(st.integers(1, steps)))
            steps -= sizes[-1]
        return sizes

    return chunks


def check(recording: Recording, unrolled: Unrolled, dtype: Any) -> None:
    name = unrolled.layer.name
    assert set(unrolled.streams) == set(recording.streams(name))
    for sample in range(unrolled.samples):
        for stream, want in unrolled.streams.items():
            got = recording.read(name, stream, sample=sample)
            assert got.dtype == dtype
            np.testing.assert_allclose(
                got, want[:, sample], rtol=0, atol=TOLERANCE[dtype], err_msg=stream
            )
        np.testing.assert_allclose(
            recording.recomputed(name, sample=sample),
            unrolled.streams["h"][:, sample],
            rtol=0,
            atol=TOLERANCE[dtype],
        )
        np.testing.assert_array_equal(
            recording.padding(name, sample),
            np.isnan(unrolled.streams["h"][:, sample, 0]),
        )


@settings(deadline=None, max_examples=60)
@given(runs(), st.data())
def test_every_stream_is_what_the_loop_computes(
    run: tuple[Unrolled, Any], data: st.DataObject
) -> None:
    unrolled, dtype = run
    recorder = Recorder()
    feed(recorder, unrolled, dtype, splits(data))
    recorder.finish("complete")
    check(recorder.recording, unrolled, dtype)


@settings(deadline=None, max_examples=30)
@given(runs(), st.data())
def test_a_window_is_that_part_of_the_whole(
    run: tuple[Unrolled, Any], data: st.DataObject
) -> None:
    unrolled, dtype = run
    recorder = Recorder()
    feed(recorder, unrolled, dtype, splits(data))
    recording, name = recorder.recording, unrolled.layer.name
    total = recording.length(name)
    sample = data.draw(st.integers(0, unrolled.samples - 1))
    for stream in unrolled.streams:
        whole = recording.read(name, stream, sample=sample)
        steps = data.draw(
            st.slices(total) | st.lists(st.integers(-total, total - 1), min_size=1)
        )
        width = whole.shape[1]
        units = data.draw(
            st.slices(width) | st.lists(st.integers(-width, width - 1), min_size=1)
        )
        if isinstance(steps, slice) and steps.step is not None and steps.step < 0:
            steps = list(range(*steps.indices(total)))
        got = recording.read(name, stream, steps, units, sample)
        np.testing.assert_allclose(
            got, whole[steps][:, units], rtol=0, atol=TOLERANCE[dtype], err_msg=stream
        )
