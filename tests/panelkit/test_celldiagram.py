"""The drawn cell: its numbers are the recording's, its operations come out even."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.layers import Kind, Layer, Sizes
from lstm_studio.panelkit.celldiagram import CellDiagram, Shown
from lstm_studio.panelkit.cellplan import plan_of
from lstm_studio.panelkit.cellwords import meaning, three_digits
from lstm_studio.panelkit.inspection import Inspection, RecentCalls, inspect
from lstm_studio.panelkit.text import MINUS, small
from lstm_studio.session.session import Session
from tests.core.reference import make_layer
from tests.panels.recorded import make_recording, make_session

KINDS: tuple[Kind, ...] = ("lstm", "gru", "rnn_tanh", "rnn_relu")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sessions(qapp: QApplication, tmp_path: Path) -> Iterator[list[Session]]:
    opened: list[Session] = []
    yield opened
    for session in opened:
        session.close()


def seen_of(
    sessions: list[Session], folder: Path, kind: Kind = "lstm", projection: int = 0
) -> Inspection:
    recording = make_recording(kind=kind, projection=projection)
    session = make_session(folder, recording)
    sessions.append(session)
    session.look(layer="rnn.l1", unit=1, step=60)
    inspect(session, RecentCalls())
    seen = inspect(session, RecentCalls())
    assert seen is not None
    assert seen.complete
    return seen


def shown(seen: Inspection, qtbot: QtBot, stream: str = "h") -> CellDiagram:
    diagram = CellDiagram()
    qtbot.addWidget(diagram)
    diagram.resize(300, 240)
    diagram.show_cell(Shown(seen, stream, "0.5", "x: the input, 0.5"))
    return diagram


def layer_of(kind: Kind, projection: int = 0, *, bias: bool = True) -> Layer:
    sizes = Sizes(3, 6, projection)
    return replace(make_layer(kind, "forward", sizes, name="rnn.l0"), bias=bias)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [220, 286, 500])
def test_nothing_lies_over_another_or_outside(
    qapp: QApplication, kind: Kind, width: int, bias: bool
) -> None:
    for projection in (0, 2) if kind == "lstm" else (0,):
        layer = layer_of(kind, projection, bias=bias)
        plan = plan_of(layer, QFont("DejaVu Sans", 8), width)
        outer = [p for p in plan.parts if p.shape in ("box", "gate", "node", "pill")]
        for part in plan.parts:
            assert part.rect.left() >= 0
            assert part.rect.right() <= plan.width
            assert part.rect.bottom() <= plan.height
        for number, one in enumerate(outer):
            for other in outer[number + 1 :]:
                assert not one.rect.intersects(other.rect), (one, other)
        keys = {part.key for part in plan.parts}
        assert any(key.endswith("_pre_bias") for key in keys) == bias
        assert {"h", "h_prev", "x"} <= keys
        assert all(meaning(layer, key) for key in keys - {"x", "stale"})


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_its_number(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot, kind: Kind
) -> None:
    seen = seen_of(sessions, tmp_path, kind)
    diagram = shown(seen, qtbot)
    for part in diagram.plan.parts:
        if part.shape == "label" or part.key == "x":
            continue
        assert part.key in diagram.numbers, part.key
        assert f"{diagram.numbers[part.key]:.7g}" in diagram.text_of(part.key)


def test_the_operations_come_out_even(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    numbers = shown(seen_of(sessions, tmp_path), qtbot).numbers
    assert numbers["kept"] + numbers["written"] == pytest.approx(numbers["c"])
    assert numbers["shown"] == pytest.approx(numbers["h"])
    numbers = shown(seen_of(sessions, tmp_path, "gru"), qtbot).numbers
    assert numbers["kept"] + numbers["written"] == pytest.approx(numbers["h"])


def test_a_click_on_a_gate_chooses_its_stream(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    diagram = shown(seen_of(sessions, tmp_path), qtbot)
    for key, stream in (("f", "f"), ("o_pre_bias", "o"), ("c_prev", "c")):
        at = diagram.rect_of(key).center().toPoint()
        with qtbot.waitSignal(diagram.chosen) as chosen:
            QTest.mouseClick(diagram, LEFT, pos=at)
        assert chosen.args == [stream]


def test_keys_walk_over_the_parts_and_copy(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    diagram = shown(seen_of(sessions, tmp_path), qtbot)
    assert "h₋₁" in diagram.accessibleDescription()
    told = set()
    for _ in diagram.plan.parts:
        QTest.keyClick(diagram, Qt.Key.Key_Right)
        told.add(diagram.accessibleDescription())
    assert any("forget gate" in text for text in told)
    assert any("what the biases add" in text for text in told)
    while "forget gate: the share" not in diagram.accessibleDescription():
        QTest.keyClick(diagram, Qt.Key.Key_Left)
    with qtbot.waitSignal(diagram.chosen) as chosen:
        QTest.keyClick(diagram, Qt.Key.Key_Return)
    assert chosen.args == ["f"]
    QTest.keyClick(diagram, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert float(QGuiApplication.clipboard().text()) == diagram.numbers["f"]


def test_numbers_of_another_step_say_so(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    seen = seen_of(sessions, tmp_path)
    diagram = shown(seen, qtbot)
    now = diagram.grab().toImage()
    late = replace(seen, of_step=41)
    diagram.show_cell(Shown(late, "h", "0.5", "x: the input, 0.5"))
    assert "of step 41" in diagram.text_of("f")
    assert diagram.grab().toImage() != now


def test_a_unit_that_has_no_h(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    seen = seen_of(sessions, tmp_path, projection=2)
    numbers = {k: v for k, v in seen.numbers.items() if k not in ("h", "h_prev")}
    diagram = shown(replace(seen, unit=4, numbers=numbers), qtbot)
    assert "h has 2 units" in diagram.text_of("h")
    assert not diagram.grab().isNull()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (-0.6371, f"{MINUS}0.637"),
        (0.00004, f"4e{MINUS}5"),
        (-12.3456, f"{MINUS}12.35"),
        (1.5e7, "2e7"),
        (float("nan"), "NaN"),
        (float("-inf"), f"{MINUS}Inf"),
        (None, "···"),
    ],
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    assert three_digits(value) == text


def test_no_letter_of_a_narrow_gate_is_cut(
    sessions: list[Session], tmp_path: Path, qtbot: QtBot
) -> None:
    seen = seen_of(sessions, tmp_path)
    diagram = shown(seen, qtbot)
    diagram.numbers["g"] = -1.0
    for width in (diagram.plan.width, 340):
        diagram.resize(int(width), 240)
        gate = diagram.rect_of("g")
        image = diagram.grab().toImage()
        # The value stands in the second line, its minus and its last digit in it.
        line = QFontMetricsF(small(diagram.font())).height() + 2
        rows = range(int(gate.top() + line + 3), int(gate.top() + 2 * line))
        ground = image.pixel(int(gate.left()) + 2, rows[0])
        inked = [
            x
            for x in range(int(gate.left()) + 2, int(gate.right()) - 1)
            if any(image.pixel(x, y) != ground for y in rows)
        ]
        wanted = QFontMetricsF(small(diagram.font())).tightBoundingRect("−1.000")
        assert inked[-1] - inked[0] + 1 >= int(wanted.width()) - 1
