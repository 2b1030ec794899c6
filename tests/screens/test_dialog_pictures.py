"""Every dialog in both themes looks as it did when its picture was approved.

So do what the window says at its top, and the command palette.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.condition import Condition
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.found import Found, Sight
from lstm_studio.core.messages import Failed
from lstm_studio.core.summary import (
    InputNeeds,
    ModelSummary,
    Question,
    SequenceSummary,
)
from lstm_studio.core.view import View
from lstm_studio.engine import landlock
from lstm_studio.shell.actions import Actions
from lstm_studio.shell.banner import Banner
from lstm_studio.shell.catalogue import ACTIONS
from lstm_studio.shell.dialogs import about
from lstm_studio.shell.dialogs.about import AboutDialog
from lstm_studio.shell.dialogs.certificate import CertificateDialog
from lstm_studio.shell.dialogs.compare import CompareDialog
from lstm_studio.shell.dialogs.condition import ConditionDialog
from lstm_studio.shell.dialogs.export import ExportDialog
from lstm_studio.shell.dialogs.export_data import ExportDataDialog
from lstm_studio.shell.dialogs.film import FilmDialog
from lstm_studio.shell.dialogs.go_to import GoToDialog
from lstm_studio.shell.dialogs.layouts import LayoutsDialog
from lstm_studio.shell.dialogs.questions import QuestionsDialog
from lstm_studio.shell.dialogs.sequence import SequenceDialog
from lstm_studio.shell.dialogs.settings import SettingsDialog
from lstm_studio.shell.dialogs.shortcuts import ShortcutsDialog
from lstm_studio.shell.dialogs.trust import TrustDialog
from lstm_studio.shell.filmwish import FilmWish
from lstm_studio.shell.finder import Finder
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.recovery import Recovery
from lstm_studio.shell.wish import Wish
from tests.panels.recorded import make_recording
from tests.screens.approving import approve

APPROVED: Final = Path(__file__).parent / "approved" / "dialogs"
TITLES: Final = {"input": "Input", "heatmaps": "States", "gates": "Gates"}
VERSIONS: Final = {"LSTM Studio": "1.0.0", "Python": "3.14.0", "torch": "2.13.0"}
RIVER: Final = ("rain", "snow", "temperature")
WHY_TRUST: Final = (
    "voice.jit is a TorchScript archive, and opening it runs code from the file."
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM") != "offscreen",
    reason="pictures were approved on Linux off screen: letters differ elsewhere",
)


def trust(window: QWidget) -> QWidget:
    names = "torchaudio.transforms.MelSpectrogram\nvoice.net.Net\nvoice.net.Head"
    failed = Failed("NeedsTrust", WHY_TRUST, "", names, "9f86d081884c7d65" * 4)
    return TrustDialog("/home/ada/models/voice.jit", failed, window, apart=True)


def questions(window: QWidget) -> QWidget:
    asked = (
        Question("weights", "Weights to open", "model", ("model", "ema")),
        Question("run", "Parts, in the order in which they run", "rnn, relu, head"),
        Question("head", "The head reads", "every step", ("every step", "last step")),
    )
    return QuestionsDialog(model(questions=asked), window)


def model(
    questions: tuple[Question, ...] = (), *, worded: bool = False
) -> ModelSummary:
    needs = InputNeeds("features", 3, names=RIVER)
    if worded:
        needs = InputNeeds("tokens", 4, ("a", "b", "c", "d"))
    form = "state_dict (torch zip)"
    return ModelSummary("river.pt", "/m/river.pt", "", form, (), needs, questions)


def sequence_file(window: QWidget) -> QWidget:
    dialog = SequenceDialog(model(), "/home/ada/data/river.csv", window)
    summary = SequenceSummary("river.csv", "", 365, 1, (1, 365, 3), "float32", RIVER)
    found = Found("table", "A table of 4 columns.", ("day", *RIVER))
    t = np.linspace(0, 12, 365, dtype=np.float32)
    rows = np.stack([np.sin(t), np.cos(t / 2) - 1, t / 6 - 1], axis=1)
    dialog.take_sight(
        dialog.file.source, Sight(found, summary, rows - 0.02, rows + 0.02)
    )
    return dialog


def sequence_refused(window: QWidget) -> QWidget:
    dialog = SequenceDialog(model(), "/home/ada/data/levels.npy", window)
    found = Found("array", "An array of float64, 365 × 5.")
    said = "The model takes 3 features per step; the array has 5."
    dialog.take_sight(
        dialog.file.source, Sight(found, message=said, next_step="Choose 3 columns.")
    )
    dialog.file.more.setChecked(True)
    return dialog


def sequence_text(window: QWidget) -> QWidget:
    dialog = SequenceDialog(model(worded=True), parent=window)
    dialog.show_page(dialog.typed)
    dialog.typed.text.setPlainText("abba abc")
    summary = SequenceSummary("text", "", 8, 1, (1, 8), "int64", tuple("abba abc"))
    numbers = np.array([[1, 2, 2, 1, 0, 1, 2, 3]], np.float32).T
    dialog.take_sight(dialog.typed.source, Sight(None, summary, numbers, numbers))
    return dialog


def sequence_generated(window: QWidget) -> QWidget:
    dialog = SequenceDialog(model(), parent=window)
    dialog.show_page(dialog.generated)
    t = np.linspace(0, 60, 250, dtype=np.float32)[:, np.newaxis]
    waves = np.sin(t + np.arange(3, dtype=np.float32))
    summary = SequenceSummary("sine", "", 250, 1, (1, 250, 3), "float32", RIVER)
    dialog.take_sight(dialog.generated.source, Sight(None, summary, waves, waves))
    return dialog


def picture(width: int, height: int) -> QImage:
    """Return an image that stands for what a figure or a film shows."""
    image = QImage(QSize(width, height), QImage.Format.Format_RGB32)
    image.fill(QColor("steelblue"))
    return image


def export(window: QWidget) -> QWidget:
    dialog = ExportDialog(TITLES, Wish(panels=("gates",)), 2, window)
    dialog.show_picture(picture(720, 480), (180, 120), QSize(2126, 1417))
    return dialog


def export_several(window: QWidget) -> QWidget:
    chosen = Wish(panels=("heatmaps", "gates"), form="svg")
    dialog = ExportDialog(TITLES, chosen, 1, window)
    dialog.preview.wait("The picture is being drawn.")
    return dialog


def export_data(window: QWidget) -> QWidget:
    view = View(layer="rnn.l1", span=(20, 90))
    return ExportDataDialog(make_recording(), view, window)


def film(window: QWidget) -> QWidget:
    dialog = FilmDialog(TITLES, FilmWish(steps=(0, 120)), 120, window)
    dialog.show_frame(picture(800, 450))
    return dialog


def settings(window: QWidget) -> QWidget:
    preferences = Preferences()
    preferences.trust("9f86d081884c7d65" * 4, "voice.jit")
    return SettingsDialog(preferences, ("cpu", "cuda:0"), "cpu", window)


def certificate(window: QWidget) -> QWidget:
    layers = {
        "encoder.lstm.l0": LayerProof(8.9e-8, 0.0, 1e-6, 1200),
        "encoder.lstm.l1": LayerProof(1.2e-7, 3e-8, 1e-6, 1200),
        "head.gru.l0": LayerProof(2.4e-7, None, 1e-6, 1200),
    }
    measured = Certificate(layers, 0.0, 1e-6, "whole run")
    return CertificateDialog(measured, can_verify=True, parent=window)


def certificate_in_part(window: QWidget) -> QWidget:
    layers = {
        "lstm.l0": LayerProof(8.9e-8, 0.0, 1e-6, 1200),
        "lstm.l1": LayerProof(0.0, None, 1e-6, 0, "dropout was active"),
    }
    reason = "partial: the run ended before the sequence did."
    return CertificateDialog(
        Certificate(layers, reasons=(reason,)), can_verify=False, parent=window
    )


def condition(window: QWidget) -> QWidget:
    def read(_text: str) -> Condition:
        raise DoesNotFit("lstm.l9 is no layer of this model.", "Name lstm.l0.")

    text = "lstm.l9 unit 3 h > 0.8"
    return ConditionDialog(text, read, stops=True, recorded=True, parent=window)


def compare(window: QWidget) -> QWidget:
    about = "rnn.l0, rnn.l1  ·  365 steps of river.csv  ·  2026-05-04 12:04"
    runs = {f"/runs/{n}": f"run {n}  ·  {about}" for n in (2, 1)}
    return CompareDialog(runs, window)


def palette(window: QWidget) -> QWidget:
    finder = Finder(actions(window), window)
    finder.ask()
    finder.line.setText("exp")
    return finder


def shortcuts(window: QWidget) -> QWidget:
    dialog = ShortcutsDialog(actions(window), window)
    dialog.resize(dialog.width(), 320)
    return dialog


def actions(window: QWidget) -> Actions:
    made = Actions(window, ACTIONS, {each.name: _nothing for each in ACTIONS})
    made.paint(window.palette())
    return made


def _nothing() -> None:
    """Stand in for what an action does."""


def report(window: QWidget) -> QWidget:
    banner = Banner(window)
    details = "Traceback (most recent call last):\n  ...\nValueError: no such gate"
    said = "Something went wrong in the studio: ValueError: no such gate"
    safe = "What is recorded is safe. The details can be copied for a report."
    banner.show_failed(Failed("ValueError", said, safe, details))
    banner.fold.setChecked(True)
    return on_top(window, banner)


def recovery(window: QWidget) -> QWidget:
    offered = Recovery(window)
    offered.offer((Path("/nowhere/run-1"), Path("/nowhere/run-0")))
    return on_top(window, offered)


def on_top(window: QWidget, widget: QWidget) -> QWidget:
    column = QVBoxLayout(window)
    column.addWidget(widget)
    column.addStretch(1)
    return widget


DIALOGS: Final[Mapping[str, Callable[[QWidget], QWidget]]] = {
    "about": AboutDialog,
    "trust": trust,
    "questions": questions,
    "sequence-file": sequence_file,
    "sequence-refused": sequence_refused,
    "sequence-text": sequence_text,
    "sequence-generated": sequence_generated,
    "export": export,
    "export-several": export_several,
    "export-data": export_data,
    "film": film,
    "settings": settings,
    "certificate": certificate,
    "certificate-in-part": certificate_in_part,
    "condition": condition,
    "compare": compare,
    "go-to": lambda window: GoToDialog(412, 10_000, window),
    "layouts": lambda window: LayoutsDialog(["Gates at the top", "Talk"], window),
    "layouts-none": lambda window: LayoutsDialog([], window),
    "shortcuts": shortcuts,
    "palette": palette,
    "report": report,
    "recovery": recovery,
}


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_looks_as_approved(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    look: None,
    name: str,
    theme: str,
) -> None:
    # What differs from one machine to the next.
    monkeypatch.setattr(landlock, "version", lambda: 6)
    monkeypatch.setattr(about, "versions", lambda: VERSIONS)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1024, 700)
    window.show()
    dialog = DIALOGS[name](window)
    dialog.show()
    QApplication.processEvents()
    approve(request, dialog.grab().toImage(), APPROVED / f"{name}-{theme}.png")
