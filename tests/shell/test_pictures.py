"""The dialog for pictures: what is seen is what is saved."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.trajectories import TrajectoriesPanel
from lstm_studio.shell.composer import Composer
from lstm_studio.shell.dialogs.export import ExportDialog
from lstm_studio.shell.dialogs.panelchoice import SEVERAL
from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.window import MainWindow
from lstm_studio.shell.wish import Wish, wish_of
from lstm_studio.shell.words import grouped
from tests.panels.recorded import LAYERS, make_recording, make_session
from tests.shell.conftest import Open, trigger

KINDS = (HeatMapsPanel, GatesPanel, TrajectoriesPanel)


@pytest.fixture
def window(open_on: Open, tmp_path: Path) -> MainWindow:
    session = make_session(tmp_path, make_recording(gain=4))
    window = open_on(session, KINDS)
    window.theme.choose("dark")
    session.look(layer="rnn.l0", step=40, unit=2)
    return window


def dialog_of(window: MainWindow, qtbot: QtBot) -> ExportDialog:
    trigger(window, "export_picture")
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    wait_drawn(dialog, qtbot)
    return dialog


def wait_drawn(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.preview.said and not dialog._later.isActive())


def choose(dialog: ExportDialog, qtbot: QtBot, what: str) -> None:
    dialog.panels.what.setCurrentIndex(dialog.panels.what.findData(what))
    if dialog.panels.complete:
        wait_drawn(dialog, qtbot)


def tick(dialog: ExportDialog, *titles: str) -> None:
    for title in titles:
        item = dialog.panels.list.findItems(title, Qt.MatchFlag.MatchExactly)[0]
        item.setCheckState(Qt.CheckState.Checked)


def save(dialog: ExportDialog, window: MainWindow, path: Path) -> None:
    dialog.save.click()
    chooser = window.findChild(QFileDialog)
    assert chooser is not None
    chooser.selectFile(str(path))
    chooser.accept()


def pixels(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(rgb.constBits(), np.uint8)
    return rows.reshape(rgb.height(), rgb.width(), 4)[..., :3].astype(int).copy()


@pytest.mark.parametrize("what", ["window", "heatmaps", "gates"])
def test_the_preview_is_what_is_saved(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, what: str
) -> None:
    dialog = dialog_of(window, qtbot)
    choose(dialog, qtbot, what)
    seen = pixels(dialog.preview.image)
    path = tmp_path / "picture.png"
    save(dialog, window, path)
    qtbot.waitUntil(path.exists)
    image = QImage(str(path))
    got = pixels(image)
    np.testing.assert_array_equal(got, seen)
    assert grouped(image.width()) in dialog.said.text()


def test_light_for_print_in_a_dark_window(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window, qtbot)
    for what in ("window", "heatmaps"):
        for background, name in (("light", "light"), ("screen", "dark")):
            dialog.background.setCurrentIndex(dialog.background.findData(background))
            choose(dialog, qtbot, what)
            # The lightness of most: the background.
            light = pixels(dialog.preview.image).mean(axis=2).astype(int)
            bright = np.bincount(light.ravel()).argmax() > 200
            assert bright == (name == "light"), (what, background)
    # The window itself is as it was.
    assert window.theme.name == "dark"
    base = window.palette().base().color().name()
    assert base == SCHEMES["dark"].base
    maps = window.findChild(HeatMapsPanel)
    assert maps.colours.background.name() == base
    dialog.reject()


def test_what_the_picture_needs_never_comes_to_the_screen(
    window: MainWindow, qtbot: QtBot, qapp: QApplication
) -> None:
    dialog = dialog_of(window, qtbot)
    panel = window.findChild(HeatMapsPanel)
    qapp.processEvents()
    before = pixels(panel.grab().toImage())
    composer = window.findChild(Composer)
    assert dialog.background.currentData() == "light"
    composer.preview()
    # Before any event is handled: what the screen would be painted with.
    np.testing.assert_array_equal(pixels(panel.grab().toImage()), before)
    dialog.reject()


def test_panels_are_chosen_and_put_in_order(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window, qtbot)
    choose(dialog, qtbot, SEVERAL)
    assert not dialog.save.isEnabled()
    assert dialog.preview.said == "Tick at least one panel."
    tick(dialog, HeatMapsPanel.title, TrajectoriesPanel.title)
    wait_drawn(dialog, qtbot)
    assert dialog.wish.panels == ("heatmaps", "trajectories")
    first = pixels(dialog.preview.image)
    dialog.panels.list.setCurrentRow(0)
    dialog.panels.list.setFocus()
    qtbot.keyClick(dialog.panels.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(dialog.panels.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    if dialog.wish.panels == ("heatmaps", "trajectories"):
        # Without a focused window the shortcut is not sent.
        dialog.panels.shift(1)
        dialog.panels.shift(1)
    wait_drawn(dialog, qtbot)
    assert dialog.wish.panels == ("trajectories", "heatmaps")
    assert not np.array_equal(pixels(dialog.preview.image), first)
    dialog.reject()


def test_what_was_chosen_in_a_panel_is_in_its_picture(
    window: MainWindow, qtbot: QtBot
) -> None:
    maps, gates = window.findChild(HeatMapsPanel), window.findChild(GatesPanel)
    maps.order, gates.hidden = "variance", frozenset("i")
    maps.hidden = frozenset({LAYERS[1]})
    dialog = dialog_of(window, qtbot)
    choose(dialog, qtbot, SEVERAL)
    tick(dialog, HeatMapsPanel.title, GatesPanel.title)
    wait_drawn(dialog, qtbot)
    composer = window.pictures._composer
    assert composer is not None
    assert composer._figure is not None
    states, lines = composer._figure.panels
    assert isinstance(states, HeatMapsPanel)
    assert isinstance(lines, GatesPanel)
    assert states.order == "variance"
    assert states.hidden == {LAYERS[1]}
    assert states.rows[LAYERS[0]].units.order is not None
    assert lines.hidden == {"i"}
    assert lines.lines.curves[0].isVisible()
    dialog.reject()


def test_a_file_for_each_layer(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = dialog_of(window, qtbot)
    assert dialog.each_layer.isHidden()
    choose(dialog, qtbot, "heatmaps")
    assert not dialog.each_layer.isHidden()
    dialog.each_layer.setChecked(True)
    wait_drawn(dialog, qtbot)
    view = window.session.view
    save(dialog, window, tmp_path / "states.png")
    paths = [tmp_path / f"states-{name}.png" for name in LAYERS]
    qtbot.waitUntil(lambda: all(path.exists() for path in paths))
    qtbot.waitUntil(lambda: window.pictures._composer is None)
    images = [QImage(str(path)) for path in paths]
    assert [image.text("Layer") for image in images] == list(LAYERS)
    assert images[0] != images[1]
    assert window.session.view == view
    assert "2 files" in window.statusBar().currentMessage()
    # They are there now: they give way only when that is wished.
    before = [path.read_bytes() for path in paths]
    dialog = dialog_of(window, qtbot)
    assert dialog.each_layer.isChecked()
    save(dialog, window, tmp_path / "states.png")
    box = window.findChild(QMessageBox)
    assert box is not None
    assert "states-rnn.l0.png" in box.text()
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert [path.read_bytes() for path in paths] == before
    assert window.pictures._composer is None


def test_the_last_choice_is_remembered(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = dialog_of(window, qtbot)
    choose(dialog, qtbot, "gates")
    dialog.form.setCurrentIndex(dialog.form.findData("pdf"))
    dialog.width_mm.setValue(120)
    dialog.caption.setChecked(False)
    wait_drawn(dialog, qtbot)
    assert dialog.said.text().startswith("120 × ")
    assert "pixels" not in dialog.said.text()
    wish = dialog.wish
    save(dialog, window, tmp_path / "gates.pdf")
    qtbot.waitUntil((tmp_path / "gates.pdf").exists)
    again = dialog_of(window, qtbot)
    assert again.wish == wish
    assert (wish.panels, wish.form, wish.width_mm) == (("gates",), "pdf", 120)
    again.reject()


def test_the_clipboard_gets_the_picture(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window, qtbot)
    choose(dialog, qtbot, "gates")
    dialog.dpi.setCurrentIndex(dialog.dpi.findData(96))
    wait_drawn(dialog, qtbot)
    dialog.copy.click()
    image = QGuiApplication.clipboard().image()
    assert image.width() == round(180 / 25.4 * 96)
    np.testing.assert_array_equal(pixels(image), pixels(dialog.preview.image))
    dialog.reject()


def test_a_folder_that_is_not_there_is_said(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog_of(window, qtbot).reject()
    dialog = dialog_of(window, qtbot)
    composer = window.pictures._composer
    assert composer is not None
    dialog.save.click()
    window.findChild(QFileDialog).fileSelected.emit(str(tmp_path / "no" / "a.png"))
    qtbot.waitUntil(window.banner.isVisible)
    window.findChild(QFileDialog).reject()


def test_closing_the_window_ends_what_is_composed(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = dialog_of(window, qtbot)
    dialog.panels.what.setCurrentIndex(1)
    window.close()
    assert window.pictures._composer is None


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"panels": "no", "form": "bmp", "dpi": "x", "width_mm": -1, "other": 3},
        {"dpi": 10**9, "height_mm": 1e9, "light": 1, "caption": None},
        {"panels": [1, 2], "form": None},
    ],
)
def test_what_was_kept_may_be_anything(kept: dict[str, object]) -> None:
    wish = wish_of(kept)
    assert wish.form == "png"
    assert 36 <= wish.dpi <= 768
    assert wish.width_mm == wish.height_mm == 0
    assert wish_of(wish.kept) == wish


def test_a_wish_is_kept() -> None:
    wish = Wish(("a", "b"), "svg", False, 100.0, 50.5, 300, False, True)
    assert wish_of(wish.kept) == wish
