"""A walk over a layer: every step once, and the same as reading window by window."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core import derive
from lstm_studio.core.recorder import Recorder
from tests.core.reference import Planned, feed
from tests.core.test_recording import lstm, runs, splits


@settings(max_examples=60)
@given(runs(), st.data())
def test_a_walk_gives_every_step_once(
    run: tuple[Any, Any], data: st.DataObject
) -> None:
    unrolled, dtype = run
    name, tolerance = unrolled.layer.name, 1e-6 if dtype is np.float32 else 1e-12
    recorder = Recorder()
    feed(recorder, unrolled, dtype, splits(data))
    recording = recorder.recording
    for sample in range(unrolled.samples):
        seen = np.zeros(recording.length(name), int)
        checkpoints = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(derive, "PIECE_VALUES", data.draw(st.integers(1, 60)))
            for walked in recording.walk(name, sample):
                seen[walked.steps] += 1
                want = unrolled.streams["h"][walked.steps, sample]
                for h in (walked.recorded, walked.recomputed):
                    np.testing.assert_allclose(h, want, rtol=0, atol=tolerance)
                np.testing.assert_allclose(
                    walked.scanned, walked.kept, rtol=0, atol=tolerance
                )
                checkpoints += len(walked.kept)
        np.testing.assert_array_equal(seen, ~recording.padding(name, sample))
        assert checkpoints == len(recording.checkpoints(name)[0])


def test_a_checkpoint_that_does_not_follow_is_seen() -> None:
    run = lstm([Planned(12)])
    run.held[5] += 0.25
    recorder = Recorder()
    feed(recorder, run, chunks=lambda _: [6, 6])
    differences = np.concatenate(
        [
            np.abs(w.kept - w.scanned).max(axis=1)
            for w in recorder.recording.walk("rnn.l0")
        ]
    )
    assert differences[0] == pytest.approx(0.25, abs=1e-6)
    # From there on everything follows from the wrong one.
    assert differences[1] > 1e-3


def test_checkpoints_of_a_reverse_layer_lie_backwards() -> None:
    run = lstm([Planned(12), Planned(12, "carried")], direction="reverse")
    recorder = Recorder()
    feed(recorder, run, chunks=lambda _: [4, 4, 4])
    (walked,) = recorder.recording.walk("rnn.l0")
    assert len(walked.kept) == 6
    np.testing.assert_allclose(walked.scanned, walked.kept, rtol=0, atol=1e-6)
