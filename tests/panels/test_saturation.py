import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from lstm_studio.core import spread
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.scatter import Point
from lstm_studio.panels.saturation import SaturationPanel
from lstm_studio.session.session import Session
from tests.panelkit.mouse import LEFT
from tests.panels.recorded import make_recording, shown


@pytest.fixture
def saturated(recorded_session: Session) -> Session:
    """Gates that open and close: points that lie apart."""
    recorded_session.show_recording(make_recording(gain=4))
    return recorded_session


def opened(session: Session, qtbot: QtBot) -> SaturationPanel:
    panel = shown(SaturationPanel(session), qtbot, 260)
    panel.refresh()
    return panel


def lonely(panel: SaturationPanel) -> Point:
    """Return a unit whose point is no other's nearest."""
    points = [
        Point(dots.layer, square.stream, unit)
        for square in panel.scatter.squares
        for dots in square.dots
        for unit in range(len(dots.x))
    ]
    return next(
        point
        for point in points
        if panel.scatter.point_at(panel.scatter.place(point)) == point
        and point.unit not in (0, panel.session.view.unit)
    )


def test_each_gate_has_a_square_with_both_layers(
    saturated: Session, qtbot: QtBot
) -> None:
    panel = opened(saturated, qtbot)
    assert [square.stream for square in panel.scatter.squares] == ["i", "f", "o", "g"]
    square = panel.scatter.squares[3]
    assert (square.x_name, square.y_name) == ("below −0.9", "above 0.9")
    # The chosen layer is drawn last, and so on top.
    assert [dots.layer for dots in square.dots] == ["rnn.l1", "rnn.l0"]
    assert saturated.recording is not None
    g = saturated.recording.read("rnn.l0", "g")
    np.testing.assert_allclose(square.dots[1].y, (g > 0.9).mean(axis=0))
    assert [entry.name for entry in panel.legend.entries] == ["rnn.l0", "rnn.l1"]


def test_click_chooses_layer_and_unit_and_keeps_the_step(
    saturated: Session, qtbot: QtBot
) -> None:
    panel = opened(saturated, qtbot)
    saturated.look(step=33)
    point = lonely(panel)
    at = panel.scatter.place(point).toPoint()
    qtbot.mouseClick(panel.scatter, LEFT, pos=at)
    view = saturated.view
    assert (view.layer, view.unit, view.step) == (point.layer, point.unit, 33)
    panel.refresh()
    assert panel.scatter.rings[-1].unit == point.unit
    saturated.look(pins=())
    qtbot.keyClick(panel, Qt.Key.Key_P)
    assert saturated.view.pins == (Pin(point.layer, point.stream, point.unit),)


def test_a_click_pins_and_another_unpins(saturated: Session, qtbot: QtBot) -> None:
    panel = opened(saturated, qtbot)
    point = lonely(panel)
    at = panel.scatter.place(point).toPoint()
    qtbot.mouseClick(panel.scatter, LEFT, pos=at)
    assert saturated.view.pins == (Pin(point.layer, point.stream, point.unit),)
    panel.refresh()
    assert panel.scatter.rings[0].stream == point.stream
    # The second click of a double one does not undo the first.
    qtbot.mouseDClick(panel.scatter, LEFT, pos=at)
    assert saturated.view.pins
    qtbot.mouseClick(panel.scatter, LEFT, pos=at)
    assert saturated.view.pins == ()


def test_a_click_beside_all_points_changes_nothing(
    saturated: Session, qtbot: QtBot
) -> None:
    panel = opened(saturated, qtbot)
    before = saturated.view
    corner = panel.scatter.area(0).topRight().toPoint() - QPoint(4, -4)
    qtbot.mouseClick(panel.scatter, LEFT, pos=corner)
    assert saturated.view == before
    assert panel.scatter.text_of(panel.scatter.point_at(QPointF(corner))) == ""


def test_the_key_chooses_a_layer(saturated: Session, qtbot: QtBot) -> None:
    panel = opened(saturated, qtbot)
    at = panel.legend.box(1).center().toPoint()
    qtbot.mouseClick(panel.legend, LEFT, pos=at)
    assert saturated.view.layer == "rnn.l1"


def test_layers_without_gates_show_h(recorded_session: Session, qtbot: QtBot) -> None:
    for kind, name in (("rnn_tanh", "below −0.9"), ("rnn_relu", "at 0")):
        recorded_session.show_recording(make_recording(kind=kind))
        panel = opened(recorded_session, qtbot)
        (square,) = panel.scatter.squares
        assert (square.stream, square.x_name) == ("h", name)


def test_what_was_not_looked_at_is_said(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "MOST_STEPS", 40)
    recorded_session.show_recording(make_recording())
    panel = opened(recorded_session, qtbot)
    assert panel.legend.hint == "40 steps, one in 3"
    assert panel.thinning == "3:1 (evenly spaced)"


def test_squares_fit_into_any_panel(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    for width, height in ((240, 700), (336, 480), (900, 220)):
        panel.resize(width, height)
        last = panel.scatter.area(3)
        assert last.right() <= panel.scatter.width()
        assert last.bottom() <= panel.scatter.height()
        assert last.width() >= 100
