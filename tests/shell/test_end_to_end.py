"""From the welcome page to a saved picture, by mouse and keyboard, on a real model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

import lstm_studio
from lstm_studio.core.examples import example
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench
from lstm_studio.panelkit.heatrow import HeatRow
from lstm_studio.panelkit.text import MINUS
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.panels.inspector import InspectorPanel
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.app import open_window
from lstm_studio.shell.dialogs.export import ExportDialog
from lstm_studio.shell.window import MainWindow
from tests.shell.keyboard import CONTROL, SHIFT, press

NAME, LAYER = "flip-flop", "gru.l0"
STREAMS = {"h", "r", "z", "n"}
STEP, UNIT = 300, 5

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    session = Session(ThreadRunner(Workbench().perform), Workspace(tmp_path))
    window = open_window(session, theme_name="dark")
    window.resize(1600, 1000)
    qtbot.addWidget(window)
    qtbot.waitExposed(window)
    yield window
    window.close()
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])


@pytest.fixture(scope="module")
def expected() -> Recording:
    """What `record()` gives for the same model and sequence."""
    bundled = example(NAME)
    model = lstm_studio.open_model(bundled.model, **bundled.answers)
    values = np.load(bundled.sequence)
    return lstm_studio.record(model, torch.from_numpy(values).float()[np.newaxis])


def panel(window: MainWindow, kind: type) -> object:
    return next(d.panel for d in window.studio.docks if isinstance(d.panel, kind))


def wait_settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.session.settled)


def shown_numbers(inspector: InspectorPanel) -> dict[str, float]:
    """Numbers that stand beside the name of a stream; none while they are read."""
    return {
        line.label: float(line.text.replace(MINUS, "-"))
        for line in inspector.lines.lines
        if line.kind == "value" and line.label in STREAMS and line.bar is not None
    }


def test_from_the_welcome_page_to_a_saved_picture(
    window: MainWindow, qtbot: QtBot, expected: Recording, tmp_path: Path
) -> None:
    session = window.session

    # Open an example: it runs at once.
    card = next(card for card in window.welcome.cards if card.name == NAME)
    qtbot.mouseClick(card, LEFT)
    qtbot.waitUntil(lambda: session.recording is not None)
    wait_settled(qtbot, window)
    steps = session.extent.steps
    assert steps == expected.length(LAYER)
    assert window.pages.currentWidget() is window.studio
    window.refresh()
    assert "✓" in window.status.proof.text()

    # Run it again, paused before its first step, and let it go step by step.
    press(qtbot, window, Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: session.paused)
    press(qtbot, window, Key.Key_F10)
    qtbot.waitUntil(lambda: rows(session) == 1)
    window.transport.steps.setValue(9)
    press(qtbot, window, Key.Key_F10, SHIFT)
    qtbot.waitUntil(lambda: rows(session) == 10)
    assert session.busy
    press(qtbot, window, Key.Key_Space)
    wait_settled(qtbot, window)
    assert rows(session) == steps

    # Click the heat map.
    maps = panel(window, HeatMapsPanel)
    assert isinstance(maps, HeatMapsPanel)
    row = maps.findChild(HeatRow)
    assert row is not None
    qtbot.waitUntil(lambda: row.plot.span == (0, steps))
    at = QPointF(row.plot.to_x(STEP + 0.5), row.plot.to_y(UNIT + 0.5))
    place = (at + row.plot.area.topLeft()).toPoint()
    qtbot.mouseClick(row.plot.viewport(), LEFT, pos=place)
    assert (session.view.layer, session.view.unit) == (LAYER, UNIT)
    # A step is narrower than a pixel may be off by.
    assert abs(session.view.step - STEP) <= 1
    press(qtbot, window, Key.Key_Right)
    step = session.view.step

    # The numbers of the inspector are those of record().
    inspector = panel(window, InspectorPanel)
    assert isinstance(inspector, InspectorPanel)
    heading = f"step {step} of {steps}"
    qtbot.waitUntil(
        lambda: (
            heading in (line.label for line in inspector.lines.lines)
            and shown_numbers(inspector).keys() >= STREAMS
        ),
    )
    shown = shown_numbers(inspector)
    for stream in STREAMS:
        wanted = expected.read(LAYER, stream, step, UNIT).item()
        assert shown[stream] == pytest.approx(wanted, abs=1e-6), stream

    # Save a picture of the heat maps at twice the size.
    path = tmp_path / "states.png"
    press(qtbot, window, Key.Key_E, CONTROL)
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    dialog.panels.what.setCurrentIndex(0)
    dialog.background.setCurrentText("As on screen")
    dialog.dpi.setCurrentIndex(dialog.dpi.findData(2 * 96))
    qtbot.keyClick(dialog, Key.Key_Return)
    chooser = window.findChild(QFileDialog)
    assert chooser is not None
    chooser.selectFile(str(path))
    chooser.accept()
    qtbot.waitUntil(path.exists)
    check_picture(QImage(str(path)), window, row, step)


def rows(session: Session) -> int:
    recording = session.recording
    if recording is None or LAYER not in recording.layers:
        return 0
    return sum(stop - start for start, stop in recording.committed(LAYER))


def check_picture(image: QImage, window: MainWindow, row: HeatRow, step: int) -> None:
    assert image.width() == 2 * window.width()
    assert image.height() > 2 * window.height()
    assert image.text("Layer") == LAYER
    assert image.text("Step") == str(step)
    assert image.text("Unit") == str(UNIT)
    assert image.text("Model SHA-256")
    assert image.text("PyTorch") == torch.__version__
    # Pixels of the heat map: the same colours as on screen, not one flat field.
    screen = window.grab().toImage()
    corner = row.plot.mapTo(window, row.plot.area.topLeft().toPoint())
    colours = set()
    for part in range(1, 20):
        x = corner.x() + round(part * row.plot.area.width() / 20)
        y = corner.y() + round(row.plot.area.height() / 2)
        saved, seen = image.pixelColor(2 * x, 2 * y), screen.pixelColor(x, y)
        colours.add(saved.name())
        assert abs(saved.red() - seen.red()) <= 60
    assert len(colours) > 3
