"""The key of a line plot where there is little room."""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.colours import colours
from lstm_studio.panelkit.legend import GAP_PX, PAD_PX, Entry, Legend
from lstm_studio.panels.trajectories import TrajectoriesPanel
from lstm_studio.session.session import Session
from tests.panels.recorded import shown

ENTRIES = [Entry(f"lstm.l0_reverse · h · {n}", QColor("red"), "0.5") for n in range(6)]


def test_entries_without_room_are_counted_and_named(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(520, 20)
    legend.show()
    legend.show_entries(ENTRIES, colours(legend.palette()), "a hint")
    assert legend.left_out == ()
    tall = legend.height()
    legend.fit(20)
    assert legend.height() < tall / 2
    left_out = legend.left_out
    assert left_out == tuple(ENTRIES[-len(left_out) :])
    assert legend.toolTip().splitlines() == [f"{e.name} {e.value}" for e in left_out]
    inside = [box for box in legend._boxes if not box.isNull()]
    room = legend._metrics.horizontalAdvance(f"+{len(left_out)}")
    assert inside[-1].right() + GAP_PX + room + PAD_PX <= legend.width()
    legend.fit(500)
    assert legend.left_out == ()
    assert legend.toolTip() == ""


def test_a_hint_without_room_stands_below(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(900, 20)
    legend.show()
    legend.show_entries(ENTRIES[:2], colours(legend.palette()), "lstm.l0 · unit 29")
    hint = legend._metrics.horizontalAdvance("lstm.l0 · unit 29")
    legend.resize(int(legend.box(1).right() + GAP_PX + hint) + PAD_PX + 1, 20)
    low = legend.height()
    legend.resize(legend.width() - 2, low)
    assert legend.height() > 1.8 * low
    assert legend.box(1).top() == 0
    legend.fit(low)
    assert legend.height() == low


def test_a_plot_is_not_painted_over_its_key(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(pins=tuple(Pin("rnn.l0", "h", unit) for unit in range(6)))
    panel = shown(TrajectoriesPanel(recorded_session), qtbot, 64)
    for height in (64, 300):
        panel.resize(700, height)
        QApplication.processEvents()
        panel.refresh()
        QApplication.processEvents()
        assert panel.legend.geometry().bottom() < panel.plot.geometry().top()
        assert panel.plot.geometry().bottom() <= height
        assert bool(panel.legend.left_out) == (height == 64)
    assert panel.legend.toolTip() == ""
