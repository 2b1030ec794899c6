"""``view`` from a script and from a notebook, on modules and on recordings."""

import builtins
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import nn

import lstm_studio
from lstm_studio.core.messages import Finished
from lstm_studio.shell.window import MainWindow

X = torch.randn(2, 40, 3, generator=torch.Generator().manual_seed(1))


def make_module() -> nn.GRU:
    torch.manual_seed(0)
    return nn.GRU(3, 5, batch_first=True)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console whose event loop runs already."""
    console = SimpleNamespace(active_eventloop="qt6")
    monkeypatch.setattr(builtins, "get_ipython", lambda: console, raising=False)


@pytest.fixture
def windows() -> Iterator[list[MainWindow]]:
    shown: list[MainWindow] = []
    yield shown
    for window in shown:
        window.close()
        window.deleteLater()


def test_a_module_runs_and_its_window_stays(
    notebook: None, windows: list[MainWindow], qtbot: QtBot
) -> None:
    module = make_module().train()
    window = lstm_studio.view(module, X)
    assert window is not None
    windows.append(window)
    session = window.session
    qtbot.waitUntil(lambda: session.outcome is not None)
    assert session.outcome == Finished()
    assert session.recording is not None
    plain = lstm_studio.record(make_module(), X)
    layer = next(iter(plain.layers))
    for stream in ("h", "r", "z", "n"):
        np.testing.assert_array_equal(
            session.recording.read(layer, stream, sample=1),
            plain.read(layer, stream, sample=1),
        )
    assert module.training
    assert not module._forward_hooks
    # What the console calls `model`.
    assert session.module is module


def test_a_recording_is_shown(
    notebook: None, windows: list[MainWindow], qtbot: QtBot
) -> None:
    recording = lstm_studio.record(make_module(), X)
    window = lstm_studio.view(recording)
    assert window is not None
    windows.append(window)
    assert window.session.recording is recording
    assert window.session.extent.steps == 40


def test_a_script_waits_until_the_window_is_closed(
    qapp: QApplication, qtbot: QtBot
) -> None:
    steps: list[int] = []

    def look_and_close() -> None:
        found = [w for w in qapp.topLevelWidgets() if isinstance(w, MainWindow)]
        if not found or found[-1].session.outcome is None:
            QTimer.singleShot(20, look_and_close)
            return
        steps.append(found[-1].session.extent.steps)
        found[-1].close()

    QTimer.singleShot(20, look_and_close)
    assert lstm_studio.view(make_module(), X) is None
    assert steps == [40]


def test_an_input_that_does_not_fit_is_said_in_the_window(
    notebook: None, windows: list[MainWindow], qtbot: QtBot
) -> None:
    window = lstm_studio.view(make_module(), torch.zeros(2, 40, 7))
    assert window is not None
    windows.append(window)
    qtbot.waitUntil(lambda: window.session.outcome is not None)
    assert window.banner.isVisible()
