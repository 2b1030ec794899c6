import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.pindrag import PIN_MIME, pin_from_mime, pin_to_mime
from lstm_studio.panelkit.text import value_text
from lstm_studio.panels.trajectories import HINT, TrajectoriesPanel
from lstm_studio.session.session import Session
from tests.panelkit.mouse import LEFT, click
from tests.panels.recorded import shown

A, B = Pin("rnn.l0", "h", 1), Pin("rnn.l1", "c", 5)


def test_the_chosen_unit_is_drawn_where_none_is_pinned(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(layer="rnn.l1", unit=3, step=9)
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    assert panel.legend.hint == HINT
    (entry,) = panel.legend.entries
    assert entry.name == "rnn.l1 · h · 3"
    assert not entry.removable
    assert recorded_session.recording is not None
    want = recorded_session.recording.read("rnn.l1", "h", 9, 3)[0, 0]
    assert entry.value == value_text(float(want))


def test_lines_are_the_recorded_values(recorded_session: Session, qtbot: QtBot) -> None:
    recorded_session.look(pins=(A, B))
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    assert recorded_session.recording is not None
    for curve, pin in zip(panel.lines.curves, (A, B), strict=True):
        x, y = curve.getData()
        assert x[0] == 0.5
        want = recorded_session.recording.read(pin.layer, pin.stream, units=pin.unit)
        np.testing.assert_array_equal(y, want[:, 0].astype(float))
    assert panel.legend.hint == ""


def test_the_cross_unpins_and_the_name_goes_there(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(pins=(A, B))
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    legend = panel.legend
    box = legend.cross(1)
    qtbot.mouseClick(legend, LEFT, pos=(box.topLeft() - QPointF(40, -6)).toPoint())
    assert recorded_session.view.pins == (A, B)
    assert (recorded_session.view.layer, recorded_session.view.unit) == ("rnn.l1", 5)
    qtbot.mouseClick(legend, LEFT, pos=legend.cross(0).center().toPoint())
    assert recorded_session.view.pins == (B,)


def test_the_colour_of_a_line_stays(recorded_session: Session, qtbot: QtBot) -> None:
    recorded_session.look(pins=(A, B))
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    colour = panel.legend.entries[1].colour
    recorded_session.unpin(A)
    panel.refresh()
    assert panel.legend.entries[0].colour == colour


def test_click_picks_the_step_and_keeps_the_unit(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(layer="rnn.l1", unit=3)
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    click(qtbot, panel.plot, 88.5, 0.2)
    view = recorded_session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l1", 3, 88)


def test_a_unit_can_be_dropped(recorded_session: Session, qtbot: QtBot) -> None:
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    data = QMimeData()
    data.setData(PIN_MIME, pin_to_mime(B))
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, LEFT,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    panel.dropEvent(event)
    assert recorded_session.view.pins == (B,)


def test_other_drops_are_not_pins() -> None:
    data = QMimeData()
    data.setText("rnn.l0 h 1")
    assert pin_from_mime(data) is None
    data.setData(PIN_MIME, b"[1, 2")
    assert pin_from_mime(data) is None


def test_lines_may_have_scales_of_their_own(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(pins=(A, B), step=50)
    panel = shown(TrajectoriesPanel(recorded_session), qtbot)
    qtbot.mouseClick(panel.own_scale, LEFT)
    panel.refresh()
    assert recorded_session.recording is not None
    for curve, pin in zip(panel.lines.curves, (A, B), strict=True):
        y = curve.getData()[1]
        want = recorded_session.recording.read(pin.layer, pin.stream, units=pin.unit)
        low, high = min(want.min(), 0), max(want.max(), 0)
        np.testing.assert_allclose(y, (want[:, 0] - low) / (high - low), atol=1e-6)
    figure = value_text(
        float(recorded_session.recording.read(A.layer, A.stream, 50, A.unit)[0, 0])
    )
    assert panel.legend.entries[0].value.startswith(f"{figure}  in ")
