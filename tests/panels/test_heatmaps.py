from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.deadunits import dead_units
from lstm_studio.panelkit.heatrow import HeatRow
from lstm_studio.panelkit.levels import GATE, UNIT
from lstm_studio.panelkit.text import value_text
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.inspector import InspectorPanel
from lstm_studio.panels.layers import LayersPanel
from lstm_studio.session.session import Session
from tests.core.reference import Planned, make_layer, make_weights
from tests.panelkit.mouse import LEFT, click, double_click, place, turn
from tests.panels.recorded import LAYERS, make_recorder, make_recording, shown


def opened(session: Session, qtbot: QtBot, height: int = 360) -> HeatMapsPanel:
    panel = shown(HeatMapsPanel(session), qtbot, height)
    # The layout gives the rows their size in the next turn of the loop.
    QApplication.processEvents()
    panel.refresh()
    return panel


def value(session: Session, row: HeatRow, step: int, unit: int) -> float:
    assert session.recording is not None
    return float(session.recording.read(row.layer.name, row.stream)[step, unit])


def test_click_picks_layer_unit_and_step(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    click(qtbot, panel.rows["rnn.l1"].plot, 71.5, 4.5)
    view = recorded_session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l1", 4, 71)
    click(qtbot, panel.rows["rnn.l0"].plot, 3.5, 0.5)
    view = recorded_session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l0", 0, 3)


def test_readout_shows_the_value_under_the_mouse(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    qtbot.mouseMove(row.plot.viewport(), place(row.plot, 33.5, 2.5))
    want = value_text(value(recorded_session, row, 33, 2))
    # A real X server moves the mouse when it gets to it.
    qtbot.waitUntil(lambda: row.head.readout.text() == f"h  unit 2  step 33 {want}")
    recorded_session.look(layer="rnn.l1", unit=5, step=8)
    row.plot.left.emit()
    panel.refresh()
    assert row.head.readout.text().endswith(
        value_text(value(recorded_session, row, 8, 5))
    )


def test_pixels_are_the_colours_of_the_values(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(streams={"rnn.l1": "f"}, step=119)
    panel.refresh()
    for name, levels in (("rnn.l0", UNIT), ("rnn.l1", GATE)):
        row = panel.rows[name]
        image = row.plot.grab().toImage()
        words = levels.table(panel.colours)
        for step, unit in ((7, 1), (64, 4), (100, 5)):
            shown_value = np.array([value(recorded_session, row, step, unit)])
            want = words[levels.indices(shown_value)[0]]
            assert image.pixel(place(row.plot, step + 0.5, unit + 0.5)) == want


def test_double_click_and_p_pin_the_unit(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    double_click(qtbot, panel.rows["rnn.l1"].plot, 20.5, 3.5)
    assert recorded_session.view.pins == (Pin("rnn.l1", "h", 3),)
    recorded_session.look(layer="rnn.l0", unit=2, streams={"rnn.l0": "c"})
    panel.refresh()
    qtbot.keyClick(panel, Qt.Key.Key_P)
    assert recorded_session.view.pins[-1] == Pin("rnn.l0", "c", 2)


def test_arrows_move_the_unit(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(unit=2)
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    assert recorded_session.view.unit == 3
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    assert recorded_session.view.unit == 1


def test_click_on_the_margin_picks_the_unit(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    recorded_session.look(step=17)
    plot = panel.rows["rnn.l1"].plot
    at = place(plot, 0, 5.5)
    at.setX(10)
    qtbot.mouseClick(plot.viewport(), LEFT, pos=at)
    view = recorded_session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l1", 5, 17)


def test_stream_of_one_layer_and_of_all(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    qtbot.mouseClick(row.head.chooser.buttons["o"], LEFT)
    assert recorded_session.view.streams == {"rnn.l1": "o"}
    panel.refresh()
    assert row.bar.levels is GATE
    assert panel.rows["rnn.l0"].bar.levels is UNIT
    qtbot.mouseClick(panel.all_chooser.buttons["c"], LEFT)
    assert recorded_session.view.streams == {"rnn.l0": "c", "rnn.l1": "c"}
    panel.refresh()
    assert row.stream == panel.rows["rnn.l0"].stream == "c"
    assert row.head.chooser.buttons["c"].isChecked()


def test_the_wheel_on_the_key_changes_the_range_of_colours(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(streams={"rnn.l1": "c"})
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    first = row.bar.levels
    turn(row.bar, row.bar.rect().center(), 3)
    panel.refresh()
    assert row.bar.levels.high < first.high / 2
    assert row.bar.clips
    turn(row.bar, row.bar.rect().center(), -3)
    panel.refresh()
    assert row.bar.levels == first
    turn(row.bar, row.bar.rect().center(), 1)
    qtbot.mouseDClick(row.bar, LEFT)
    panel.refresh()
    assert row.bar.levels == first
    assert not panel.rows["rnn.l0"].bar.clips


def test_nan_is_named_and_marked(recorded_session: Session, qtbot: QtBot) -> None:
    recorder = make_recorder(calls=(Planned(60),), kind="rnn_tanh")
    start = recorder.begin_call("rnn.l0", 20, {}, "carried")
    rows = {name: np.zeros((20, 1, n), "f4") for name, n in (("h", 6), ("x", 3))}
    rows["h"][11, 0, 4] = np.nan
    recorder.write("rnn.l0", start, rows)
    recorder.finish("complete")
    recorded_session.show_recording(recorder.recording)
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    assert row.head.warning.text() == "NaN from step 71, unit 4: 1 step"
    image = row.plot.grab().toImage()
    assert image.pixelColor(place(row.plot, 71.5, 4.5)) == panel.colours.bad
    assert panel.rows["rnn.l1"].head.warning.text() == ""


def test_layers_can_be_hidden(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    action = panel.layers_button.menu().actions()[0]
    action.trigger()
    panel.refresh()
    assert panel.rows["rnn.l0"].isHidden()
    assert panel.layers_button.text() == "1 of 2 layers"
    action.trigger()
    panel.refresh()
    assert panel.rows["rnn.l0"].isVisible()


def test_columns_line_up_beside_a_scroll_bar(
    recorded_session: Session, qtbot: QtBot
) -> None:
    high, low = (opened(recorded_session, qtbot, height) for height in (500, 130))
    one, other = high.rows["rnn.l0"].plot, low.rows["rnn.l0"].plot
    assert other.width() < one.width()
    assert other.area.width() == one.area.width()


def test_rows_out_of_sight_are_not_read(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = opened(recorded_session, qtbot, 100)
    asked: list[str] = []
    read = recorded_session.picture

    def picture(layer: str, *rest: object) -> object:
        asked.append(layer)
        return read(layer, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(recorded_session, "picture", picture)
    panel.refresh()
    assert set(asked) == {"rnn.l0"}


def test_padding_is_hatched(recorded_session: Session, qtbot: QtBot) -> None:
    calls = (Planned(60, lengths=(60, 30)),)
    recorded_session.show_recording(make_recording(calls=calls, samples=2))
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    assert row.plot.marks.marks.gaps == ()
    recorded_session.look(sample=1, step=0)
    panel.refresh()
    assert row.plot.marks.marks.gaps == ((30, 60, "padding"),)
    image = row.plot.grab().toImage()
    tones = {
        image.pixelColor(place(row.plot, step / 4, 2.5)).name()
        for step in range(140, 230)
    }
    marks = row.plot.marks
    assert tones >= {marks.paper.name()}
    assert panel.colours.bad.name() not in tones
    assert row.value_at(45, 2).startswith("Padding")


def test_thinning_is_said(recorded_session: Session, qtbot: QtBot) -> None:
    panel = opened(recorded_session, qtbot)
    assert panel.thinning == ""
    recorded_session.show_recording(
        make_recording(calls=(Planned(3000),), units=2, kind="rnn_tanh")
    )
    panel.refresh()
    assert panel.thinning == "8:1 (peak)"
    row = panel.rows["rnn.l0"]
    assert row.value_at(1001, 0).endswith("in 8 steps")


def test_projected_layers_show_as_many_units_as_there_are(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.show_recording(make_recording(projection=2))
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    assert row.plot.y_range == (0, 2)
    recorded_session.look(streams={"rnn.l0": "c"})
    panel.refresh()
    assert row.plot.y_range == (0, 6)


def test_says_what_to_do_next(empty_session: Session, qtbot: QtBot) -> None:
    panel = opened(empty_session, qtbot)
    assert panel.empty.text() == "Open a model to see its states."
    empty_session.model = ModelSummary("m", "", "", "", (), InputNeeds())
    panel.refresh()
    assert panel.empty.text() == "Open a sequence, then run the model over it."
    empty_session.show_recording(make_recording())
    panel.refresh()
    assert panel.empty.text() == ""


def test_the_signs_on_screen_are_explained(
    recorded_session: Session, qtbot: QtBot
) -> None:
    panel = shown(HeatMapsPanel(recorded_session), qtbot, 460)
    panel.refresh()
    panel.refresh()
    assert panel.key.text().split("   ") == ["▲ from zeros", "◆ given", "● carried"]
    recorded_session.look(span=(10, 40))
    panel.refresh()
    assert panel.key.text() == ""
    panel.resize(300, 460)
    recorded_session.look(span=(0, 120))
    QApplication.processEvents()
    panel.refresh()
    assert panel.key.text() == ""
    assert "carried" in panel.key.toolTip()


def test_dead_units_are_counted_named_and_marked(
    recorded_session: Session, qtbot: QtBot
) -> None:
    rng, recorder = np.random.default_rng(0), Recorder()
    layer = make_layer("rnn_relu", "forward", Sizes(2, 4), name="rnn.l0")
    recorder.declare(layer, make_weights(layer, rng), 1, np.dtype("f4"))
    start = recorder.begin_call("rnn.l0", 30, {}, "zeros")
    values = rng.normal(size=(30, 1, 4)).astype("f4")
    values[:, :, [1, 3]] = 0
    # What is not a number says nothing of a unit.
    values[4, 0, 3] = np.nan
    recorder.write("rnn.l0", start, {"h": values, "x": values[:, :, :2]})
    recorder.finish("complete")
    recorded_session.show_recording(recorder.recording)
    recorded_session.look(unit=3, step=2)
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l0"]
    assert row.head.warning.text().endswith("2 dead units: 1, 3")
    assert row.unit_marks.dead == (1, 3)
    assert "unit 3 (dead)" in row.head.readout.text()
    drawn = row.plot.grab().toImage()
    at = row.plot.area.topRight() + QPointF(-4, row.plot.to_y(1.5))
    # Between two rows of pixels the line is a little paler.
    red, green, blue, _ = drawn.pixelColor(at.toPoint()).getRgb()
    assert min(red, blue) - green > 120


@pytest.mark.parametrize(
    ("low", "high", "dead"),
    [(0, 0, (0,)), (0, 1e-3, ()), (0.5, 0.5 + 1e-7, (0,)), (np.nan, np.nan, ()),
     (np.inf, np.inf, ()), (-np.inf, np.inf, ())],
)  # fmt: skip
def test_a_unit_that_stays_the_same_is_dead(
    low: float, high: float, dead: tuple[int, ...]
) -> None:
    ends = np.full((8, 1), low, "f4"), np.full((8, 1), high, "f4")
    assert dead_units(StepBlock(0, 8, 1, *ends)) == dead
    assert dead_units(StepBlock(0, 4, 1, ends[0][:4], ends[1][:4])) == ()


def test_damaged_steps_are_no_steps_that_are_to_come(
    recorded_session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    make_recording().save(path)
    (rows,) = path.glob("*rnn.l1.h.npy")
    written = bytearray(rows.read_bytes())
    written[-5] ^= 0xFF
    rows.write_bytes(written)
    recorded_session.open_recording(str(path))
    recorded_session.look(layer="rnn.l1", step=119)
    panel = opened(recorded_session, qtbot)
    row = panel.rows["rnn.l1"]
    (gap,) = row.plot.marks.marks.gaps
    assert gap[1:] == (120, "damaged")
    assert "damaged" in panel.key.text()
    assert row.value_at(119, 0).startswith("Damaged: steps ")
    assert row.head.warning.text() == ""
    inspector, layers = InspectorPanel(recorded_session), LayersPanel(recorded_session)
    for other in (inspector, layers):
        shown(other, qtbot, 600)
    said = [line.text for line in inspector.lines.lines]
    assert any("was recorded, and its file is damaged" in t for t in said)
    assert any("are damaged." in line.text for line in layers.lines.lines)


def test_what_is_not_recorded_beyond_the_span_is_not_taken_for_nan(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorder = make_recorder()
    for layer in LAYERS:
        recorder.begin_call(layer, 100, {}, "zeros")
    recorder.finish("partial")
    recorded_session.show_recording(recorder.recording)
    panel = shown(HeatMapsPanel(recorded_session), qtbot, 420)
    # What is read for these reaches beyond them.
    for span in ((90, 120), (100, 150), (40, 110)):
        recorded_session.look(span=span)
        for _ in range(2):
            panel.refresh()
        assert [row.head.warning.text() for row in panel.rows.values()] == ["", ""]
