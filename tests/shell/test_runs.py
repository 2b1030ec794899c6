"""A run in the window: it is paused, stepped, cancelled, and it may fail."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.commands import OpenModel, Run, Verify
from lstm_studio.core.messages import Cancelled, Progress
from lstm_studio.shell.statusline import progress_in_words, proof_in_words
from lstm_studio.shell.window import MainWindow
from tests.shell.conftest import trigger
from tests.shell.engine import RAISED, STEPS, Engine
from tests.shell.keyboard import press

Key = Qt.Key


def wait_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.busy)
    window.refresh()


def prepare(qtbot: QtBot, window: MainWindow) -> None:
    window.session.open_model("/toy.pt")
    wait_idle(qtbot, window)
    window.session.open_sequence("generate:sine")
    wait_idle(qtbot, window)


def test_an_opened_model_takes_the_place_of_the_welcome_page(
    window: MainWindow, qtbot: QtBot
) -> None:
    assert window.pages.currentWidget() is window.welcome
    prepare(qtbot, window)
    assert window.pages.currentWidget() is window.studio
    assert window.windowTitle() == "toy.pt – generate:sine – LSTM Studio"
    assert "ready to run" in window.status.place.text()
    trigger(window, "show_welcome")
    assert window.pages.currentWidget() is window.welcome


def test_a_run_is_stepped_and_goes_on(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    trigger(window, "run_paused")
    window.refresh()
    assert window.transport.currentWidget() is window.transport.running
    trigger(window, "step_run")
    qtbot.waitUntil(lambda: engine.taken == 1)
    window.transport.steps.setValue(7)
    trigger(window, "step_run_n")
    qtbot.waitUntil(lambda: engine.taken == 8)
    qtbot.waitUntil(lambda: "Paused" in window.status.doing.text())
    assert window.actions_["pause_run"].text() == "Run on"
    press(qtbot, window, Key.Key_Space)
    wait_idle(qtbot, window)
    assert engine.taken == STEPS
    assert window.transport.currentWidget() is window.transport.playback


def test_escape_cancels_a_run(window: MainWindow, engine: Engine, qtbot: QtBot) -> None:
    prepare(qtbot, window)
    trigger(window, "run_paused")
    assert engine.started.wait(5)
    # The panels do not move when the line at the foot says other things.
    height = window.status.sizeHint().height()
    press(qtbot, window, Key.Key_Escape)
    wait_idle(qtbot, window)
    assert window.status.sizeHint().height() == height
    assert engine.taken == 0
    assert not window.banner.isVisible()


def test_the_window_closes_in_mid_run(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    trigger(window, "run_paused")
    assert engine.started.wait(5)
    window.close()
    assert not window.isVisible()
    assert engine.taken == 0


def test_a_failed_run_says_why_and_what_next(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    engine.fails = RAISED
    trigger(window, "run")
    wait_idle(qtbot, window)
    banner = window.banner
    assert banner.isVisible()
    assert banner.text.text() == RAISED.message
    # Shown as it is: what stands in a message is text, not markup.
    assert banner.text.textFormat() == Qt.TextFormat.PlainText
    assert banner.next_step.text() == RAISED.next_step
    assert not banner.details.isVisible()
    banner.fold.click()
    assert banner.details.toPlainText() == RAISED.details
    banner.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert RAISED.message in copied
    assert RAISED.details in copied
    assert not banner.offer.isVisible()
    cancel = window.actions_["cancel"]
    qtbot.waitUntil(lambda: cancel.text() == "Close the message")
    banner.close_.click()
    qtbot.waitUntil(lambda: not cancel.isEnabled())
    engine.fails = None
    trigger(window, "run")
    wait_idle(qtbot, window)
    assert not banner.isVisible()


def test_a_full_disk_pauses_the_run_until_there_is_room(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    engine.full = True
    trigger(window, "run")
    banner = window.banner
    qtbot.waitUntil(banner.isVisible)
    assert (banner.text.text(), banner.next_step.text()) == (
        "The disk is full.",
        "Free some space.",
    )
    assert (banner.offer.text(), banner.instead.text()) == ("Try again", "End the run")
    assert window.session.paused
    banner.offer.click()
    # Still no room: it is said again.
    qtbot.waitUntil(banner.isVisible)
    assert window.session.paused
    engine.full = False
    trigger(window, "pause_run")
    wait_idle(qtbot, window)
    assert not banner.isVisible()
    assert engine.taken == STEPS


def test_on_a_full_disk_the_run_can_be_ended(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    engine.full = True
    trigger(window, "run")
    qtbot.waitUntil(window.banner.isVisible)
    window.banner.instead.click()
    wait_idle(qtbot, window)
    assert window.session.outcome == Cancelled()
    assert not window.banner.isVisible()
    engine.full, engine.fails = False, RAISED
    trigger(window, "run")
    wait_idle(qtbot, window)
    assert window.banner.isVisible()
    assert not window.banner.instead.isVisible()


def test_a_run_that_failed_on_a_device_is_offered_on_the_cpu(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    prepare(qtbot, window)
    window.session.devices = ("cpu", "cuda:0")
    window.settings.choose_device("cuda:0")
    engine.fails = RAISED
    trigger(window, "run")
    wait_idle(qtbot, window)
    engine.fails = None
    assert window.banner.offer.text() == "Run on CPU"
    window.banner.offer.click()
    wait_idle(qtbot, window)
    runs = [command for command in engine.commands if isinstance(command, Run)]
    assert [run.device for run in runs] == ["cuda:0", "cpu"]
    assert window.bar.device.currentText() == "cpu"


def test_the_remembered_device_is_taken_where_it_is_there(window: MainWindow) -> None:
    window.settings.choose_device("cuda:0")
    window.session.device = "cpu"
    window.session.opened.emit()
    assert window.session.device == "cpu"
    window.session.devices = ("cpu", "cuda:0")
    window.session.opened.emit()
    assert window.session.device == "cuda:0"
    assert window.bar.device.currentText() == "cuda:0"


def test_verify_is_asked_of_the_engine(
    recorded: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Verify] = []
    monkeypatch.setattr(recorded.session, "verify", lambda: asked.append(Verify()))
    recorded.asking.show_certificate()
    dialog = recorded.findChild(object, "certificate")
    dialog.verify.click()
    assert asked == [Verify()]


@pytest.mark.parametrize(
    ("certificate", "words", "icon"),
    [
        (Certificate(), "not certified", "circle-wavy-question"),
        (
            Certificate({"l": LayerProof(9e-8, None, 1e-6, 9)}, 0.0, 1e-6),
            "residual 9e-8 ✓",
            "",
        ),
        (
            Certificate({"l": LayerProof(9e-8, None, 1e-6, 9)}),
            "residual 9e-8, not certified in full",
            "circle-wavy-question",
        ),
        (
            Certificate({"l": LayerProof(0.16, None, 1e-6, 9)}, 0.0, 1e-6),
            "residual 2e-1: does not hold",
            "circle-wavy-warning",
        ),
        (
            Certificate({"l": LayerProof(float("nan"), None, 1e-6, 9)}, 0.0, 1e-6),
            "residual NaN: does not hold",
            "circle-wavy-warning",
        ),
        (
            Certificate({"l": LayerProof(float("inf"), None, 1e-6, 9)}, 0.0, 1e-6),
            "residual infinite: does not hold",
            "circle-wavy-warning",
        ),
    ],
    ids=["nothing", "holds", "partly", "broken", "NaN", "Inf"],
)
def test_the_certificate_in_a_few_words(
    certificate: Certificate, words: str, icon: str
) -> None:
    assert proof_in_words(certificate) == (words, icon)


def test_progress_names_what_goes_on_and_the_time_left() -> None:
    run = Run("folder")
    assert progress_in_words(run, None, paused=False) == "Running"
    halfway = Progress("run", 5000, 10_000, 8.0)
    assert "5\u202f000 of 10\u202f000" in progress_in_words(run, halfway, paused=False)
    assert "8 s left" in progress_in_words(run, halfway, paused=False)
    assert "left" not in progress_in_words(run, halfway, paused=True)
    opening = OpenModel("toy.pt")
    weights = Progress("MB of weights", 1024, 2048, 1.0)
    said = progress_in_words(opening, weights, paused=False)
    assert "1\u202f024 of 2\u202f048 MB of weights" in said
    unknown = Progress("read", 3, None, 1.0)
    assert "left" not in progress_in_words(opening, unknown, paused=False)
