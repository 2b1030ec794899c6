"""Pictures of a window: what they show is the lowest and the highest there is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core import overview
from lstm_studio.core.layers import Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.reference import Planned, Unrolled, feed, make_layer, make_weights

SAMPLES = 2


def fake(calls: list[Planned], direction: Any = "forward") -> Unrolled:
    """Return rows of no layer in particular: to be stored, not to be derived."""
    rng = np.random.default_rng(3)
    layer = make_layer(direction=direction, sizes=Sizes(1, 2))
    total = sum(call.steps for call in calls)
    streams = {
        "h": rng.normal(size=(total, SAMPLES, 2)),
        "x": rng.normal(size=(total, SAMPLES, 1)),
    }
    held = rng.normal(size=(total, SAMPLES, 2))
    states = [{"h": held[0], "c": held[0]} for _ in calls]
    weights = make_weights(layer, rng)
    return Unrolled(layer, SAMPLES, calls, weights, streams, states, held)


def assert_encloses(low: np.ndarray, high: np.ndarray, rows: np.ndarray) -> None:
    """Bounds are true, and at most a step of half precision too wide."""
    for bound, true, sign in (
        (low, rows.min(axis=0), 1),
        (high, rows.max(axis=0), -1),
    ):
        too_wide = (true - bound) * sign
        assert (too_wide >= 0).all()
        assert (too_wide <= np.maximum(np.abs(true) * 2**-10, 2**-24)).all()


def assert_bounds(recording: Recording, name: str, stream: str, sample: int) -> None:
    rows = recording.read(name, stream, sample=sample)
    for columns in (1, 3, 10, 40, 4000):
        block = recording.overview(name, stream, (0, len(rows)), columns, sample)
        size = block.steps_per_column
        assert block.exact
        assert len(block.low) <= columns
        for column, (low, high) in enumerate(zip(block.low, block.high, strict=True)):
            part = rows[column * size : (column + 1) * size]
            there = part[~np.isnan(part[:, 0])]
            if len(there):
                assert_encloses(low, high, there)
            else:
                assert np.isnan(low).all()
                assert np.isnan(high).all()


@settings(max_examples=25)
@given(st.data(), st.sampled_from(["forward", "reverse"]), st.booleans())
def test_columns_hold_the_lowest_and_the_highest(
    data: st.DataObject, direction: Any, overviews: bool
) -> None:
    lengths = data.draw(st.lists(st.integers(1, 700), min_size=1, max_size=3))
    calls = [Planned(steps) for steps in lengths]
    if data.draw(st.booleans()):
        calls.append(Planned(90, "zeros", (90, 31)))
    recorder = Recorder(overviews=overviews)

    def chunks(steps: int) -> list[int]:
        size = data.draw(st.integers(1, 300))
        return [size] * (steps // size) + [steps % size] * (steps % size > 0)

    run = fake(calls, direction)
    feed(recorder, run, chunks=chunks)
    for stream in ("h", "x"):
        for sample in range(SAMPLES):
            assert_bounds(recorder.recording, "rnn.l0", stream, sample)


def test_a_running_recording_shows_what_is_committed(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", overviews=True)
    run = fake([Planned(500)])
    recorder.declare(run.layer, run.weights, SAMPLES, np.dtype(np.float32))
    recorder.begin_call("rnn.l0", 500, {}, "zeros")
    for start, stop in ((0, 100), (100, 333), (400, 410)):
        rows = {n: run.streams[n][start:stop].astype(np.float32) for n in ("h", "x")}
        recorder.write("rnn.l0", start, rows)
        recorder.commit()
        assert_bounds(recorder.recording, "rnn.l0", "h", 1)
        assert_bounds(Recording.open(tmp_path / "r"), "rnn.l0", "h", 1)
    recorder.close()


def test_overviews_are_small_and_what_a_picture_reads(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", overviews=True)
    feed(
        recorder, fake([Planned(20_000)]), chunks=lambda steps: [5000] * (steps // 5000)
    )
    recorder.finish("complete")
    recorder.close()
    (stored,) = (tmp_path / "r").glob("*.h.npy")
    bounds = sum(path.stat().st_size for path in (tmp_path / "r").glob("*.h_bounds_*"))
    assert bounds < stored.stat().st_size / 11
    recording = Recording.open(tmp_path / "r")
    whole = recording.overview("rnn.l0", "h", (0, 16_384), 16)
    stored.unlink()
    again = recording.overview("rnn.l0", "h", (0, 16_384), 16)
    np.testing.assert_array_equal(whole.low, again.low)


def test_a_damaged_overview_costs_time_and_nothing_else(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", overviews=True)
    feed(recorder, fake([Planned(600)]))
    recorder.finish("complete")
    recorder.close()
    (path,) = (tmp_path / "r").glob("*.h_bounds_64.npy")
    data = bytearray(path.read_bytes())
    data[200] ^= 64
    path.write_bytes(data)
    recording = Recording.open(tmp_path / "r")
    assert recording.problems
    assert recording.damage("rnn.l0") == ()
    assert_bounds(recording, "rnn.l0", "h", 0)


def test_long_windows_of_derived_streams_are_samples_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 64)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 64)
    recorder = Recorder()
    feed(recorder, fake([Planned(256)]), chunks=lambda _: [64] * 4)
    recording = recorder.recording
    gate = recording.read("rnn.l0", "i")
    block = recording.overview("rnn.l0", "i", (0, 256), 16)
    assert not block.exact
    assert block.steps_per_column == 16
    for column, (low, high) in enumerate(zip(block.low, block.high, strict=True)):
        part = gate[column * 16 : column * 16 + 16]
        assert (low >= part.min(axis=0) - 1e-6).all()
        assert (high <= part.max(axis=0) + 1e-6).all()
    c = recording.overview("rnn.l0", "c", (0, 256), 16)
    assert not c.exact
    steps, kept = recording.checkpoints("rnn.l0")
    np.testing.assert_array_equal(steps, [63, 127, 191, 255])
    np.testing.assert_array_equal(c.low[-1], kept[-1, 0])
    np.testing.assert_array_equal(c.high[0], kept[0, 0])
    whole = recording.overview("rnn.l0", "i", (0, 256), 16, exact=True)
    assert whole.exact
    np.testing.assert_allclose(whole.low[3], gate[48:64].min(axis=0), atol=1e-6)


def test_an_empty_window_is_an_empty_block() -> None:
    recorder = Recorder()
    feed(recorder, fake([Planned(8)]))
    block = recorder.recording.overview("rnn.l0", "h", (90, 99), 10)
    assert block.low.shape == (0, 2)
    with pytest.raises(ValueError, match="no stream"):
        recorder.recording.overview("rnn.l0", "nothing", (0, 8), 10)
