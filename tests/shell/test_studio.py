"""Panels in docks: where they are, and that it is remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from lstm_studio.core.summary import SequenceSummary
from lstm_studio.panels import PANELS
from lstm_studio.panels.live import LivePanel
from lstm_studio.shell.dock import TITLE_HEIGHT, Dock
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import PLAIN, Left, Lower, Open, Right, Upper
from tests.shell.keyboard import press


def dock(window: MainWindow, name: str) -> Dock:
    return next(each for each in window.studio.docks if each.objectName() == name)


def place(window: MainWindow, name: str) -> QPoint:
    found = dock(window, name)
    return found.mapTo(window.studio, QPoint(0, 0))


def test_panels_stand_in_three_columns(recorded: MainWindow) -> None:
    left, upper, lower, right = (
        place(recorded, name) for name in ("left", "upper", "lower", "right")
    )
    assert left.x() < upper.x() < right.x()
    # One under the other at one width, so that their steps line up.
    assert upper.x() == lower.x()
    assert dock(recorded, "upper").width() == dock(recorded, "lower").width()
    assert upper.y() < lower.y()


def test_the_middle_takes_what_the_window_gains(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    widths = [dock(recorded, name).width() for name in ("left", "upper", "right")]
    recorded.resize(1800, 900)
    qtbot.waitUntil(lambda: dock(recorded, "upper").width() > widths[1] + 480)
    wider = [dock(recorded, name).width() for name in ("left", "right")]
    assert abs(wider[0] - widths[0]) <= 3
    assert abs(wider[1] - widths[2]) <= 3


class States(Upper):
    id, title, height_hint = "heatmaps", "States", 420


class Strip(Lower):
    id, title, height_hint = "input", "Input", 90


def test_the_states_are_large_and_a_strip_stays_small(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    session = make_session(tmp_path, make_recording())
    window = open_on(session, (Left, Strip, States, Upper, Lower, Right))
    for width, height in ((1600, 1000), (1024, 700)):
        window.resize(width, height)
        qtbot.waitUntil(lambda: 0.34 < _share(window, "heatmaps") < 0.43)
        # Qt shares out what rounding and separators leave.
        assert dock(window, "input").height() <= 90 + TITLE_HEIGHT + 12
        assert abs(dock(window, "upper").height() - dock(window, "lower").height()) <= 4


def _share(window: MainWindow, name: str) -> float:
    return dock(window, name).height() / window.studio.height()


def test_a_size_of_its_own_leaves_the_arrangement_alone(
    open_on: Open, tmp_path: Path
) -> None:
    window = open_on(make_session(tmp_path / "1", make_recording()))
    dock(window, "upper").close()
    window.close()
    drawn = open_on(make_session(tmp_path / "2", make_recording()), size=(1000, 700))
    assert not dock(drawn, "upper").isHidden()
    assert (drawn.width(), drawn.height()) == (1000, 700)
    drawn.close()
    again = open_on(make_session(tmp_path / "3", make_recording()))
    assert dock(again, "upper").isHidden()


def test_the_thinning_of_the_states_is_said_first(
    open_on: Open, tmp_path: Path
) -> None:
    session = make_session(tmp_path, make_recording())
    window = open_on(session, (Strip, States, Upper))
    strip, states, other = (each.panel for each in window.studio.docks)
    strip.thinning, states.thinning, other.thinning = "9:1", "2:1 (peak)", ""
    assert window.studio.thinning == "2:1 (peak)"
    states.thinning = ""
    assert window.studio.thinning == "9:1"


def test_tabbed_panels_leave_their_title_to_the_tab(recorded: MainWindow) -> None:
    assert dock(recorded, "upper").title_bar.height() > 0
    assert dock(recorded, "first").title_bar.maximumHeight() == 0


@pytest.mark.parametrize("points", [9, 16])
def test_every_tab_can_be_read_in_a_narrow_window(
    open_on: Open, tmp_path: Path, qtbot: QtBot, qapp: QApplication, points: int
) -> None:
    session = make_session(tmp_path, make_recording())
    window = open_on(session, PANELS, size=(1024, 700))
    window.theme.size_letters(points)
    bars = window.studio.findChildren(QTabBar)
    assert sum(bar.count() for bar in bars) >= 7

    def whole(bar: QTabBar) -> bool:
        letters = QFontMetrics(qapp.font())
        return all(
            bar.tabRect(index).width() > letters.horizontalAdvance(bar.tabText(index))
            for index in range(bar.count())
        )

    qtbot.waitUntil(lambda: all(map(whole, bars)))
    for bar in bars:
        for index in range(bar.count()):
            bar.setCurrentIndex(index)
            shown = bar.tabRect(index)
            assert shown.left() >= 0
            assert shown.right() <= bar.width()
            assert bar.tabToolTip(index).startswith(f"{bar.tabText(index)}: ")


def test_f9_brings_the_live_panel_with_the_keyboard_in_it(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    session = make_session(tmp_path, make_recording())
    session.sequence = SequenceSummary("s", "", 120, 1, (1, 120, 3), "float32")
    window = open_on(session, PANELS)
    window.refresh()
    assert not dock(window, "live").in_front
    window.activateWindow()
    press(qtbot, window, Qt.Key.Key_F9)
    live = dock(window, "live").panel
    assert isinstance(live, LivePanel)
    qtbot.waitUntil(lambda: dock(window, "live").in_front)
    qtbot.waitUntil(live.next.hasFocus)


def test_a_panel_is_hidden_and_shown_by_its_action(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    shown = recorded.actions_["show_upper"]
    shown.trigger()
    assert dock(recorded, "upper").isHidden()
    recorded.refresh()
    assert not shown.isChecked()
    shown.trigger()
    assert not dock(recorded, "upper").isHidden()
    # A tab that is behind another comes to the front before it is hidden.
    second = dock(recorded, "second")
    assert not second.in_front
    recorded.actions_["show_second"].trigger()
    qtbot.waitUntil(lambda: second.in_front)
    recorded.actions_["show_second"].trigger()
    assert second.isHidden()


def test_a_panel_is_shown_from_the_welcome_page(open_on: Open, tmp_path: Path) -> None:
    first = open_on(make_session(tmp_path / "1", make_recording()))
    dock(first, "upper").close()
    first.close()
    again = open_on(make_session(tmp_path / "2"))
    again.actions_["show_upper"].trigger()
    assert dock(again, "upper").isVisible()


def test_an_arrangement_that_was_never_shown_is_kept(
    open_on: Open, tmp_path: Path
) -> None:
    first = open_on(make_session(tmp_path / "1", make_recording()))
    dock(first, "upper").close()
    first.close()
    open_on(make_session(tmp_path / "2")).close()
    third = open_on(make_session(tmp_path / "3", make_recording()))
    assert dock(third, "upper").isHidden()


def test_the_arrangement_is_remembered(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_on(make_session(tmp_path / "1", make_recording()))
    dock(window, "upper").close()
    window.close()
    again = open_on(make_session(tmp_path / "2", make_recording()))
    assert dock(again, "upper").isHidden()
    again.actions_["reset_arrangement"].trigger()
    assert not dock(again, "upper").isHidden()
    assert place(again, "upper").y() < place(again, "lower").y()


def test_remembered_heights_are_those_that_were(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    heights = []
    for name in ("1", "2"):
        session = make_session(tmp_path / name)
        window = open_on(session, (Left, Strip, States, Upper, Lower, Right))
        # Until something is opened, the panels are behind the welcome page.
        session.show_recording(make_recording())
        states = dock(window, "heatmaps")
        qtbot.waitUntil(lambda states=states: states.height() > 200)
        heights.append(states.height())
        window.close()
    assert abs(heights[1] - heights[0]) <= 12


def test_a_title_shows_what_the_panel_is_for(recorded: MainWindow) -> None:
    bar = dock(recorded, "upper").title_bar
    assert bar.toolTip() == "What it shows."
    assert all(button.accessibleName() for button in (bar.help, bar.float, bar.hide_))


def test_a_panel_floats_and_comes_back(recorded: MainWindow) -> None:
    found = dock(recorded, "right")
    found.title_bar.float.click()
    assert found.isFloating()
    found.title_bar.float.click()
    assert not found.isFloating()


def test_settings_that_cannot_be_read_are_set_aside(
    window: MainWindow, tmp_path: Path
) -> None:
    path = Preferences()._file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"theme": "da')
    preferences = Preferences()
    assert str(path.with_suffix(".broken")) in preferences.notice
    assert preferences.theme == "system"
    assert path.with_suffix(".broken").exists()


@pytest.mark.parametrize("value", [None, [1], "neon"])
def test_a_setting_of_another_kind_is_as_if_it_were_not_there(value: object) -> None:
    preferences = Preferences()
    for key in ("theme", "threads", "trusted"):
        preferences._file.keep(key, value)
    assert preferences.theme == "system"
    assert preferences.threads is None
    assert preferences.trusted == {}


def test_two_windows_keep_each_their_own_setting() -> None:
    one, other = Preferences(), Preferences()
    one.threads = 3
    other.theme = "dark"
    assert (Preferences().threads, Preferences().theme) == (3, "dark")


def test_settings_that_cannot_be_written_hold_and_are_named_once(
    window: MainWindow,
) -> None:
    folder = window._preferences._file.path.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"a file in the place of the folder")
    window._preferences.threads = 2
    assert window.banner.isVisible()
    assert str(folder) in window.banner.text.text()
    assert window.banner.next_step.text()
    window.banner.hide()
    window._preferences.device = "cuda:0"
    assert not window.banner.isVisible()
    assert (window._preferences.threads, window._preferences.device) == (2, "cuda:0")
    folder.unlink()
    window._preferences.theme = "dark"
    kept = Preferences()
    assert (kept.threads, kept.device, kept.theme) == (2, "cuda:0", "dark")


def test_an_arrangement_of_other_panels_is_not_restored(
    open_on: Open, tmp_path: Path
) -> None:
    old, new = (
        open_on(make_session(tmp_path, make_recording()), panels)
        for panels in (PLAIN[:-1], PLAIN)
    )
    kept = old.studio.arrangement()
    assert old.studio.restore(kept, old.studio.columns)
    assert not new.studio.restore(kept, new.studio.columns)


def test_escape_unmarks_steps(recorded: MainWindow, qtbot: QtBot) -> None:
    recorded.session.look(brush=((3, 7), (20, 21)))
    recorded.refresh()
    cancel = recorded.actions_["cancel"]
    assert cancel.isEnabled()
    # Nothing runs that it could end: it says what it does instead.
    assert cancel.text() == "Unmark the steps"
    assert cancel.toolTip() == "Unmark the steps (Esc)"
    press(qtbot, recorded, Qt.Key.Key_Escape)
    assert recorded.session.view.brush == ()
    recorded.refresh()
    assert not cancel.isEnabled()
    assert cancel.text() == "Cancel"
    assert cancel.toolTip().startswith("End what runs")
