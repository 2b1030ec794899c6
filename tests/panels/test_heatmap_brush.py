"""Orders of units, and what is done with a part of a heat map."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.unitorder import unit_order
from lstm_studio.core.view import Part, Pin
from lstm_studio.panelkit.brush import Brush
from lstm_studio.panelkit.heatrow import HeatRow
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.trajectories import TrajectoriesPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panelkit.mouse import LEFT, click, place
from tests.panels.recorded import make_recorder, make_recording, shown

# What a menu asks of the screen there is none of off screen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SHIFT = Qt.KeyboardModifier.ShiftModifier


def opened(session: Session, qtbot: QtBot) -> HeatMapsPanel:
    panel = shown(HeatMapsPanel(session), qtbot, 460)
    QApplication.processEvents()
    panel.refresh()
    return panel


def choose(panel: HeatMapsPanel, text: str) -> None:
    actions = panel.order_button.menu().actions()
    next(action for action in actions if action.text() == text).trigger()
    panel.refresh()


def brush(
    qtbot: QtBot, row: HeatRow, one: tuple[float, float], other: tuple[float, float]
) -> None:
    viewport = row.plot.viewport()
    start, stop = place(row.plot, *one), place(row.plot, *other)
    qtbot.mousePress(viewport, LEFT, SHIFT, pos=start)
    for share in (0.5, 1.0):
        at = QPointF(start) + (QPointF(stop) - QPointF(start)) * share
        qtbot.mouseMove(viewport, at.toPoint())
    qtbot.mouseRelease(viewport, LEFT, SHIFT, pos=stop)


def test_units_stand_in_the_order_that_is_chosen(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    assert recorded_session.recording is not None
    choose(panel, "Mean")
    assert panel.order_button.text() == "Order: mean"
    for name, row in panel.rows.items():
        order = unit_order(recorded_session.recording, name, "h", "mean", 0)
        assert row.units.order is not None
        assert row.units.order.tolist() == order.tolist()
        click(qtbot, row.plot, 20.5, 2.5)
        assert recorded_session.view.unit == order[2]
        panel.refresh()
        assert row.unit_marks.unit == 2
        value = recorded_session.recording.read(name, "h")[64, order[4]]
        image = row.plot.grab().toImage()
        want = row.levels.table(panel.colours)[row.levels.indices(np.array([value]))]
        assert image.pixel(place(row.plot, 64.5, 4.5)) == want[0]


def test_arrows_go_from_row_to_row(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    choose(panel, "Variance")
    order = panel.rows["rnn.l0"].units.order
    assert order is not None
    recorded_session.look(unit=int(order[3]))
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    assert recorded_session.view.unit == order[4]
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    assert recorded_session.view.unit == order[2]


def test_a_brush_zooms_into_its_steps_and_units(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    before = recorded_session.view
    brush(qtbot, row, (70.5, 4.5), (30.5, 1.5))
    assert row.plot.brush_item.brush == Brush((30, 71), (1, 5))
    assert row.menu.isVisible()
    assert recorded_session.view == replace(before, brush=((30, 71),))
    assert row.menu.zoom.text() == "Zoom to steps 30 to 70, units 1 to 4"
    row.menu.zoom.trigger()
    row.menu.close()
    panel.refresh()
    assert recorded_session.view.span == (30, 71)
    assert row.plot.y_range == (1, 5)
    assert row.plot.brush_item.brush is None
    assert recorded_session.view.brush == ()


def test_what_is_brushed_stands_out_in_other_plots_until_the_next_click(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    gates = shown(GatesPanel(recorded_session), qtbot)
    before = gates.plot.grab().toImage()
    can_undo = recorded_session.history.can_undo
    brush(qtbot, panel.rows["rnn.l1"], (70.5, 4.5), (30.5, 1.5))
    panel.rows["rnn.l1"].menu.close()
    gates.refresh()
    assert gates.plot.brush_item.steps == ((30, 71),)
    assert gates.plot.grab().toImage() != before
    assert recorded_session.history.can_undo == can_undo
    click(qtbot, gates.plot, 5.5, 0)
    assert recorded_session.view.brush == ()


def test_a_brush_does_not_outlive_its_recording(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 1.5), (14.5, 3.5))
    row.menu.close()
    panel.refresh()
    assert row.plot.brush_item.brush is not None
    recorded_session.show_recording(make_recording())
    panel.refresh()
    assert recorded_session.view.brush == ()
    assert row.plot.brush_item.brush is None


def test_a_brush_is_exported(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 1.5), (14.5, 3.5))
    with qtbot.waitSignal(panel.export_wished) as wished:
        row.menu.export.trigger()
    row.menu.close()
    assert wished.args == [Part("rnn.l1", "h", (10, 15), (1, 2, 3))]


def test_one_unit_is_pinned_in_every_stream(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 2.5), (14.5, 2.5))
    assert row.menu.streams.text() == "Pin every stream of unit 2"
    assert not row.menu.samples.isVisible()
    row.menu.streams.trigger()
    row.menu.close()
    pins = recorded_session.view.pins
    assert [pin.stream for pin in pins] == ["h", "c", "i", "f", "g", "o"]


def test_one_unit_is_pinned_in_every_sample(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.show_recording(make_recording(samples=3))
    panel = opened(recorded_session, qtbot)
    lines = shown(TrajectoriesPanel(recorded_session), qtbot)
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 2.5), (14.5, 2.5))
    row.menu.samples.trigger()
    row.menu.close()
    pins = recorded_session.view.pins
    assert [pin.sample for pin in pins] == [0, 1, 2]
    lines.refresh()
    assert recorded_session.recording is not None
    for sample, curve in enumerate(lines.lines.curves[:3]):
        want = recorded_session.recording.read("rnn.l1", "h", units=2, sample=sample)
        np.testing.assert_allclose(curve.getData()[1], want[:, 0], rtol=1e-6)
    assert lines.legend.entries[2].name == "rnn.l1 · h · 2 · sample 2"
    drawn = {curve.opts["pen"].color().name() for curve in lines.lines.curves[:3]}
    assert len(drawn) == 3
    # In the heat map of another sample its mark would be wrong.
    panel.refresh()
    assert len(row.unit_marks.pins) == 1


def test_a_brush_pins_its_units_at_once(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    choose(panel, "Mean")
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 1.5), (50.5, 2.5))
    row.menu.pin.trigger()
    row.menu.close()
    units = row.units.units_in((1, 3))
    assert recorded_session.view.pins == tuple(Pin("rnn.l1", "h", u) for u in units)
    recorded_session.undo()
    assert recorded_session.view.pins == ()


def test_a_brush_is_copied_as_an_array(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(streams={"rnn.l1": "c"})
    panel.refresh()
    row = panel.rows["rnn.l1"]
    brush(qtbot, row, (10.5, 1.5), (14.5, 3.5))
    row.menu.copy.trigger()
    row.menu.close()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert recorded_session.recording is not None
    want = recorded_session.recording.read("rnn.l1", "c", slice(10, 15), slice(1, 4))
    np.testing.assert_allclose(np.loadtxt(lines), want, rtol=1e-6)


def test_without_a_brush_the_menu_is_for_what_is_on_screen(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(span=(40, 60))
    panel.refresh()
    row = panel.rows["rnn.l0"]
    at = QPoint(300, 40)
    reason = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, at, row.plot.viewport().mapToGlobal(at))
    QApplication.sendEvent(row.plot.viewport(), event)
    assert row.menu.isVisible()
    assert row.menu.copy.text() == "Copy as array of 20 × 6"
    row.menu.close()


def test_a_click_takes_the_brush_away(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    brush(qtbot, row, (10.5, 1.5), (50.5, 2.5))
    row.menu.close()
    click(qtbot, row.plot, 80.5, 3.5)
    assert row.plot.brush_item.brush is None
    assert recorded_session.view.step == 80


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_one_bad_value_among_many_steps_is_marked(
    recorded_session: Session, qtbot: QtBot, bad: float
) -> None:
    recorder = make_recorder(calls=(Planned(20),), kind="rnn_tanh", units=2)
    start = recorder.begin_call("rnn.l0", 4000, {}, "carried")
    rows = {name: np.zeros((4000, 1, n), "f4") for name, n in (("h", 2), ("x", 3))}
    rows["h"][1234, 0, 1] = bad
    recorder.write("rnn.l0", start, rows)
    recorder.finish("complete")
    recorded_session.show_recording(recorder.recording)
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    assert row.image.block is not None
    assert row.image.block.steps_per_column > 1
    kind = "NaN" if np.isnan(bad) else "Inf"
    assert row.head.warning.text() == f"{kind} from step 1\u202f254, unit 1: 1 step"
    assert row.plot.bad_marks.bad.steps == (1254,)
