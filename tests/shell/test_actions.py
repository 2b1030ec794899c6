"""Every action has a key, a menu, an icon, and does what it says."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.panels import PANELS
from lstm_studio.shell.catalogue import MENUS
from lstm_studio.shell.dock import Dock
from lstm_studio.shell.settle import wait_until_drawn
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open, trigger
from tests.shell.keyboard import CONTROL, NONE, SHIFT, activate, press

Key = Qt.Key


def test_every_action_has_a_key_of_its_own(window: MainWindow) -> None:
    keys = [made.shortcut().toString() for _, made in window.actions_]
    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_every_action_stands_in_its_menu_with_an_icon(window: MainWindow) -> None:
    for action, made in window.actions_:
        assert action.menu.partition("/")[0] in MENUS
        assert made in window.menus[action.menu].actions()
        assert not made.icon().isNull()
        assert action.tip in made.toolTip()


@pytest.mark.parametrize(
    ("key", "modifier", "step"),
    [
        (Key.Key_Right, NONE, 51),
        (Key.Key_Left, NONE, 49),
        (Key.Key_Right, SHIFT, 60),
        (Key.Key_Left, SHIFT, 40),
        (Key.Key_Home, NONE, 0),
        (Key.Key_End, NONE, 119),
    ],
)
def test_keys_move_the_cursor(
    recorded: MainWindow,
    qtbot: QtBot,
    key: Key,
    modifier: Qt.KeyboardModifier,
    step: int,
) -> None:
    recorded.session.look(step=50)
    press(qtbot, recorded, key, modifier)
    assert recorded.session.view.step == step


def test_keys_choose_unit_layer_and_stream(recorded: MainWindow, qtbot: QtBot) -> None:
    view = recorded.session.view
    assert (view.layer, view.unit) == ("rnn.l0", 0)
    press(qtbot, recorded, Key.Key_Down)
    press(qtbot, recorded, Key.Key_PageDown)
    press(qtbot, recorded, Key.Key_S)
    view = recorded.session.view
    assert (view.layer, view.unit, view.streams) == ("rnn.l1", 1, {"rnn.l1": "c"})
    press(qtbot, recorded, Key.Key_Up)
    press(qtbot, recorded, Key.Key_PageUp)
    view = recorded.session.view
    assert (view.layer, view.unit) == ("rnn.l0", 0)


def test_p_pins_and_unpins(recorded: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, recorded, Key.Key_P)
    assert recorded.session.view.pins == (Pin("rnn.l0", "h", 0),)
    press(qtbot, recorded, Key.Key_P)
    assert recorded.session.view.pins == ()


def test_undo_and_redo_of_the_view(recorded: MainWindow, qtbot: QtBot) -> None:
    recorded.session.look(unit=3)
    press(qtbot, recorded, Key.Key_Z, CONTROL)
    assert recorded.session.view.unit == 0
    press(qtbot, recorded, Key.Key_Z, CONTROL | SHIFT)
    assert recorded.session.view.unit == 3


def test_zoom_keeps_the_cursor_in_sight(recorded: MainWindow) -> None:
    recorded.session.look(step=100)
    trigger(recorded, "zoom_in")
    first, last = recorded.session.view.span
    assert last - first == 60
    assert first <= 100 < last
    trigger(recorded, "zoom_all")
    assert recorded.session.view.span == (0, 120)


def test_going_to_a_step_out_of_sight_takes_the_span_along(
    recorded: MainWindow,
) -> None:
    recorded.session.look(span=(0, 20))
    recorded.navigation.go_to(100)
    first, last = recorded.session.view.span
    assert first <= 100 < last
    assert last - first == 20


def test_go_to_step_asks_for_a_number(recorded: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, recorded, Key.Key_G)
    dialog = recorded.findChild(QDialog, "go_to")
    assert dialog is not None
    qtbot.waitUntil(dialog.field.hasFocus)
    qtbot.keyClicks(dialog.field, "77")
    qtbot.keyClick(dialog, Key.Key_Return)
    assert recorded.session.view.step == 77


def test_typing_a_step_into_the_transport_goes_there(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    recorded.refresh()
    activate(qtbot, recorded)
    field = recorded.transport.step
    field.setFocus()
    field.selectAll()
    # Digits are text here, though they could be keys of actions elsewhere.
    qtbot.keyClicks(field, "33")
    qtbot.keyClick(field, Key.Key_Return)
    assert recorded.session.view.step == 33


def test_playing_moves_the_cursor_and_stops_at_the_end(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    recorded.navigation.choose_speed(5000)
    press(qtbot, recorded, Key.Key_Space)
    assert recorded.session.playing == 5000
    qtbot.waitUntil(lambda: recorded.session.view.step == 119)
    qtbot.waitUntil(lambda: not recorded.session.playing)
    recorded.refresh()
    assert recorded.actions_["play"].text() == "Play"


def test_playing_back_and_other_speeds(recorded: MainWindow, qtbot: QtBot) -> None:
    recorded.session.look(step=119)
    press(qtbot, recorded, Key.Key_Space, SHIFT)
    assert recorded.session.playing < 0
    before = recorded.navigation.speed
    press(qtbot, recorded, Key.Key_Period)
    assert recorded.navigation.speed > before
    assert recorded.session.playing == -recorded.navigation.speed
    recorded.refresh()
    assert recorded.transport.speed.currentData() == recorded.navigation.speed
    press(qtbot, recorded, Key.Key_Escape)
    assert recorded.session.playing == 0


def test_a_focused_button_keeps_its_space(recorded: MainWindow, qtbot: QtBot) -> None:
    recorded.session.look(step=0)
    recorded.refresh()
    activate(qtbot, recorded)
    last = recorded.actions_["last_step"]
    buttons = recorded.transport.findChildren(QToolButton)
    (button,) = (each for each in buttons if each.defaultAction() is last)
    button.setFocus()
    qtbot.keyClick(button, Key.Key_Space)
    assert recorded.session.playing == 0
    assert recorded.session.view.step == recorded.session.extent.steps - 1


def test_what_cannot_be_done_is_disabled(window: MainWindow) -> None:
    window.refresh()
    for name in ("run", "play", "pin", "undo", "save_recording", "open_sequence"):
        assert not window.actions_[name].isEnabled(), name
    assert window.actions_["open_model"].isEnabled()


def test_the_palette_finds_an_action_by_a_few_letters(
    recorded: MainWindow, qtbot: QtBot
) -> None:
    recorded.refresh()
    recorded.session.look(step=5)
    recorded.find_action()
    qtbot.keyClicks(recorded.finder.line, "last st")
    item = recorded.finder.list.currentItem()
    assert item is not None
    assert item.text(0) == "Last step"
    qtbot.keyClick(recorded.finder.line, Key.Key_Return)
    assert recorded.session.view.step == 119
    assert not recorded.finder.isVisible()


def test_arrows_move_in_the_palette(recorded: MainWindow, qtbot: QtBot) -> None:
    recorded.find_action()
    qtbot.keyClick(recorded.finder.line, Key.Key_Down)
    current = recorded.finder.list.currentItem()
    assert current is recorded.finder.list.topLevelItem(1)
    recorded.finder.close()


def test_the_page_of_shortcuts_lists_every_key(recorded: MainWindow) -> None:
    recorded.show_shortcuts()
    dialog = recorded.findChild(QDialog, "shortcuts")
    assert dialog is not None
    text = " ".join(
        str(dialog.list.topLevelItem(group).child(row).text(1))
        for group in range(dialog.list.topLevelItemCount())
        for row in range(dialog.list.topLevelItem(group).childCount())
    )
    for _, made in recorded.actions_:
        key = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert key in text
    dialog.filter.setText("pin")
    hidden = [
        dialog.list.topLevelItem(group).isHidden()
        for group in range(dialog.list.topLevelItemCount())
    ]
    assert not all(hidden)
    assert any(hidden)
    dialog.close()


@pytest.fixture
def full(open_on: Open, tmp_path: Path) -> MainWindow:
    """A window with all panels, on a recording."""
    window = open_on(make_session(tmp_path, make_recording()), PANELS)
    wait_until_drawn(window.session)
    return window


def test_with_all_panels_no_two_keys_are_the_same(full: MainWindow) -> None:
    keys = [
        action.shortcut().toString()
        for action in full.findChildren(QAction)
        if not action.shortcut().isEmpty()
    ]
    keys += [shortcut.key().toString() for shortcut in full.findChildren(QShortcut)]
    assert sorted(keys) == sorted(set(keys))
    assert len(keys) >= len(list(full.actions_))


def test_the_palette_has_every_action_once(full: MainWindow) -> None:
    for _, made in full.actions_:
        made.setEnabled(True)
    full.finder._fill("")
    role = Qt.ItemDataRole.UserRole
    listed = [
        full.finder.list.topLevelItem(row).data(0, role)
        for row in range(full.finder.list.topLevelItemCount())
    ]
    assert sorted(listed) == sorted(made.objectName() for _, made in full.actions_)
    for action, made in full.actions_:
        # By its own words it is the first that is found.
        full.finder._fill(action.text.rstrip("…"))
        found = [
            full.finder.list.topLevelItem(row).data(0, role)
            for row in range(full.finder.list.topLevelItemCount())
        ]
        assert made.objectName() in found[:3], action.text


def test_quit_is_the_last_entry(full: MainWindow) -> None:
    assert full.menus["File"].actions()[-1] is full.actions_["quit"]


def test_every_menu_entry_is_an_action_of_the_table(full: MainWindow) -> None:
    known = {made for _, made in full.actions_}
    seen: list[QAction] = []
    for name, menu in full.menus.items():
        assert menu.title(), name
        seen += [
            entry
            for entry in menu.actions()
            if not (entry.isSeparator() or entry.menu())
        ]
    assert set(seen) == known
    assert len(seen) == len(known)


def test_names_and_tips_of_actions_are_not_said_twice(full: MainWindow) -> None:
    for words in (
        [(action.menu, action.text) for action, _ in full.actions_],
        [action.tip for action, _ in full.actions_],
        [action.name for action, _ in full.actions_],
    ):
        assert len(set(words)) == len(words)
    for action, made in full.actions_:
        assert action.tip[0].isupper()
        assert made.statusTip() == action.tip


def test_a_screen_reader_can_name_all_that_takes_the_focus(full: MainWindow) -> None:
    nameless = set()
    for dock in full.studio.docks:
        full.studio._raise(dock)
        wait_until_drawn(full.session)
        assert _name_of(dock) == dock.panel.title
        nameless |= {
            f"{type(widget).__name__} in {_panel_of(widget)}"
            for widget in full.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.focusProxy() is None
            and not _name_of(widget)
        }
    assert not nameless


def _name_of(widget: QWidget) -> str:
    said = QAccessible.queryAccessibleInterface(widget)
    return said.text(QAccessible.Text.Name) if said is not None else ""


def _panel_of(widget: QWidget) -> str:
    at: QWidget | None = widget
    while at is not None and not isinstance(at, Dock):
        at = at.parentWidget()
    return at.panel.id if at is not None else "the window"
