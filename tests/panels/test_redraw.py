"""What stays the same is not drawn again: a frame costs what changed."""

from collections.abc import Mapping, Sequence

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit import unitreader
from lstm_studio.panelkit.lines import Curve, Series
from lstm_studio.panelkit.panel import Panel
from lstm_studio.panels import PANELS
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.input_strip import InputStripPanel
from lstm_studio.panels.inspector import InspectorPanel
from lstm_studio.panels.output import OutputPanel
from lstm_studio.panels.trajectories import TrajectoriesPanel
from lstm_studio.session.session import Session
from tests.panels.recorded import shown


@pytest.mark.parametrize("longest", [8, 65_536], ids=["overview", "rows"])
@pytest.mark.parametrize(
    "kind",
    [InputStripPanel, GatesPanel, OutputPanel, TrajectoriesPanel],
    ids=lambda kind: kind.id,
)
def test_a_cursor_that_moves_draws_no_line_again(
    recorded_session: Session,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[InputStripPanel],
    longest: int,
) -> None:
    monkeypatch.setattr(unitreader, "LONGEST_ROWS", longest)
    panel = shown(kind(recorded_session), qtbot)
    panel.refresh()
    drawn: list[object] = []
    draw = Curve.show_series

    def note(curve: Curve, series: Series) -> None:
        drawn.append(curve)
        draw(curve, series)

    monkeypatch.setattr(Curve, "show_series", note)
    recorded_session.look(step=71)
    panel.refresh()
    assert drawn == []
    recorded_session.look(span=(20, 40))
    panel.refresh()
    assert drawn


class Layouts(QObject):
    """Counts how often a widget is laid out anew."""

    def __init__(self) -> None:
        super().__init__()
        self.of: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.of.append(type(watched).__name__)
        return False


def laid_out(
    panel: Panel, qtbot: QtBot, looks: Sequence[Mapping[str, object]]
) -> list[str]:
    """Look elsewhere again and again; return the widgets that were laid out anew."""
    panel.refresh()
    QApplication.processEvents()
    layouts = Layouts()
    qtbot.waitUntil(lambda: panel.session.settled)
    qtbot.wait(50)
    QApplication.instance().installEventFilter(layouts)  # type: ignore[union-attr]
    for look in looks:
        panel.session.look(**look)  # type: ignore[arg-type]  # names of View
        panel.refresh()
        QApplication.processEvents()
    return layouts.of


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.id)
def test_a_cursor_that_moves_lays_nothing_out_anew(
    recorded_session: Session, qtbot: QtBot, kind: type[Panel]
) -> None:
    recorded_session.look(step=70, unit=2, layer="rnn.l1")
    panel = shown(kind(recorded_session), qtbot)
    assert laid_out(panel, qtbot, [{"step": step} for step in range(71, 76)]) == []


def test_another_stream_lets_the_inspector_lay_nothing_out_anew(
    recorded_session: Session, qtbot: QtBot
) -> None:
    recorded_session.look(step=70, unit=2, layer="rnn.l1")
    panel = shown(InspectorPanel(recorded_session), qtbot)
    looks = [{"streams": {"rnn.l1": stream}} for stream in ("c", "i", "h")]
    # The list has other lines; nothing around it has another size.
    assert set(laid_out(panel, qtbot, looks)) <= {"LineView"}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (InspectorPanel, {"span": (20, 40)}),
        (HeatMapsPanel, {"follow": False}),
    ],
)
def test_what_a_panel_does_not_show_is_no_reason_to_draw(
    recorded_session: Session,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Panel],
    changes: dict[str, object],
) -> None:
    panel = shown(kind(recorded_session), qtbot)
    qtbot.waitUntil(lambda: recorded_session.settled)
    qtbot.wait(50)
    drawn: list[int] = []
    monkeypatch.setattr(panel, "refresh", lambda: drawn.append(1))
    recorded_session.look(**changes)
    qtbot.wait(50)
    assert not drawn
    recorded_session.look(step=3)
    qtbot.waitUntil(lambda: bool(drawn))


def test_a_panel_out_of_sight_is_drawn_when_it_comes_into_sight(
    recorded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a dock behind a tab is: visible, and moved to where nobody sees it.
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 200)
    panel = GatesPanel(recorded_session, window)
    panel.setGeometry(-900, -900, 300, 150)
    window.show()
    QApplication.processEvents()
    drawn: list[int] = []
    refresh = panel.refresh

    def note() -> None:
        drawn.append(recorded_session.view.step)
        refresh()

    monkeypatch.setattr(panel, "refresh", note)
    recorded_session.look(step=50)
    qtbot.wait(60)
    assert drawn == []
    panel.move(0, 0)
    qtbot.waitUntil(lambda: drawn == [50])
