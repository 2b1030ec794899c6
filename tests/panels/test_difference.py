"""The panel of B − A: what it says, where a click goes, and why it may be empty."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.core.recording import Recording
from lstm_studio.panels.difference import DifferencePanel
from lstm_studio.session.other import Other
from lstm_studio.session.session import Session
from tests.core.reference import Planned
from tests.panels.recorded import make_recording, shown


@pytest.fixture
def panel(recorded_session: Session, qtbot: QtBot) -> DifferencePanel:
    return shown(DifferencePanel(recorded_session), qtbot)


def compare(panel: DifferencePanel, recording: Recording, *, second: bool) -> None:
    panel.session.show_other(Other(recording, is_second=second))
    panel.refresh()


def test_it_says_that_nothing_is_compared(panel: DifferencePanel) -> None:
    assert "Nothing is compared" in panel.empty.text()


def test_it_names_the_largest_difference_and_goes_there(
    panel: DifferencePanel, qtbot: QtBot
) -> None:
    compare(panel, make_recording(gain=2), second=True)
    assert panel.empty.text() == ""
    found = panel._found
    assert found is not None
    assert f"unit {found.unit}, step {found.step}" in panel.legend.hint
    qtbot.mouseClick(panel.go, Qt.MouseButton.LeftButton)
    view = panel.session.view
    assert (view.step, view.unit) == (found.step, found.unit)


def test_both_windows_show_b_less_a(panel: DifferencePanel) -> None:
    recording = make_recording(gain=2)
    compare(panel, recording, second=True)
    assert panel._found is not None
    forth = panel._found.largest
    compare(panel, recording, second=False)
    assert panel._found.largest == -forth != 0


def test_equal_recordings_are_called_equal(panel: DifferencePanel) -> None:
    assert panel.session.recording is not None
    compare(panel, panel.session.recording, second=True)
    assert "equal in sight" in panel.legend.hint
    assert not panel.go.isEnabled()


def test_other_shapes_are_refused_in_words(panel: DifferencePanel) -> None:
    compare(panel, make_recording(units=9), second=True)
    assert "only equal shapes are compared" in panel.empty.text()
    compare(panel, make_recording(kind="gru"), second=True)
    panel.session.look(streams={"rnn.l0": "c"})
    panel.refresh()
    assert panel.empty.text() == "rnn.l0 has no stream c in window B."


def test_steps_that_one_lacks_are_hatched(panel: DifferencePanel) -> None:
    compare(panel, make_recording(calls=(Planned(50),)), second=True)
    assert panel.plot.marks.marks.gaps == ((50, 120, "missing"),)


def test_nothing_of_the_other_is_kept_after_it(panel: DifferencePanel) -> None:
    compare(panel, make_recording(gain=2), second=True)
    panel.session.show_other(None)
    panel.refresh()
    assert "Nothing is compared" in panel.empty.text()
    shelf = panel.session._shelf
    assert shelf is not None
    assert not [asked for asked in shelf._values if hasattr(asked, "other")]
