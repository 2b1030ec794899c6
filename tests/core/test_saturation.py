from typing import get_args

import numpy as np
import pytest

from lstm_studio.core import spread
from lstm_studio.core.layers import Kind
from lstm_studio.core.saturation import bounded_streams, ends, shares
from tests.core.reference import Planned
from tests.panels.recorded import make_recording


@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if kind != "module"])
def test_shares_are_those_of_the_values(kind: Kind) -> None:
    recording = make_recording(kind=kind)
    found = shares(recording, "rnn.l1", 0)
    layer = recording.layers["rnn.l1"]
    assert found.streams == bounded_streams(layer)
    assert (found.steps, found.every) == (120, 1)
    for k, stream in enumerate(found.streams):
        values = recording.read("rnn.l1", stream)
        below, above = ends(layer, stream)
        np.testing.assert_allclose(found.low[k], (values < below).mean(axis=0))
        np.testing.assert_allclose(found.high[k], (values > above).mean(axis=0))


def test_padding_counts_for_nothing() -> None:
    recording = make_recording(calls=(Planned(60, lengths=(60, 30)),), samples=2)
    found = shares(recording, "rnn.l0", 1)
    gates = recording.read("rnn.l0", "i", slice(0, 30), sample=1)
    assert found.steps == 30
    np.testing.assert_allclose(found.low[0], (gates < 0.1).mean(axis=0))


def test_long_recordings_are_looked_at_in_evenly_spaced_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spread, "MOST_STEPS", 40)
    recording = make_recording()
    found = shares(recording, "rnn.l0", 0)
    assert (found.steps, found.every) == (40, 3)
    gates = recording.read("rnn.l0", "i", slice(0, None, 3))
    np.testing.assert_allclose(found.high[0], (gates > 0.9).mean(axis=0))
    steps, rows, every = spread.spread(recording, "rnn.l0", "c", 0)
    assert every == 3
    want = recording.read("rnn.l0", "c")[steps]
    np.testing.assert_allclose(rows, want, atol=1e-6)


def test_c_of_a_very_long_run_is_the_kernels_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording = make_recording()
    kept, states = recording.checkpoints("rnn.l0")
    if not len(kept):
        pytest.fail("the recording has no checkpoints: this test shows nothing")
    monkeypatch.setattr(spread, "MOST_STEPS", 40)
    monkeypatch.setattr(spread, "MOST_SCANNED", 0)
    steps, rows, _ = spread.spread(recording, "rnn.l0", "c", 0)
    np.testing.assert_array_equal(steps, np.sort(kept))
    np.testing.assert_array_equal(rows, states[np.argsort(kept), 0])
