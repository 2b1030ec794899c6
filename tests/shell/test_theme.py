"""Two themes, complete and readable, that change while the window is open."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QStyleHints
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.panelkit.colourbar import LEFT_PX
from lstm_studio.panelkit.maps import Maps
from lstm_studio.panels import PANELS
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.layers import LayersPanel
from lstm_studio.shell.dialogs.settings import SMALLEST, SettingsDialog
from lstm_studio.shell.figure import Figure, draw_whole
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.schemes import SCHEMES, Scheme
from lstm_studio.shell.theme import palette_of
from lstm_studio.shell.welcome import Heading
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open


def contrast(one: str, other: str) -> float:
    """Ratio of WCAG 2."""

    def luminance(name: str) -> float:
        colour = QColor(name)
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in parts
        ]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_words_can_be_read_on_every_ground(scheme: Scheme) -> None:
    for ground in (scheme.window, scheme.base, scheme.raised, scheme.alarm):
        assert contrast(scheme.text, ground) >= 7
        assert contrast(scheme.faint, ground) >= 4.5
    assert contrast(scheme.selected_text, scheme.selection) >= 4.5
    assert contrast(scheme.accent, scheme.base) >= 3
    assert contrast(scheme.disabled, scheme.window) >= 2


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_role_of_the_palette_is_set(scheme: Scheme) -> None:
    palette = palette_of(scheme)
    for role in QPalette.ColorRole:
        if role not in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles):
            assert palette.isBrushSet(QPalette.ColorGroup.Active, role), role


def test_the_theme_changes_in_the_open_window(
    window: MainWindow, qapp: QApplication
) -> None:
    before = window.theme.name
    icon = window.actions_["open_model"].icon().cacheKey()
    window.actions_["toggle_theme"].trigger()
    assert window.theme.name != before
    assert window.palette().window().color() == QColor(window.theme.scheme.window)
    assert window.studio.docks[0].panel.palette().base().color() == QColor(
        window.theme.scheme.base
    )
    assert window.actions_["open_model"].icon().cacheKey() != icon
    assert Preferences().theme == window.theme.name


def test_a_chosen_row_is_tinted_in_the_theme_of_now(
    open_on: Open, tmp_path: Path
) -> None:
    window = open_on(make_session(tmp_path, make_recording()), (LayersPanel,))
    panel = window.studio.docks[0].panel
    assert isinstance(panel, LayersPanel)
    # From each theme to the other: what was there first must not stay.
    for _ in range(3):
        window.actions_["toggle_theme"].trigger()
        panel.draw()
        palette = panel.tree.viewport().palette()
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            shown = palette.color(group, QPalette.ColorRole.Highlight)
            assert contrast(shown.name(), window.theme.scheme.base) < 2


def test_settings_act_at_once(window: MainWindow, qtbot: QtBot) -> None:
    window.session.devices = ("cpu", "cuda:0")
    window.actions_["show_settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.threads.setValue(3)
    dialog.device.setCurrentText("cuda:0")
    dialog.memory.setValue(3)
    assert window.theme.name == "light"
    assert window.session.memory == 3 << 30
    assert window.session.threads == 3
    assert window.session.device == "cuda:0"
    kept = Preferences()
    assert (kept.theme, kept.threads, kept.device) == ("light", 3, "cuda:0")
    assert kept.memory_gb == 3
    dialog.reject()


def test_letters_are_as_large_as_was_chosen(
    window: MainWindow, qapp: QApplication
) -> None:
    usual = qapp.font().pointSize()
    window.actions_["show_settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.points.setValue(usual + 4)
    dialog.points.editingFinished.emit()
    assert window.studio.docks[0].panel.font().pointSize() == usual + 4
    assert Preferences().points == usual + 4
    dialog.points.setValue(1)
    dialog.points.editingFinished.emit()
    assert qapp.font().pointSize() == SMALLEST
    dialog.points.setValue(0)
    dialog.points.editingFinished.emit()
    assert qapp.font().pointSize() == usual
    dialog.reject()


def test_letters_are_those_of_a_window_that_is_made_with_them(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    def opened(name: str) -> MainWindow:
        window = open_on(make_session(tmp_path / name, make_recording()), PANELS)
        heatmaps = next(
            d.panel for d in window.studio.docks if d.panel.id == "heatmaps"
        )
        assert isinstance(heatmaps, HeatMapsPanel)
        qtbot.waitUntil(lambda: bool(heatmaps.rows))
        return window

    window = opened("before")
    window.settings.choose_points(15)
    qtbot.waitUntil(lambda: window.studio.docks[0].panel.font().pointSize() == 15)
    made = opened("after")
    # Bars to scroll with come a turn of the loop after what they scroll.
    qtbot.waitUntil(lambda: letters(window) == letters(made))


def letters(window: MainWindow) -> Counter[tuple[str, str, float, int]]:
    """Kind, name, size of its letters and fixed width of each widget."""
    for dock in window.studio.docks:
        # Behind a tab it is drawn when it comes to the front.
        dock.panel.draw()
    return Counter(
        (
            type(widget).__name__,
            widget.text() if isinstance(widget, QLabel | QAbstractButton) else "",
            round(widget.font().pointSizeF(), 2),
            widget.width() if widget.minimumWidth() == widget.maximumWidth() else 0,
        )
        for widget in window.findChildren(QWidget)
        if widget.isVisible() or isinstance(widget, Heading)
    )


def test_maps_act_in_all_windows_and_are_kept(
    open_on: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    windows = [
        open_on(make_session(tmp_path / name, make_recording()), (HeatMapsPanel,))
        for name in "ab"
    ]
    words = Maps("CET-CBD1", "viridis")
    windows[0].actions_["show_settings"].trigger()
    dialog = windows[0].findChild(SettingsDialog)
    assert dialog is not None
    for box, name in (
        (dialog.maps.around_zero, words.around_zero),
        (dialog.maps.of_gates, words.of_gates),
    ):
        assert not box.itemIcon(0).isNull()
        box.setCurrentIndex(box.findData(name))
    dialog.reject()
    figure = Figure(windows[0].session, (HeatMapsPanel,))
    draw_whole(figure)
    lowest = words.colours((0, 0, 0), diverging=True)[0]
    shown = [window.studio.docks[0].panel for window in windows]
    for panel in (*shown, *figure.panels):
        assert isinstance(panel, HeatMapsPanel)

        def shows_the_map(panel: HeatMapsPanel = panel) -> bool:
            if not panel.rows:
                return False
            drawn = panel.rows["rnn.l0"].bar.grab().toImage()
            found = drawn.pixelColor(LEFT_PX + 2, drawn.height() - 8).getRgb()[:3]
            # A row of pixels stands for several colours.
            return bool(np.abs(lowest.astype(int) - found).max() < 40)

        qtbot.waitUntil(shows_the_map)
    figure.end()
    assert Preferences().maps == words


def test_maps_of_another_version_are_our_own() -> None:
    kept = Preferences()
    kept.maps = Maps("not made yet", "cividis")
    assert kept.maps == Maps(of_gates="cividis")


def test_the_theme_follows_the_system(
    window: MainWindow, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.settings.choose_theme("system")
    for scheme, name in (
        (Qt.ColorScheme.Dark, "dark"),
        (Qt.ColorScheme.Light, "light"),
    ):
        # Off screen there is no system that would change it.
        monkeypatch.setattr(QStyleHints, "colorScheme", lambda _hints, now=scheme: now)
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        assert window.theme.name == name
        assert qapp.palette().window().color() == QColor(SCHEMES[name].window)


def test_trusted_files_are_listed_and_can_be_taken_back(qtbot: QtBot) -> None:
    preferences = Preferences()
    preferences.trust("ab" * 32, "voice.jit")
    dialog = SettingsDialog(preferences, ("cpu",), "cpu")
    qtbot.addWidget(dialog)
    assert not dialog.revoke.isEnabled()
    dialog.files.setCurrentRow(0)
    dialog.revoke.click()
    assert dialog.files.count() == 0
    assert Preferences().trusted == {}
