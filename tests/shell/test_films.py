"""Films from the window: each frame is the figure at its step."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QProgressDialog
from pytestqt.qtbot import QtBot

from lstm_studio.export.picture import picture
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.shell.dialogs.film import FilmDialog
from lstm_studio.shell.figure import Figure, draw_whole
from lstm_studio.shell.filming import pixels_of
from lstm_studio.shell.filmwish import FilmWish, film_wish_of
from lstm_studio.shell.twin import twin_of
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording, make_session
from tests.shell.conftest import Open, trigger

WISH = FilmWish(("heatmaps", "gates"), steps=(40, 70), every=10, fps=5, width=600)
FAR = 32


@pytest.fixture
def window(open_on: Open, tmp_path: Path) -> MainWindow:
    session = make_session(tmp_path, make_recording(gain=4))
    window = open_on(session, (HeatMapsPanel, GatesPanel))
    session.look(layer="rnn.l0", step=5, unit=2)
    return window


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")).astype(int))
    return frames


def dialog_of(window: MainWindow, qtbot: QtBot) -> FilmDialog:
    trigger(window, "export_film")
    dialog = window.findChild(FilmDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.preview.said)
    return dialog


def test_each_frame_is_the_figure_at_its_step(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path, view = tmp_path / "film.gif", window.session.view
    window.films.save(path, WISH)
    # The window looks elsewhere meanwhile, and the film does not.
    window.session.look(step=9, unit=4)
    qtbot.waitUntil(lambda: not window.films.busy)
    assert (window.session.view.step, window.session.view.unit) == (9, 4)
    frames = frames_of(path)
    assert len(frames) == len(WISH.frames) == 3
    window.session.look(step=view.step, unit=view.unit)
    twin = twin_of(window.session)
    figure = Figure(twin, (HeatMapsPanel, GatesPanel), "light")
    try:
        for step, frame in zip(WISH.frames, frames, strict=True):
            twin.look(step=step)
            before: object = None
            while before != figure.laid:
                before = figure.laid
                draw_whole(figure)
                scale = figure.fit(WISH.picture, figure.caption)
            want = pixels_of(picture(figure, None, scale, figure.caption)).astype(int)
            assert frame.shape == want.shape
            off = np.abs(frame - want).max(axis=2) > FAR
            assert off.mean() < 0.002, step
            assert f"step {step}" in figure.caption.text
    finally:
        figure.end()
        twin.close()
    assert not np.array_equal(frames[0], frames[1])


def test_the_dialog_films_what_it_says(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = dialog_of(window, qtbot)
    dialog.first.setValue(10)
    dialog.last.setValue(29)
    dialog.every.setValue(5)
    dialog.fps.setValue(2)
    dialog.width_px.setValue(500)
    qtbot.waitUntil(lambda: dialog.said.text().startswith("4 frames, 2.0 s, 500 × "))
    dialog.save.click()
    chooser = window.findChild(QFileDialog)
    assert chooser is not None
    path = tmp_path / "film.gif"
    chooser.selectFile(str(path))
    chooser.accept()
    qtbot.waitUntil(path.exists)
    frames = frames_of(path)
    assert len(frames) == 4
    assert frames[0].shape[1] == 500
    qtbot.waitUntil(lambda: "Saved" in window.statusBar().currentMessage())
    again = dialog_of(window, qtbot)
    assert (again.every.value(), again.fps.value()) == (5, 2)
    again.reject()


def test_what_cannot_be_filmed_is_said(window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(window, qtbot)
    dialog.first.setValue(30)
    dialog.last.setValue(10)
    qtbot.waitUntil(lambda: "last step comes before" in dialog.said.text())
    assert not dialog.save.isEnabled()
    dialog.last.setValue(40)
    dialog.fps.setValue(60)
    qtbot.waitUntil(lambda: "50 frames a second at most" in dialog.said.text())
    dialog.form.setCurrentIndex(dialog.form.findData("mp4"))
    assert dialog.save.isEnabled()
    dialog.reject()


def test_mp4_without_its_library_says_the_line_that_brings_it(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    dialog = dialog_of(window, qtbot)
    dialog.form.setCurrentIndex(dialog.form.findData("mp4"))
    assert "pip install" in dialog.said.text()
    assert not dialog.save.isEnabled()
    dialog.reject()


def test_a_film_is_cancelled(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    path.write_bytes(b"good")
    window.films.save(path, FilmWish(("heatmaps",), steps=(0, 120)))
    progress = window.findChild(QProgressDialog)
    assert progress is not None
    assert not progress.isModal()
    qtbot.waitUntil(lambda: progress.value() >= 2)
    progress.canceled.emit()
    assert not window.films.busy
    assert path.read_bytes() == b"good"
    assert not list(tmp_path.glob(".lstm-studio-*"))


def test_closing_the_window_ends_the_film(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "film.gif"
    window.films.save(path, FilmWish(("heatmaps",), steps=(0, 120)))
    progress = window.findChild(QProgressDialog)
    assert progress is not None
    qtbot.waitUntil(lambda: progress.value() >= 1)
    window.close()
    assert not window.films.busy
    assert not path.exists()


def test_a_folder_that_is_not_there_is_said(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.films.save(tmp_path / "no" / "film.gif", WISH)
    qtbot.waitUntil(lambda: not window.films.busy)
    assert window.banner.isVisible()


@pytest.mark.parametrize(
    "kept",
    [{}, {"fps": 10**6, "every": -3, "width": 1, "form": "avi", "steps": [1, 2]}],
)
def test_what_was_kept_may_be_anything(kept: dict[str, object]) -> None:
    wish = film_wish_of(kept)
    assert wish.form == "gif"
    assert 1 <= wish.fps <= 50
    assert wish.every == 1
    assert wish.width in (320, 800)
    assert wish.steps == (0, 1)
    assert film_wish_of(wish.kept) == wish
