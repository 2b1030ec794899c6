import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from lstm_studio.core import spread
from lstm_studio.panelkit.trail import Trail, steps_in
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.phase import PhasePanel
from lstm_studio.session.session import Session
from tests.panelkit.mouse import LEFT, turn
from tests.panels.recorded import make_recording, shown


def opened(session: Session, qtbot: QtBot) -> PhasePanel:
    panel = shown(PhasePanel(session), qtbot, 420)
    panel.refresh()
    return panel


def place(panel: PhasePanel, step: int) -> QPoint:
    index = panel.view.whole.steps.tolist().index(step)
    x, y = panel.view.to_pixels(panel.view.whole.points[index : index + 1])[0]
    return QPointF(x, y).toPoint()


def test_click_goes_to_the_nearest_step(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    at = place(panel, 71)
    qtbot.mouseClick(panel.view, LEFT, pos=at)
    assert recorded_session.view.step == panel.view.step_at(QPointF(at))
    assert recorded_session.view.step != 0
    panel.refresh()
    assert panel.view.here is not None
    marked = panel.view.to_pixels(panel.view.here)[0]
    assert np.abs(marked - [at.x(), at.y()]).max() <= 2


def test_the_cursor_is_marked_and_the_span_stands_out(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    assert panel.view.part is panel.view.whole
    recorded_session.look(span=(30, 70), step=41)
    panel.refresh()
    assert panel.view.part.steps.tolist() == list(range(30, 70))
    assert panel.view.here is not None
    np.testing.assert_array_equal(panel.view.here[0], panel.view.whole.points[41])
    colour, at = panel.colours.accent, panel.view.to_pixels(panel.view.here)[0]
    middle = QPointF(*at).toPoint()
    assert panel.view.grab().toImage().pixelColor(middle) == colour


def test_shares_of_the_variance_and_the_stream_are_named(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(layer="rnn.l1", streams={"rnn.l1": "c"})
    panel = opened(recorded_session, qtbot)
    values = recorded_session.rows("rnn.l1", "c", slice(None))
    assert values is not None
    sizes = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    shares = sizes / sizes.sum()
    # The third holds so little that the picture begins flat.
    assert shares[2] < 0.08
    held = f"{shares[:2].sum():.0%}"
    assert panel.legend.hint == f"rnn.l1 · c · {held} of variance"


def test_two_or_three_axes(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    assert panel.view.turning.deep
    qtbot.mouseClick(panel.buttons[2], LEFT)
    panel.refresh()
    assert not panel.view.turning.deep
    whole = panel.view.whole.points
    pixels = panel.view.to_pixels(whole)
    # The first component goes to the right, the second upwards, at one scale.
    across = np.polyfit(whole[:, 0], pixels[:, 0], 1)[0]
    upwards = np.polyfit(whole[:, 1], -pixels[:, 1], 1)[0]
    assert across == pytest.approx(upwards)
    assert across > 0
    qtbot.mouseClick(panel.buttons[3], LEFT)
    panel.refresh()
    assert panel.view.turning.deep


def test_all_points_are_inside_however_it_is_turned(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    for width, height in ((800, 420), (336, 480)):
        panel.resize(width, height)
        for by in range(4):
            look = panel.view.turning.turned(0.7 * by, 0.4)
            panel.view.show_turning(look)
            pixels = panel.view.to_pixels(panel.view.whole.points)
            assert (pixels >= 0).all()
            assert (pixels <= [panel.view.width(), panel.view.height()]).all()


def test_drag_turns_the_wheel_zooms_and_a_double_click_resets(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    first = panel.view.turning
    qtbot.mousePress(panel.view, LEFT, pos=QPoint(200, 200))
    qtbot.mouseMove(panel.view, QPoint(260, 220))
    qtbot.mouseRelease(panel.view, LEFT, pos=QPoint(260, 220))
    assert panel.view.turning.azimuth != first.azimuth
    assert recorded_session.view.step == 0
    at = place(panel, 50)
    turn(panel.view, at, 3)
    assert panel.view.turning.zoom > 1.5
    # What is under the pointer stays there.
    assert (place(panel, 50) - at).manhattanLength() <= 2
    qtbot.mouseDClick(panel.view, LEFT, pos=QPoint(10, 10))
    assert panel.view.turning == first


def test_long_recordings_are_placed_where_they_are_looked_at(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "MOST_STEPS", 40)
    recorded_session.show_recording(make_recording())
    panel = opened(recorded_session, qtbot)
    assert panel.thinning == "3:1 (evenly spaced)"
    recorded_session.look(step=40, span=(38, 60))
    panel.refresh()
    assert panel.view.part.steps.tolist() == list(range(38, 60))
    assert panel.view.here is not None
    np.testing.assert_allclose(panel.view.here[0], panel.view.part.points[2], atol=1e-6)


def test_brushed_steps_stand_out(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(brush=((20, 35),))
    panel.refresh()
    assert panel.view.part.steps.tolist() == list(range(20, 35))
    recorded_session.look(brush=())
    panel.refresh()
    assert panel.view.part is panel.view.whole


def test_a_rectangle_marks_the_steps_in_it_everywhere(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    gates = shown(GatesPanel(recorded_session), qtbot, 420)
    before = panel.view.turning
    pixels = panel.view.to_pixels(panel.view.whole.points)
    # A corner at the middle: the path goes in and out of it.
    begin = QPoint(*pixels.mean(axis=0).astype(int))
    end = QPoint(panel.view.width() - 1, panel.view.height() - 1)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(panel.view, LEFT, shift, begin)
    qtbot.mouseMove(panel.view, end)
    qtbot.mouseRelease(panel.view, LEFT, shift, end)
    inside = (pixels >= begin.toTuple()).all(axis=1)
    found = recorded_session.view.brush
    assert len(found) > 1
    steps = [step for span in found for step in range(*span)]
    assert steps == panel.view.whole.steps[inside].tolist()
    assert panel.view.turning == before
    for each in (panel, gates):
        each.refresh()
    assert panel.view.part.steps.tolist() == steps
    assert f" · {len(steps)} steps marked · " in panel.legend.hint
    assert gates.plot.brush_item.steps == found
    qtbot.mouseClick(panel.view, LEFT, pos=QPoint(2, 2))
    assert recorded_session.view.brush == ()


def test_marked_steps_of_a_thinned_path_go_up_to_the_next_point() -> None:
    steps = np.array([0, 10, 20, 50, 60])
    trail = Trail(steps, np.zeros((5, 3)), np.zeros(5, bool))
    pixels = np.array([[0, 0], [5, 5], [6, 6], [5, 5], [0, 0]], float)
    assert steps_in(trail, pixels, QRectF(4, 4, 4, 4)) == ((10, 30), (50, 60))
    assert steps_in(trail, pixels, QRectF(1, 1, 2, 2)) == ()
