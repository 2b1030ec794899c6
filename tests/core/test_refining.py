"""Overviews that are made in slices: in the end the lowest and highest there are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core import derive, overview, refining
from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from tests.core.reference import Planned, feed
from tests.core.test_overview import SAMPLES, fake


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 64)
    monkeypatch.setattr(derive, "PIECE_VALUES", 300)
    monkeypatch.setattr(refining, "TILE_VALUES", 600)


def fifties(steps: int) -> list[int]:
    return [50] * (steps // 50) + [steps % 50] * (steps % 50 > 0)


def refined(recording: Recording, stream: str, span: Any, columns: int) -> StepBlock:
    for _ in range(500):
        block = recording.refine("rnn.l0", stream, span, columns, 1, seconds=0.0)
        if block.exact:
            return block
    raise AssertionError("never exact")


def assert_true(block: StepBlock, rows: np.ndarray) -> None:
    size = block.steps_per_column
    assert len(block.low) == -(-(block.stop - block.start) // size)
    for column, (low, high) in enumerate(zip(block.low, block.high, strict=True)):
        first = block.start + column * size
        part = rows[first : min(first + size, block.stop)]
        there = part[~np.isnan(part[:, 0])]
        if len(there):
            np.testing.assert_allclose(low, there.min(axis=0), rtol=2**-10, atol=1e-6)
            np.testing.assert_allclose(high, there.max(axis=0), rtol=2**-10, atol=1e-6)
        else:
            assert np.isnan(low).all()
            assert np.isnan(high).all()


@settings(max_examples=25)
@given(st.data(), st.sampled_from(["forward", "reverse"]))
def test_slice_by_slice_a_picture_becomes_exact(
    data: st.DataObject, direction: Any
) -> None:
    lengths = data.draw(st.lists(st.integers(1, 900), min_size=1, max_size=3))
    calls = [Planned(steps) for steps in lengths]
    if data.draw(st.booleans()):
        calls.append(Planned(190, "zeros", (190, 71)))
    recorder = Recorder()
    feed(recorder, fake(calls, direction), chunks=fifties)
    recorder.finish(data.draw(st.sampled_from(["complete", "partial"])))
    recording = recorder.recording
    total = recording.length("rnn.l0")
    for stream in data.draw(st.permutations(["c", "i", "f_pre", "h_prev"])):
        rows = recording.read("rnn.l0", stream, sample=1)
        for columns in data.draw(st.permutations([1, 3, 8, 40])):
            block = refined(recording, stream, (0, total), columns)
            assert_true(block, rows)
            start = block.steps_per_column * (len(block.low) // 2)
            part = refined(recording, stream, (start, total), columns)
            assert_true(part, rows)


def recorded(steps: int) -> Recording:
    recorder = Recorder()
    feed(recorder, fake([Planned(steps)]), chunks=fifties)
    recorder.finish("complete")
    return recorder.recording


def test_what_was_refined_serves_every_coarser_zoom() -> None:
    recording = recorded(6400)
    assert not recording.overview("rnn.l0", "i", (0, 6400), 100, 1).exact
    refined(recording, "i", (0, 6400), 100)
    for columns in (100, 50, 20, 7, 1):
        block = recording.overview("rnn.l0", "i", (0, 6400), columns, 1)
        assert block.exact
        assert_true(block, recording.read("rnn.l0", "i", sample=1))
    # Another sample is another stream.
    assert not recording.overview("rnn.l0", "i", (0, 6400), 100, 0).exact


def test_half_refined_columns_are_true_where_they_are_made() -> None:
    recording = recorded(6400)
    refined(recording, "c", (0, 3200), 50)
    block = recording.overview("rnn.l0", "c", (0, 6400), 100, 1)
    assert not block.exact
    half = StepBlock(0, 3200, 64, block.low[:50], block.high[:50])
    assert_true(half, recording.read("rnn.l0", "c", sample=1))


def test_old_overviews_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(6400)
    refined(recording, "i", (0, 6400), 100)
    monkeypatch.setattr(refining, "KEPT_BYTES", 1)
    refined(recording, "f", (0, 6400), 100)
    assert not recording.overview("rnn.l0", "i", (0, 6400), 100, 1).exact
    assert recording.overview("rnn.l0", "f", (0, 6400), 100, 1).exact


def test_a_running_recording_keeps_no_rows_that_may_still_change() -> None:
    recorder = Recorder()
    run = fake([Planned(300)])
    recorder.declare(run.layer, run.weights, SAMPLES, np.dtype(np.float32))
    recorder.begin_call("rnn.l0", 300, {}, "zeros")
    for start, stop in ((0, 100), (100, 300)):
        rows = {n: run.streams[n][start:stop].astype(np.float32) for n in ("h", "x")}
        recorder.write("rnn.l0", start, rows)
        recorder.commit()
        block = recorder.recording.refine("rnn.l0", "i", (0, stop), 3, 1, seconds=9.0)
        assert_true(block, recorder.recording.read("rnn.l0", "i", sample=1))


@pytest.mark.parametrize("columns", [450, 200, 100, 50, 14])
def test_each_zoom_becomes_exact_and_stays_so(columns: int) -> None:
    recorder = Recorder()
    feed(recorder, fake([Planned(900)]), chunks=fifties)
    recorder.finish("complete")
    recording = recorder.recording
    rows = recording.read("rnn.l0", "i", sample=1)
    assert not recording.overview("rnn.l0", "i", (0, 900), columns, 1).exact
    assert_true(refined(recording, "i", (0, 900), columns), rows)
    block = recording.overview("rnn.l0", "i", (0, 900), columns, 1)
    assert block.exact
    size = block.steps_per_column
    # A part of it, as after a pan, costs nothing anew.
    span = (10 * size, 900)
    assert recording.overview("rnn.l0", "i", span, columns - 10, 1).exact


def test_where_nothing_was_recorded_a_picture_is_exact() -> None:
    recorder = Recorder()
    run = fake([Planned(64)])
    feed(recorder, run)
    recorder.begin_call("rnn.l0", 400, {}, "carried")
    recorder.finish("partial")
    block = recorder.recording.overview("rnn.l0", "i", (128, 384), 16)
    assert block.exact
    assert np.isnan(block.low).all()
