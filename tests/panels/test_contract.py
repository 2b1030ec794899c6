"""What every panel must do, whatever it shows."""

import gc
import weakref
from typing import get_args

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from lstm_studio.core.view import Pin
from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panels import PANELS
from lstm_studio.panels.layers import LayersPanel
from lstm_studio.session.session import Session
from tests.panels.recorded import make_recording, shown

every_panel = pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.id)


def test_names_differ_and_help_is_a_sentence() -> None:
    assert len({kind.id for kind in PANELS}) == len(PANELS)
    assert len({kind.title for kind in PANELS}) == len(PANELS)
    for kind in PANELS:
        assert kind.id.isidentifier()
        assert kind.help[0].isupper()
        assert kind.help.endswith(".")
        assert kind.area in get_args(Area)


@every_panel
def test_draws_with_nothing_open(
    kind: type[Panel], empty_session: Session, qtbot: QtBot
) -> None:
    panel = shown(kind(empty_session), qtbot)
    assert not panel.grab().isNull()


@every_panel
def test_draws_a_recording_and_then_another(
    kind: type[Panel], recorded_session: Session, qtbot: QtBot
) -> None:
    panel = shown(kind(recorded_session), qtbot)
    recorded_session.pin(Pin("rnn.l1", "h", 2))
    panel.refresh()
    before = panel.grab().toImage()
    assert len({before.pixel(x, y) for x in range(800) for y in range(0, 220, 7)}) > 2
    recorded_session.show_recording(make_recording(kind="gru", units=3))
    panel.refresh()
    assert not panel.grab().isNull()


@every_panel
def test_follows_the_palette(
    kind: type[Panel], recorded_session: Session, qtbot: QtBot
) -> None:
    panel = shown(kind(recorded_session), qtbot)
    palette = QPalette(panel.palette())
    palette.setColor(QPalette.ColorRole.Base, QColor("#101418"))
    palette.setColor(QPalette.ColorRole.Window, QColor("#202428"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#f0f0f0"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#f0f0f0"))
    panel.setPalette(palette)
    qtbot.waitUntil(lambda: panel.grab().toImage().pixelColor(799, 219).value() < 80)


@every_panel
def test_deleted_panel_is_gone(
    kind: type[Panel], recorded_session: Session, qapp: QApplication
) -> None:
    panel = kind(recorded_session)
    panel.refresh()
    pointer = weakref.ref(panel)
    panel.deleteLater()
    del panel
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    recorded_session.look(step=5)
    assert pointer() is None


@pytest.mark.parametrize("name", ["layers", "live", "console"])
def test_a_window_on_a_recording_alone_says_how_its_model_comes(
    recorded_session: Session, qtbot: QtBot, name: str
) -> None:
    recorded_session.model = recorded_session.sequence = None
    kind = next(kind for kind in PANELS if kind.id == name)
    panel = shown(kind(recorded_session), qtbot, 500)
    panel.draw()
    if isinstance(panel, LayersPanel):
        said = " ".join(line.text for line in panel.lines.lines)
    else:
        texts = panel.findChildren(QLabel), panel.findChildren(QPlainTextEdit)
        said = " ".join(label.text() for label in texts[0])
        said += " ".join(field.toPlainText() for field in texts[1])
    assert "recording" in said
    assert "Ctrl+O" in said
