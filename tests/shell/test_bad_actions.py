"""What people do at the wrong moment, in the real window over a real model.

A process of the model that ends or never answers: `tests/session/test_host.py`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import nn

from lstm_studio.core.messages import Cancelled, Failed, Finished, Outcome
from lstm_studio.engine.workbench import Workbench
from lstm_studio.export.selection import Selection
from lstm_studio.panels import PANELS
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import Open, trigger

STEPS, BEFORE = 400, 50
TIMES = 20


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "model.pt"
    torch.save(nn.LSTM(3, 4).state_dict(), path)
    return path


@pytest.fixture
def window(open_on: Open, tmp_path: Path) -> MainWindow:
    return new_window(open_on, tmp_path)


def new_window(open_on: Open, folder: Path) -> MainWindow:
    runner = ThreadRunner(Workbench().perform)
    return open_on(Session(runner, Workspace(folder / "sessions")), PANELS)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.session.settled)


def feed(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    """Open a model and a sequence for it."""
    session = window.session
    with qtbot.waitSignal(session.ended):
        session.open_model(str(model))
    with qtbot.waitSignal(session.ended):
        session.open_sequence("generate:noise", {"steps": STEPS})
    window.refresh()


def begin(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    """Be in the middle of a run."""
    feed(qtbot, window, model)
    window.session.run(paused=True)
    window.session.step(BEFORE)
    qtbot.waitUntil(lambda: rows(window) == BEFORE)


def finish(qtbot: QtBot, window: MainWindow) -> Outcome:
    with qtbot.waitSignal(window.session.ended) as ended:
        window.session.resume()
    settle(qtbot, window)
    return ended.args[0]


def rows(window: MainWindow) -> int:
    """Return how many steps are recorded, from the first one on."""
    recording = window.session.recording
    if recording is None or "l0" not in recording.layers:
        return 0
    spans = recording.committed("l0")
    return spans[0][1] if spans else 0


def whole(window: MainWindow) -> bool:
    return rows(window) == STEPS


def test_run_is_pressed_many_times(
    qtbot: QtBot, window: MainWindow, model: Path
) -> None:
    feed(qtbot, window, model)
    for _ in range(TIMES):
        window.actions_["run"].trigger()
    settle(qtbot, window)
    assert window.session.outcome == Finished()
    assert whole(window)


def test_cancel_is_pressed_many_times(
    qtbot: QtBot, window: MainWindow, model: Path
) -> None:
    begin(qtbot, window, model)
    for _ in range(TIMES):
        window.cancel()
    settle(qtbot, window)
    assert window.session.outcome == Cancelled()
    assert rows(window) == BEFORE
    assert not window.banner.isVisible()
    trigger(window, "run")
    settle(qtbot, window)
    assert whole(window)


def test_another_model_is_opened_in_mid_run(
    qtbot: QtBot, window: MainWindow, model: Path, tmp_path: Path
) -> None:
    begin(qtbot, window, model)
    other = tmp_path / "other.pt"
    torch.save(nn.GRU(3, 5).state_dict(), other)
    window.opening.open_paths([str(other)])
    qtbot.waitUntil(
        lambda: (
            window.session.model is not None and window.session.model.name == "other.pt"
        ),
    )
    settle(qtbot, window)
    assert window.session.outcome == Finished()
    assert window.session.recording is None
    assert not window.banner.isVisible()


def test_all_is_exported_in_mid_run(
    qtbot: QtBot, window: MainWindow, model: Path, tmp_path: Path
) -> None:
    begin(qtbot, window, model)
    window.pictures.save_window(tmp_path / "window.png")
    window.session.save_recording(str(tmp_path / "saved"))
    window.data.save(tmp_path / "h.npz", [Selection("l0", "h", 0, BEFORE)])
    qtbot.waitUntil(lambda: not window.data.busy)
    for name in ("window.png", "saved/recording.json", "h.npz"):
        assert (tmp_path / name).stat().st_size > 0
    assert not list(tmp_path.glob(".lstm-studio-*"))
    assert finish(qtbot, window) == Finished()
    assert whole(window)


def welcome(_qtbot: QtBot, _window: MainWindow, _model: Path) -> None:
    """Nothing was done yet."""


def opening(_qtbot: QtBot, window: MainWindow, model: Path) -> None:
    window.opening.open_paths([str(model)])


def running(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    feed(qtbot, window, model)
    trigger(window, "run")


def playing(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    running(qtbot, window, model)
    settle(qtbot, window)
    window.session.look(step=0)
    trigger(window, "play")


def asking(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    feed(qtbot, window, model)
    trigger(window, "open_sequence")


def exporting(qtbot: QtBot, window: MainWindow, model: Path) -> None:
    running(qtbot, window, model)
    settle(qtbot, window)
    window.data.save(model.parent / "h.npz", [Selection("l0", "h")])


STATES = (welcome, opening, feed, begin, running, playing, asking, exporting)


@pytest.mark.parametrize("be", STATES, ids=lambda be: be.__name__)
def test_the_window_is_closed_in_every_state(
    qtbot: QtBot,
    window: MainWindow,
    model: Path,
    tmp_path: Path,
    be: Callable[[QtBot, MainWindow, Path], None],
) -> None:
    be(qtbot, window, model)
    window.close()
    assert not window.isVisible()
    # Threads, timers and windows are looked for after every test.
    assert list((tmp_path / "sessions").iterdir()) == []
    assert not list(tmp_path.glob(".lstm-studio-*"))


@pytest.mark.parametrize("moved", [False, True], ids=["deleted", "moved"])
def test_the_model_file_goes_in_mid_run(
    qtbot: QtBot, window: MainWindow, model: Path, moved: bool
) -> None:
    begin(qtbot, window, model)
    if moved:
        model.rename(model.with_name("elsewhere.pt"))
    else:
        model.unlink()
    assert finish(qtbot, window) == Finished()
    assert whole(window)
    # It is in memory: another run needs no file.
    trigger(window, "run")
    settle(qtbot, window)
    assert window.session.outcome == Finished()
    # Opened again it is missed, and what is open stays.
    with qtbot.waitSignal(window.session.ended) as ended:
        window.opening.open_paths([str(model)])
    assert isinstance(ended.args[0], Failed)
    assert "There is no file" in ended.args[0].message
    assert whole(window)


def test_the_drive_of_the_recording_goes_in_mid_run(
    qtbot: QtBot, window: MainWindow, model: Path
) -> None:
    begin(qtbot, window, model)
    assert window.session.recording is not None
    folder = window.session.recording.path
    assert folder is not None
    shutil.move(folder, folder.with_name("gone"))
    window.session.resume()
    qtbot.waitUntil(lambda: window.session.stuck is not None)
    banner = window.banner
    assert banner.text.text() == f"The folder {folder} is not there any more."
    assert banner.next_step.text().startswith("Connect its drive again.")
    # Everything can be looked at meanwhile; then the drive is back.
    window.session.look(step=3, unit=2)
    trigger(window, "zoom_in")
    shutil.move(folder.with_name("gone"), folder)
    with qtbot.waitSignal(window.session.ended) as ended:
        banner.offer.click()
    assert ended.args == [Finished()]
    settle(qtbot, window)
    assert whole(window)


def test_theme_and_scale_change_in_mid_run(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, model: Path
) -> None:
    begin(qtbot, window, model)
    font = qapp.font()
    for size in (6, 24, 11):
        trigger(window, "toggle_theme")
        larger = qapp.font()
        larger.setPointSize(size)
        qapp.setFont(larger)
        window.resize(700 + 20 * size, 500 + 10 * size)
        for widget in (window, *window.findChildren(type(window.status))):
            change = QEvent(QEvent.Type.DevicePixelRatioChange)
            QCoreApplication.sendEvent(widget, change)
        window.grab()
    qapp.setFont(font)
    trigger(window, "toggle_theme")
    assert finish(qtbot, window) == Finished()
    assert whole(window)


def test_two_windows_run_beside_each_other(
    qtbot: QtBot, open_on: Open, model: Path, tmp_path: Path
) -> None:
    first, second = (new_window(open_on, tmp_path) for _ in range(2))
    for window in (first, second):
        begin(qtbot, window, model)
    assert first.session.folder != second.session.folder
    assert not first.session.recoverable()
    first.close()
    assert finish(qtbot, second) == Finished()
    assert whole(second)
