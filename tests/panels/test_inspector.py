"""The inspector shows the recording's numbers, and each line can be copied."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.layers import Kind
from lstm_studio.core.summary import SequenceSummary
from lstm_studio.panelkit.inspectionlines import Scale, inspection_lines
from lstm_studio.panelkit.linepaint import copy_rect
from lstm_studio.panelkit.listing import Line
from lstm_studio.panelkit.text import MINUS
from lstm_studio.panels.inspector import InspectorPanel
from lstm_studio.session.session import Session
from tests.panels.recorded import STEPS, make_recording, make_session


@pytest.fixture
def panel(recorded_session: Session, qtbot: QtBot) -> InspectorPanel:
    panel = InspectorPanel(recorded_session)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    for timer in (panel._told, panel.lines._forget):
        timer.setInterval(20)
    recorded_session.look(layer="rnn.l1", unit=2, step=57)
    _settle(panel)
    return panel


@pytest.fixture
def others(qapp: QApplication, tmp_path: Path) -> Iterator[list[Session]]:
    """Sessions that a test opened by itself."""
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


def _settle(panel: InspectorPanel) -> None:
    """Draw until nothing more is read."""
    panel.refresh()
    panel.refresh()


def _row(panel: InspectorPanel, label: str, kind: str = "value") -> int:
    lines = panel.lines.lines
    # The last one: above stand the inputs, one of which is called c too.
    return max(
        i for i, line in enumerate(lines) if line.label == label and line.kind == kind
    )


def _line(panel: InspectorPanel, label: str, kind: str = "value") -> Line:
    return panel.lines.lines[_row(panel, label, kind)]


def _texts(panel: InspectorPanel, kind: str) -> list[str]:
    return [line.text for line in panel.lines.lines if line.kind == kind]


def _clipboard() -> str:
    return QGuiApplication.clipboard().text()


def _click(panel: InspectorPanel, row: int, *, mark: bool = False) -> None:
    view = panel.lines
    index = view.model().index(row, 0)
    view.scrollTo(index)
    rect = view.visualRect(index)
    at = (
        copy_rect(rect).center()
        if mark
        else QPoint(rect.left() + 12, rect.center().y())
    )
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize("stream", ["h", "c", "i", "f", "g", "o"])
def test_every_number_is_the_recordings(panel: InspectorPanel, stream: str) -> None:
    recording = panel.session.recording
    assert recording is not None
    value = recording.read("rnn.l1", stream, 57, 2)[0, 0]
    line = _line(panel, stream)
    assert float(line.text.replace(MINUS, "-")) == pytest.approx(value, abs=1e-7)
    assert type(value)(line.copy) == value
    assert line.bar is not None
    assert line.bar.value == pytest.approx(value)


@pytest.mark.parametrize("c", [1.9, -2.7])
def test_a_state_and_the_one_before_have_bars_on_one_scale(
    panel: InspectorPanel, c: float
) -> None:
    assert panel._seen is not None
    numbers = {**panel._seen.numbers, "c": c, "c_prev": 2.4}
    seen = replace(panel._seen, numbers=numbers)
    lines = inspection_lines(panel.session, seen, "c", Scale())
    now, before = (line.bar for line in lines if line.bar and line.stream == "c")
    assert (now.value, before.value) == (c, 2.4)
    assert (now.low, now.high) == (before.low, before.high)
    assert now.high >= max(abs(c), 2.4)


@pytest.mark.parametrize("step", [0, 1, 49, 50, 79, 80, 119])
def test_the_state_before_is_that_of_the_call(panel: InspectorPanel, step: int) -> None:
    recording = panel.session.recording
    assert recording is not None
    panel.session.look(step=step)
    _settle(panel)
    for name in ("h", "c"):
        before = recording.read("rnn.l1", f"{name}_prev", step, 2)[0, 0]
        line = _line(panel, f"{name}\u208b\u2081")
        assert float(line.copy) == pytest.approx(before, abs=1e-7)
    starts = {0: "from zeros", 50: "carried", 80: "given"}
    notes = [text for text in _texts(panel, "note") if text.startswith("first step")]
    assert len(notes) == (step in starts)
    assert all(starts[step] in note for note in notes)


def test_pre_activations_add_up(panel: InspectorPanel) -> None:
    for gate in "ifgo":
        line = _line(panel, gate, "columns")
        *parts, total = [float(text) for text in line.copy.split("\t")]
        assert len(parts) == 3
        assert sum(parts) == pytest.approx(total, abs=1e-5)


def test_the_equation_holds_with_its_numbers(panel: InspectorPanel) -> None:
    filled = [text.split("\n")[1] for text in _texts(panel, "equation")]
    assert [text.split(" = ")[0] for text in filled] == list("ifgoch")
    for text in filled:
        *_, side, result = text.split(" = ")
        words = {"tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}
        side = side.replace("\u00b7", "*").replace("\u03c3", "sigmoid")
        side, result = (part.replace(MINUS, "-") for part in (side, result))
        assert eval(side, words) == pytest.approx(float(result), abs=2e-3)


def test_names_follow_the_chosen_line(panel: InspectorPanel) -> None:
    assert "output[7, 0, 2]" in _texts(panel, "code")
    panel.session.look(layer="rnn.l0")
    _settle(panel)
    assert any("only h of the last layer" in text for text in _texts(panel, "text"))
    _click(panel, _row(panel, "f"))
    _settle(panel)
    assert panel.stream == "f"
    assert "weight_hh_l0[6:12]" in _texts(panel, "code")
    assert "weight_hh_l0[8]" in _texts(panel, "code")


def test_click_and_ctrl_c_copy_the_number(panel: InspectorPanel) -> None:
    row = _row(panel, "c")
    _click(panel, row)
    QTest.keyClick(panel.lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert _clipboard() == _line(panel, "c").copy


def test_the_mark_at_the_right_copies(panel: InspectorPanel, qtbot: QtBot) -> None:
    row = _row(panel, "o")
    with qtbot.waitSignal(panel.lines.copied) as copied:
        _click(panel, row, mark=True)
    assert copied.args == [_line(panel, "o").copy]
    assert panel.lines.copied_row == row
    qtbot.waitUntil(lambda: panel.lines.copied_row == -1)


def test_double_click_copies_a_name(panel: InspectorPanel, qtbot: QtBot) -> None:
    view = panel.lines
    row = next(i for i, line in enumerate(view.lines) if line.text == "output[7, 0, 2]")
    index = view.model().index(row, 0)
    view.scrollTo(index)
    at = view.visualRect(index).center()
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert _clipboard() == "output[7, 0, 2]"
    qtbot.waitUntil(lambda: view.copied_row == -1)


def test_several_lines_are_copied_with_their_labels(panel: InspectorPanel) -> None:
    _click(panel, _row(panel, "i"))
    for _ in range(3):
        QTest.keyClick(panel.lines, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(panel.lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = [line.split("\t") for line in _clipboard().splitlines()]
    assert [name for name, _ in rows] == ["i", "f", "g", "o"]


def test_a_chosen_line_stays_chosen_while_the_cursor_moves(
    panel: InspectorPanel,
) -> None:
    _click(panel, _row(panel, "f"))
    panel.session.look(step=58)
    _settle(panel)
    line = panel.lines.chosen_line()
    assert line is not None
    assert line.label == "f"
    assert line.copy == _line(panel, "f").copy


def test_it_stays_chosen_where_lines_come_before_it(panel: InspectorPanel) -> None:
    _click(panel, _row(panel, "f"))
    panel.session.look(step=50)
    _settle(panel)
    line = panel.lines.chosen_line()
    assert line is not None
    assert line.label == "f"
    assert panel.stream == "f"


def test_enter_copies(panel: InspectorPanel) -> None:
    _click(panel, _row(panel, "h"))
    QTest.keyClick(panel.lines, Qt.Key.Key_Return)
    assert _clipboard() == _line(panel, "h").copy


def test_the_picks_move_the_view(panel: InspectorPanel) -> None:
    panel.step.setFocus()
    panel.step.selectAll()
    QTest.keyClicks(panel.step, "31")
    QTest.keyClick(panel.step, Qt.Key.Key_Return)
    QTest.keyClick(panel.unit, Qt.Key.Key_Up)
    QTest.keyClick(panel.layer, Qt.Key.Key_Up)
    view = panel.session.view
    assert (view.layer, view.unit, view.step) == ("rnn.l0", 3, 31)
    panel.step.setValue(10 * STEPS)
    assert panel.session.view.step == STEPS - 1


@pytest.mark.parametrize("button", ["as_torch", "as_record", "as_latex"])
def test_buttons_copy_scripts(panel: InspectorPanel, qtbot: QtBot, button: str) -> None:
    QTest.mouseClick(getattr(panel, button), Qt.MouseButton.LeftButton)
    wanted = {
        "as_torch": "output, _ = ",
        "as_record": "recording.read('rnn.l1', 'h', sample=0)",
        "as_latex": r"h = o\,\tanh(c) = ",
    }
    assert wanted[button] in _clipboard()
    if button == "as_torch":
        compile(_clipboard(), "copied", "exec")
    qtbot.waitUntil(lambda: not panel._told.isActive())


@pytest.mark.parametrize("kind", ["gru", "rnn_tanh", "rnn_relu"])
def test_other_kinds(
    kind: Kind, others: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    session = make_session(tmp_path, make_recording(kind=kind))
    others.append(session)
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    session.look(unit=1, step=60)
    _settle(panel)
    assert session.recording is not None
    value = session.recording.read("rnn.l0", "h", 60, 1)[0, 0]
    assert float(_line(panel, "h").copy) == pytest.approx(value)
    filled = [text.split("\n")[1] for text in _texts(panel, "equation")]
    assert filled[-1].startswith("h = ")


def test_a_unit_beyond_a_projected_h(
    others: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    session = make_session(tmp_path, make_recording(projection=2))
    others.append(session)
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    session.look(unit=4, step=60)
    _settle(panel)
    assert any("h has 2 units" in text for text in _texts(panel, "note"))
    assert _line(panel, "h").faint
    session.look(unit=1)
    _settle(panel)
    assert "weight_hr_l0[1]" in _texts(panel, "code")


def test_names_from_files_are_text(panel: InspectorPanel) -> None:
    labels = tuple("<b>x</b>\u202e" for _ in range(STEPS))
    panel.session.sequence = SequenceSummary(
        "s", "", STEPS, 1, (1, STEPS), "int64", labels
    )
    _settle(panel)
    line = _line(panel, "token")
    assert line.text == "<b>x</b>\\u202e"
    index = panel.lines.model().index(_row(panel, "h"), 0)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<span>")


def test_nothing_open(empty_session: Session, qtbot: QtBot) -> None:
    panel = InspectorPanel(empty_session)
    qtbot.addWidget(panel)
    panel.refresh()
    assert _texts(panel, "note")[0].startswith("Open a model")
    assert not panel.as_torch.isEnabled()
    panel.copy_torch()
    panel.copy_latex()


def test_a_gate_of_the_diagram_chooses_its_stream_everywhere(
    panel: InspectorPanel,
) -> None:
    at = panel.diagram.rect_of("f").center().toPoint()
    QTest.mouseClick(panel.diagram, Qt.MouseButton.LeftButton, pos=at)
    layer = panel.session.extent.layers["rnn.l1"]
    assert panel.session.view.stream(layer) == "f"
    assert panel.stream == "f"


def test_the_lines_keep_their_room_in_a_low_dock(panel: InspectorPanel) -> None:
    assert panel.diagram.isVisible()
    panel.resize(300, 380)
    panel.refresh()
    assert not panel.diagram.isVisible()
    panel.resize(300, 700)
    panel.refresh()
    assert panel.diagram.isVisible()


def test_the_numbers_before_stay_while_others_are_read(
    panel: InspectorPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _line(panel, "f")
    monkeypatch.setattr(panel.session, "ask", lambda _question: None)
    panel.session.look(step=119)
    _settle(panel)
    late = _line(panel, "f")
    assert late.text == before.text
    assert late.faint
    sections = [line.label for line in panel.lines.lines if line.text == "STATE"]
    assert sections == ["unit 2, of step 57"]
    assert panel.diagram.shown is not None
    assert panel.diagram.shown.seen.of_step == 57
    panel.copy_latex()
    assert "0." not in _clipboard()
    # Of another unit nothing is known.
    panel.session.look(unit=3)
    _settle(panel)
    assert "·" in _line(panel, "f").text


def test_inputs_have_the_names_that_were_kept_with_the_recording(
    panel: InspectorPanel,
) -> None:
    assert panel.session.sequence is None
    labels = [line.label for line in panel.lines.lines if line.kind == "value"]
    assert labels[:3] == ["a", "b", "c"]
