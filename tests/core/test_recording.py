"""Every stream of every kind of layer against the unrolled loop of `reference`."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core import derive
from lstm_studio.core.layers import InitialState, Kind, Layer, Sizes
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


@settings(max_examples=60)
@given(runs(), st.data())
def test_every_stream_is_what_the_loop_computes(
    run: tuple[Unrolled, Any], data: st.DataObject
) -> None:
    unrolled, dtype = run
    recorder = Recorder()
    feed(recorder, unrolled, dtype, splits(data))
    recorder.finish("complete")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derive, "PIECE_VALUES", data.draw(st.integers(1, 60)))
        check(recorder.recording, unrolled, dtype)


@settings(max_examples=30)
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


def lstm(calls: list[Planned], samples: int = 1, **layer: Any) -> Unrolled:
    rng = np.random.default_rng(5)
    made = make_layer(**layer)
    x = rng.normal(size=(sum(c.steps for c in calls), samples, made.sizes.input))
    return unroll(
        made,
        make_weights(made, rng),
        x,
        calls,
        lambda width: rng.normal(size=(samples, width)),
    )


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_all_streams_can_be_stored(kind: Any) -> None:
    run = lstm([Planned(6), Planned(4, "carried", (4, 2))], 2, kind=kind)
    recorder = Recorder(streams="all")
    feed(recorder, run, streams=(*run.layer.streams, "x"))
    check(recorder.recording, run, np.float32)
    name = run.layer.name
    gate = recorder.recording.read(name, run.layer.streams[-1])
    stored = run.streams[run.layer.streams[-1]][:, 0].astype(np.float32)
    np.testing.assert_array_equal(gate, stored)


def test_x_of_a_layer_may_be_what_others_store() -> None:
    calls = [Planned(7), Planned(3, "given")]
    first = lstm(calls, name="rnn.l0")
    back = lstm(calls, name="rnn.l0_reverse", direction="reverse")
    x = np.concatenate([first.streams["h"], back.streams["h"]], axis=2)
    x = x.astype(np.float32).astype(float)
    rng = np.random.default_rng(6)
    last = make_layer(name="rnn.l1", sizes=Sizes(10, 4))
    copy = make_layer(name="again", kind="gru", sizes=Sizes(10, 4))
    recorder = Recorder()
    feed(recorder, first)
    feed(recorder, back)
    sources = (("rnn.l0", "h"), ("rnn.l0_reverse", "h"))
    runs = []
    for layer, inputs in ((last, sources), (copy, (("rnn.l1", "x"),))):
        weights = make_weights(layer, rng)
        run = unroll(layer, weights, x, calls, lambda width: np.full((1, width), 0.5))
        recorder.declare(layer, weights, 1, np.dtype(np.float32), inputs)
        feed(recorder, run, streams=("h",), declare=False)
        runs.append(run)
    for run in runs:
        check(recorder.recording, run, np.float32)
    part = recorder.recording.read("rnn.l1", "x", [2], [4, 6])
    np.testing.assert_array_equal(part, x[2:3, 0, [4, 6]].astype(np.float32))


def test_outputs_of_other_modules_are_layers_too() -> None:
    recorder = Recorder()
    head = Layer("head", "module", "head", 0, "forward", Sizes(0, 3), bias=False)
    recorder.declare(head, {}, 2, np.dtype(np.float32))
    start = recorder.begin_call("head", 4, {}, "zeros")
    rows = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    recorder.write("head", start, {"output": rows})
    recorder.commit()
    recording = recorder.recording
    assert recording.streams("head") == ("output",)
    np.testing.assert_array_equal(
        recording.read("head", "output", slice(1, 3), [2, 0], 1),
        rows[1:3, 1][:, [2, 0]],
    )
    assert recording.overview("head", "output", (0, 4), 2).low.shape == (2, 3)
    with pytest.raises(ValueError, match="not recurrent"):
        recording.recomputed("head")


def test_only_committed_rows_are_seen() -> None:
    run = lstm([Planned(6)], direction="reverse")
    recorder = Recorder()
    recorder.declare(run.layer, run.weights, 1, np.dtype(np.float32))
    recorder.begin_call("rnn.l0", 6, {}, "zeros")
    recording = recorder.recording
    rows = {name: run.streams[name].astype(np.float32) for name in ("h", "x")}
    recorder.write("rnn.l0", 4, {name: values[4:] for name, values in rows.items()})
    assert np.isnan(recording.read("rnn.l0", "h")).all()
    assert recorder.commit() == {"rnn.l0": 2}
    assert recording.committed("rnn.l0") == ((4, 6),)
    assert recording.length("rnn.l0") == 6
    recorder.write("rnn.l0", 1, {name: v[1:4] for name, v in rows.items()})
    assert recorder.commit() == {"rnn.l0": 5}
    for stream in ("h", "c", "i_pre"):
        got = recording.read("rnn.l0", stream)
        assert np.isnan(got[0]).all()
        want = run.streams[stream][1:, 0]
        np.testing.assert_allclose(got[1:], want, rtol=0, atol=1e-6)


def test_calls_of_one_step_each() -> None:
    sources: list[InitialState] = ["given", "carried", "carried", "zeros", "given"]
    run = lstm([Planned(1, source) for source in sources])
    recorder = Recorder()
    recorder.declare(run.layer, run.weights, 1, np.dtype(np.float32))
    for state, source in zip(run.initial, sources, strict=True):
        given = {name: state[name].astype(np.float32) for name in ("h", "c")}
        recorder.begin_call("rnn.l0", 1, given, source)
    rows = {name: run.streams[name].astype(np.float32) for name in ("h", "x")}
    recorder.write("rnn.l0", 0, rows)
    recorder.commit()
    check(recorder.recording, run, np.float32)
    assert [c.initial_state for c in recorder.recording.calls("rnn.l0")] == sources
    np.testing.assert_array_equal(
        recorder.recording.initial("rnn.l0", 4)["h"], run.initial[4]["h"].astype("f4")
    )
    assert recorder.recording.initial("rnn.l0", 1) == {}


def test_a_sample_that_a_layer_does_not_have_is_nan() -> None:
    recorder = Recorder()
    feed(recorder, lstm([Planned(3)], 1, name="one"))
    feed(recorder, lstm([Planned(3)], 2, name="two"))
    recording = recorder.recording
    assert recording.samples == 2
    assert recording.samples_of("one") == 1
    assert np.isnan(recording.read("one", "c", sample=1)).all()
    with pytest.raises(IndexError, match="Sample 2 of 2"):
        recording.read("one", "h", sample=2)


def test_what_is_not_there_is_refused_in_words() -> None:
    recorder = Recorder()
    feed(recorder, lstm([Planned(3)]))
    recording = recorder.recording
    with pytest.raises(
        ValueError, match=r"No layer is called 'l7'; there are: rnn\.l0"
    ):
        recording.read("l7", "h")
    with pytest.raises(ValueError, match="no stream 'q'; it has: h, c, i"):
        recording.read("rnn.l0", "q")
    with pytest.raises(IndexError, match=r"rnn\.l0 has no unit 5; it has 5"):
        recording.read("rnn.l0", "h", units=5)
    with pytest.raises(IndexError, match=r"rnn\.l0 has no step -4; it has 3"):
        recording.read("rnn.l0", "h", -4)
    with pytest.raises(ValueError, match="0 steps"):
        recorder.begin_call("rnn.l0", 0, {}, "zeros")


def test_nan_and_infinity_are_shown_as_they_are() -> None:
    run = lstm([Planned(5)])
    for stream, value in (("x", np.inf), ("h", np.nan)):
        run.streams[stream][2, 0, 1] = value
    recorder = Recorder()
    start = 0
    recorder.declare(run.layer, run.weights, 1, np.dtype(np.float32))
    recorder.begin_call("rnn.l0", 5, {}, "zeros")
    rows = {name: run.streams[name].astype(np.float32) for name in ("h", "x")}
    recorder.write("rnn.l0", start, rows)
    recorder.commit()
    h, x = (recorder.recording.read("rnn.l0", s) for s in ("h", "x"))
    assert np.isnan(h[2, 1])
    assert np.isinf(x[2, 1])
    assert not np.isfinite(recorder.recording.read("rnn.l0", "i_pre", 2)).any()
    assert np.isnan(recorder.recording.read("rnn.l0", "i", 3)).all()


@pytest.mark.parametrize("budget", [None, 15_000])
def test_a_reader_beside_the_writer_sees_committed_rows_only(
    budget: int | None,
) -> None:
    run = lstm([Planned(400), *[Planned(1, "carried")] * 50], 2, sizes=Sizes(2, 3))
    recorder = Recorder(memory_budget=budget, overviews=True)
    recorder.declare(run.layer, run.weights, 2, np.dtype(np.float32))
    chunks = {400: [5] * 80, 1: [1]}
    writer = threading.Thread(
        target=feed,
        args=(recorder, run, np.float32, chunks.__getitem__),
        kwargs={"declare": False},
    )
    writer.start()
    recording, done = recorder.recording, 0
    while done < 450:
        done = max((stop for _, stop in recording.committed("rnn.l0")), default=0)
        for stream in ("h", "c", "i_pre"):
            got = recording.read("rnn.l0", stream, slice(done), sample=1)
            want = run.streams[stream][:done, 1]
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)
        recording.overview("rnn.l0", "h", (0, done), 8)
    writer.join()
    recorder.close()
    assert recording.spilled == (budget is not None)
    recording.close()
