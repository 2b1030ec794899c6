import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lstm_studio.core.layers import STREAMS, Kind
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import value_text
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.trajectories import TrajectoriesPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panelkit.mouse import LEFT
from tests.panels.recorded import make_recording, shown


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_every_stream_with_its_value_at_the_cursor(
    recorded_session: Session, qtbot: QtBot, kind: Kind
) -> None:
    recorded_session.show_recording(make_recording(kind=kind))
    recorded_session.look(layer="rnn.l1", unit=4, step=62)
    panel = shown(GatesPanel(recorded_session), qtbot)
    recording = recorded_session.recording
    assert recording is not None
    assert [entry.name for entry in panel.legend.entries] == list(STREAMS[kind])
    for entry in panel.legend.entries:
        want = recording.read("rnn.l1", entry.name, 62, 4)[0, 0]
        assert entry.value == value_text(float(want))
    drawn = [curve for curve in panel.lines.curves if curve.isVisible()]
    for curve, stream in zip(drawn, reversed(STREAMS[kind]), strict=True):
        want = recording.read("rnn.l1", stream, units=4)[:, 0]
        np.testing.assert_array_equal(curve.getData()[1], want.astype(float))


def test_a_click_on_a_name_hides_its_line(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = shown(GatesPanel(recorded_session), qtbot)
    at = panel.legend.box(1).center().toPoint()
    qtbot.mouseClick(panel.legend, LEFT, pos=at)
    panel.refresh()
    assert sum(curve.isVisible() for curve in panel.lines.curves) == 5
    assert panel.legend.entries[1].value == "hidden"
    qtbot.mouseClick(panel.legend, LEFT, pos=at)
    panel.refresh()
    assert sum(curve.isVisible() for curve in panel.lines.curves) == 6


def test_a_unit_beyond_a_projection_has_no_h(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.show_recording(make_recording(projection=2))
    recorded_session.look(unit=5)
    panel = shown(GatesPanel(recorded_session), qtbot)
    assert [entry.name for entry in panel.legend.entries] == list("cifgo")


def test_the_cursor_moves_no_line(recorded_session: Session, qtbot: QtBot) -> None:
    panel = shown(GatesPanel(recorded_session), qtbot)
    drawn = [curve.getData()[1] for curve in panel.lines.curves]
    recorded_session.look(step=44)
    panel.refresh()
    assert panel.plot.cursor_item.step == 44
    for curve, before in zip(panel.lines.curves, drawn, strict=True):
        assert curve.getData()[1] is before


@pytest.mark.parametrize("kind", [GatesPanel, TrajectoriesPanel])
def test_where_there_is_no_value_a_word_says_why(
    recorded_session: Session, qtbot: QtBot, kind: type[StepPanel]
) -> None:
    calls = (Planned(60, lengths=(60, 30)),)
    recording = make_recording(calls=calls, samples=2)
    recorded_session.show_recording(recording)
    recorded_session.look(layer="rnn.l1", unit=2, sample=1, step=40)
    panel = shown(kind(recorded_session), qtbot)
    assert {entry.value for entry in panel.legend.entries} == {"padding"}
    recorded_session.look(step=29)
    panel.refresh()
    assert "padding" not in {entry.value for entry in panel.legend.entries}
