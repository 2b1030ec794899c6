import numpy as np
import pytest

from lstm_studio.core import badvalues
from lstm_studio.core.badvalues import bad_steps
from lstm_studio.core.recorder import Recorder
from tests.core.reference import Planned
from tests.panels.recorded import make_recorder, make_recording


def recorded(*bad: tuple[int, int, float]) -> Recorder:
    recorder = make_recorder(calls=(Planned(20),), kind="rnn_tanh")
    start = recorder.begin_call("rnn.l0", 3000, {}, "carried")
    rows = {name: np.zeros((3000, 1, n), "f4") for name, n in (("h", 6), ("x", 3))}
    for step, unit, value in bad:
        rows["h"][step - start, 0, unit] = value
    recorder.write("rnn.l0", start, rows)
    recorder.commit()
    return recorder


@pytest.mark.parametrize("piece", [64, 1 << 20])
def test_every_bad_step_is_found(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(badvalues, "PIECE_VALUES", piece)
    recorder = recorded((900, 4, np.inf), (900, 5, np.nan), (2500, 0, np.nan))
    found = bad_steps(recorder.recording, "rnn.l0", "h", 0)
    assert found.steps.tolist() == [900, 2500]
    assert (found.unit, found.kind) == (4, "Inf")


def test_opposite_infinities_do_not_hide_each_other() -> None:
    recorder = recorded((700, 1, np.inf), (700, 2, -np.inf))
    assert bad_steps(recorder.recording, "rnn.l0", "h", 0).steps.tolist() == [700]


def test_padding_and_what_is_not_there_are_not_bad() -> None:
    recording = make_recording(calls=(Planned(60, lengths=(60, 30)),), samples=2)
    assert not len(bad_steps(recording, "rnn.l0", "h", 1).steps)
    recorder = recorded()
    recorder.begin_call("rnn.l0", 50, {}, "carried")
    assert not len(bad_steps(recorder.recording, "rnn.l0", "h", 0).steps)
