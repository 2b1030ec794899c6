"""Single units as lines: from rows, from pictures, and each looked at whole."""

import numpy as np
import pytest

from lstm_studio.core import overview
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit import unitreader
from lstm_studio.panelkit.unitreader import UnitReader
from lstm_studio.session.session import Session
from tests.panels.recorded import make_recording


def test_reader_returns_what_the_recording_holds(recorded_session: Session) -> None:
    reader = UnitReader(recorded_session)
    series = reader.read("rnn.l1", "c", 4, columns=500)
    assert series is not None
    assert recorded_session.recording is not None
    want = recorded_session.recording.read("rnn.l1", "c", units=4)[:, 0]
    np.testing.assert_array_equal(series.low, want)
    low, high = reader.ends([("rnn.l1", "c", 4), ("rnn.l1", "h", 0)])
    assert (low, high) == (min(want.min(), 0), max(want.max(), 0))


def test_reader_keeps_the_last_until_the_next_is_there(
    recorded_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = UnitReader(recorded_session)
    first = reader.read("rnn.l1", "h", 0, columns=500)
    monkeypatch.setattr(recorded_session, "rows", lambda *_: None)
    assert reader.read("rnn.l1", "h", 0, columns=500) is first
    assert reader.read("rnn.l1", "h", 1, columns=500) is None
    recorded_session.show_recording(make_recording())
    assert reader.read("rnn.l1", "h", 0, columns=500) is None


def test_long_spans_are_read_from_the_overview(
    recorded_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unitreader, "LONGEST_ROWS", 64)
    series = UnitReader(recorded_session).read("rnn.l0", "h", 2, columns=30)
    assert series is not None
    assert recorded_session.recording is not None
    values = recorded_session.recording.read("rnn.l0", "h", units=2)[:, 0]
    assert series.steps_per_column == 4
    assert series.high[3] == values[12:16].max()
    assert series.values is None


@pytest.mark.parametrize("stream", ["i", "c", "h"])
def test_of_a_layer_that_is_coarse_the_unit_alone_is_looked_at_whole(
    recorded_session: Session, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    monkeypatch.setattr(unitreader, "LONGEST_ROWS", 64)
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 1)
    monkeypatch.setattr(unitreader, "TILE_STEPS", 50)

    def refine(*_: object, **__: object) -> None:
        raise AssertionError("all units were looked at")

    monkeypatch.setattr(Recording, "refine", refine)
    series = UnitReader(recorded_session).read("rnn.l1", stream, 4, columns=30)
    assert series is not None
    assert series.exact
    assert recorded_session.recording is not None
    values = recorded_session.recording.read("rnn.l1", stream, units=4)
    want = values.reshape(30, 4)
    np.testing.assert_allclose(series.low, want.min(axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(series.high, want.max(axis=1), rtol=1e-5, atol=1e-6)


def test_of_a_run_that_goes_on_the_coarse_line_is_enough(
    recorded_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unitreader, "LONGEST_ROWS", 64)
    monkeypatch.setattr(overview, "DERIVED_PRODUCTS", 1)
    monkeypatch.setattr(overview, "SAMPLED_VALUES", 1)
    monkeypatch.setattr(Recording, "state", "running")
    series = UnitReader(recorded_session).read("rnn.l1", "i", 4, columns=30)
    assert series is not None
    assert not series.exact
