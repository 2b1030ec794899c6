import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.lines import Lines, Series
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.session.session import Session
from tests.panelkit.mouse import click, double_click, drag, place, wheel
from tests.panels.recorded import make_recording


@pytest.fixture
def plot(recorded_session: Session, qtbot: QtBot) -> StepPlot:
    plot = StepPlot(recorded_session)
    qtbot.addWidget(plot)
    plot.resize(700, 200)
    plot.show()
    plot.set_y(-1, 1)
    recorded_session.view_changed.connect(plot.sync)
    plot.sync()
    return plot


def test_shows_the_whole_span_of_the_view(plot: StepPlot) -> None:
    assert plot.span == (0, 120)
    assert plot.to_x(0) == 0
    assert plot.to_x(120) == pytest.approx(plot.area.width())
    assert plot.to_y(1) == 0


def test_curves_are_where_steps_and_values_are(
    plot: StepPlot, recorded_session: Session
) -> None:
    Lines(plot).draw([(Series(0, 1, *2 * [np.linspace(-1, 1, 120)]), QColor("red"))])
    for span, y_range in [((0, 120), (-1, 1)), ((40, 61), (-0.5, 0.5))]:
        recorded_session.look(span=span)
        plot.show_y(y_range)
        shown = plot.grab().toImage()
        for step in (45.5, 50.5):
            at = place(plot, step, -1 + 2 * (step - 0.5) / 119)
            near = [shown.pixelColor(at + QPoint(0, by)).redF() for by in (-1, 0, 1)]
            other = [shown.pixelColor(at + QPoint(0, by)).blueF() for by in (-1, 0, 1)]
            assert max(np.subtract(near, other)) > 0.3


@pytest.mark.parametrize("step", [0, 40, 119])
def test_what_the_cursor_moves_over_stays(
    plot: StepPlot, recorded_session: Session, step: int
) -> None:
    recorded_session.look(step=step)
    Lines(plot).draw([(Series(0, 1, *2 * [np.linspace(-1, 1, 120)]), QColor("red"))])
    whole = plot.grab().toImage()
    # So little that it is what was kept, with the cursor over it.
    for left in range(0, plot.width() - 90, 90):
        part = QRect(left, 0, 90, plot.height())
        assert plot.grab(part).toImage() == whole.copy(part)


def test_click_picks_step_and_value(plot: StepPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.picked) as picked:
        click(qtbot, plot, 37.5, 0.5)
    step, value = picked.args
    assert step == 37
    assert value == pytest.approx(0.5, abs=0.02)


def test_click_below_picks_on_the_step_axis(plot: StepPlot, qtbot: QtBot) -> None:
    below = place(plot, 61.5, -1) + QPoint(0, 8)
    with qtbot.waitSignal(plot.picked) as picked:
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=below)
    assert picked.args[0] == 61


def test_wheel_zooms_about_the_pointer(plot: StepPlot) -> None:
    session, at = plot.session, place(plot, 30.5, 0)
    for notches in (1, 1, 1):
        wheel(plot, at, notches)
    start, stop = session.view.span
    assert stop - start < 70
    assert plot.step_at(at.x() - plot.area.left()) in (30, 31)
    for _ in range(8):
        wheel(plot, at, -1)
    assert session.view.span == (0, 120)


def test_each_small_turn_of_the_wheel_shows(plot: StepPlot) -> None:
    at = place(plot, 60, 0)
    lengths = []
    for _ in range(4):
        wheel(plot, at, 0.1)
        lengths.append(plot.span[1] - plot.span[0])
    assert lengths == sorted(set(lengths), reverse=True)


def test_zoom_ends_at_the_shortest_span(plot: StepPlot) -> None:
    for _ in range(40):
        wheel(plot, place(plot, 60, 0), 1)
    assert plot.span[1] - plot.span[0] == 8


def test_drag_pans_and_stops_at_the_ends(plot: StepPlot, qtbot: QtBot) -> None:
    session = plot.session
    session.look(span=(40, 80), step=0)
    ten = round(10 * plot.step_width)
    start = place(plot, 60, 0)
    drag(qtbot, plot, start, start + QPoint(ten, 0))
    assert session.view.span == (30, 70)
    drag(qtbot, plot, start, start + QPoint(20 * ten, 0))
    assert session.view.span == (0, 40)
    assert session.view.step == 0


def test_the_cursor_can_be_dragged(plot: StepPlot, qtbot: QtBot) -> None:
    plot.session.look(step=20)
    drag(qtbot, plot, place(plot, 20.5, 0.4), place(plot, 55.5, 0.1))
    assert plot.session.view.step == 55
    assert plot.session.view.span == (0, 120)


def test_double_click_shows_the_whole_length(plot: StepPlot, qtbot: QtBot) -> None:
    plot.session.look(span=(40, 60))
    double_click(qtbot, plot, 50, 0)
    assert plot.session.view.span == (0, 120)


def test_control_and_wheel_zoom_y_within_its_range(plot: StepPlot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    wheel(plot, place(plot, 60, 0.5), 2, control)
    low, high = plot.y_range
    assert -1 < low < 0.5 < high < 1
    assert plot.span == (0, 120)
    plot.set_y(-1, 1)
    assert plot.y_range == (low, high)
    wheel(plot, place(plot, 60, 0.5), -9, control)
    assert plot.y_range == (-1, 1)


def test_shift_and_wheel_pan(plot: StepPlot) -> None:
    plot.session.look(span=(40, 80))
    wheel(plot, place(plot, 60, 0), -1, Qt.KeyboardModifier.ShiftModifier)
    assert plot.session.view.span == (44, 84)


def test_columns_of_two_plots_line_up(plot: StepPlot, qtbot: QtBot) -> None:
    other = StepPlot(plot.session, y_down=True, show_steps=False)
    qtbot.addWidget(other)
    other.resize(700, 90)
    other.show()
    other.set_y(0, 512)
    other.sync()
    assert other.area.left() == plot.area.left()
    assert other.area.right() == plot.area.right()
    assert other.to_x(33) == plot.to_x(33)
    assert other.to_y(0) == 0


def test_marks_speak_under_the_mouse(plot: StepPlot) -> None:
    plot.show_marks("rnn.l0")
    foot = plot.area.height() - 2
    assert "carried" in plot.marks.text_at(plot.to_x(50.5), foot)
    assert "given" in plot.marks.text_at(plot.to_x(80.5), foot)
    assert plot.marks.text_at(plot.to_x(65), foot) == ""


def test_the_axis_is_in_seconds_where_that_is_wished_and_known(
    plot: StepPlot, recorded_session: Session
) -> None:
    recorded_session.look(seconds=True)
    assert plot.frame.rate is None
    recording = make_recording(rate=50.0)
    recorded_session.show_recording(recording)
    recorded_session.look(seconds=True)
    plot.sync()
    assert plot.frame.rate == 50
