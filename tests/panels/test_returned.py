"""The cells that are painted are those that PyTorch returns."""

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.core.expressions import layout_of
from lstm_studio.core.returned import returned
from lstm_studio.engine.capture.record import record
from lstm_studio.panelkit.returnedart import GAP, columns, drawing_of
from lstm_studio.panels.returned import ReturnedPanel
from lstm_studio.session.session import Session


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("projection", [0, 2])
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_shapes_are_those_of_pytorch(first: bool, both: bool, projection: int) -> None:
    lstm = nn.LSTM(3, 4, 2, batch_first=first, bidirectional=both, proj_size=projection)
    x = torch.zeros((5, 7, 3) if first else (7, 5, 3))
    recording = record(lstm, x)
    output, (h_n, c_n) = lstm(x)
    layers = recording.layers.values()
    layout = layout_of(next(iter(layers)), layers)
    tensors = returned(layout, 7, 5)
    assert [tensor.shape for tensor in tensors] == [output.shape, h_n.shape, c_n.shape]
    assert all(len(tensor.axes) == len(tensor.shape) for tensor in tensors)


def test_the_painted_cells_hold_what_the_tensors_hold() -> None:
    lstm = nn.LSTM(3, 4, 2, bidirectional=True)
    x = torch.randn(6, 1, 3)
    recording = record(lstm, x)
    with torch.no_grad():
        output, (h_n, _) = lstm(x)
    layers = list(recording.layers.values())
    drawing = drawing_of(layers, layers[0], recording.calls("l0"), 2, 0)
    assert [layer.name for layer in drawing.rows] == [
        "l1", "l1_reverse", "l0", "l0_reverse",
    ]  # fmt: skip
    for layer in drawing.rows:
        for step in range(6):
            h = torch.tensor(recording.read(layer.name, "h", step)[0])
            named = drawing.tensors(layer, step)
            in_output = any(torch.equal(h, part) for part in output[step, 0].split(4))
            assert ("output" in named) == in_output
            assert ("h_n" in named) == any(torch.equal(h, row) for row in h_n[:, 0])
            assert ("c_n" in named) == ("h_n" in named)


def test_columns_show_both_ends_and_the_cursor() -> None:
    assert columns(0, 4, 1) == (0, 1, 2, 3)
    assert columns(0, 100, 50) == (0, 1, 2, GAP, 49, 50, 51, GAP, 98, 99)
    assert columns(10, 100, 99) == (10, 11, 12, GAP, 98, 99)
    assert columns(7, 8, 7) == (7,)


def test_a_click_on_a_cell_looks_at_it(recorded_session: Session, qtbot: QtBot) -> None:
    panel = ReturnedPanel(recorded_session)
    qtbot.addWidget(panel)
    panel.resize(420, 200)
    panel.show()
    recorded_session.look(step=60)
    panel.refresh()
    art = panel.art
    column = art.drawing.steps.index(79)
    at = art.cell(1, column).center().toPoint()
    QTest.mouseClick(art, Qt.MouseButton.LeftButton, pos=at)
    view = recorded_session.view
    assert (view.layer, view.step) == ("rnn.l0", 79)
    keys = [line.label for line in panel.lines.lines if line.kind == "key"]
    assert keys == ["output", "h_n", "c_n"]
    assert panel.lines.lines[0].copy == "(30, 1, 6)"
