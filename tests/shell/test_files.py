"""Files that are opened, dropped and remembered, and what they ask for."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from lstm_studio.core.commands import Command, OpenExample, OpenModel, OpenSequence, Run
from lstm_studio.core.messages import Failed
from lstm_studio.shell.dialogs.questions import QuestionsDialog
from lstm_studio.shell.dialogs.sequence import SequenceDialog
from lstm_studio.shell.dialogs.trust import TrustDialog
from lstm_studio.shell.preferences import Preferences
from lstm_studio.shell.window import MainWindow
from tests.panels.recorded import make_recording
from tests.shell.conftest import Open
from tests.shell.engine import NEEDS_TRUST, NO_MODEL, QUESTIONS, Engine


def wait_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.busy)


def drop(window: MainWindow, *paths: Path | str) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    for kind in (QDragEnterEvent, QDropEvent):
        event = kind(
            QPoint(300, 300),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(window, event)
        assert event.isAccepted()


def trust_dialog(window: MainWindow) -> TrustDialog | None:
    dialogs = [d for d in window.findChildren(TrustDialog) if d.isVisible()]
    return dialogs[0] if dialogs else None


def last(engine: Engine) -> Command:
    return engine.commands[-1]


def test_an_example_opens_from_its_card(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    card = window.welcome.cards[0]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window)
    assert [type(command) for command in engine.commands] == [OpenExample, Run]
    assert engine.commands[0] == OpenExample(card.name)


def test_a_dropped_model_is_opened_and_remembered(
    window: MainWindow, engine: Engine, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a & b.pt"
    path.touch()
    drop(window, path)
    wait_idle(qtbot, window)
    assert last(engine) == OpenModel(str(path))
    assert Preferences().recent == (str(path),)
    buttons = [
        button
        for button in window.welcome.findChildren(QToolButton)
        if button.property("path") == str(path)
    ]
    window.pages.show_welcome()
    buttons[0].click()
    wait_idle(qtbot, window)
    assert engine.commands == [OpenModel(str(path))] * 2


def test_a_dropped_model_and_sequence_run(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    drop(window, "/data/x.npy", "/data/toy.pt")
    wait_idle(qtbot, window)
    assert [type(c) for c in engine.commands] == [OpenModel, OpenSequence, Run]


def test_a_dropped_sequence_needs_a_model(window: MainWindow) -> None:
    drop(window, "/data/x.npy")
    assert "no model is open" in window.banner.text.text()


def test_what_is_no_model_is_asked_about_as_a_sequence(
    window: MainWindow, engine: Engine, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.open_model("/toy.pt")
    wait_idle(qtbot, window)
    drop(window, tmp_path / "arrays.h5")
    wait_idle(qtbot, window)
    dialog = window.findChild(SequenceDialog)
    assert dialog is not None
    assert dialog.file.source == str(tmp_path / "arrays.h5")
    assert not window.banner.isVisible()
    dialog.reject()


def test_what_is_no_model_is_said_where_none_is_open(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    drop(window, "/data/arrays.h5")
    qtbot.waitUntil(window.banner.isVisible)
    assert NO_MODEL.message in window.banner.text.text()
    assert window.findChild(SequenceDialog) is None


def test_of_two_dropped_files_the_content_tells_the_model(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    drop(window, "/data/arrays.h5", "/data/model.h5")
    qtbot.waitUntil(lambda: isinstance(last(engine), Run))
    wait_idle(qtbot, window)
    assert engine.commands[-4:-1] == [
        OpenModel("/data/arrays.h5"),
        OpenModel("/data/model.h5"),
        OpenSequence("/data/arrays.h5"),
    ]


def test_trust_does_not_lose_the_sequence_that_was_dropped_with_the_model(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    drop(window, "/data/m.jit", "/data/x.npy")
    qtbot.waitUntil(lambda: trust_dialog(window) is not None)
    dialog = trust_dialog(window)
    assert dialog is not None
    dialog.trust.click()
    qtbot.waitUntil(lambda: isinstance(last(engine), Run))
    wait_idle(qtbot, window)
    assert engine.commands[-3:-1] == [
        OpenModel("/data/m.jit", trust=True),
        OpenSequence("/data/x.npy"),
    ]


def test_a_dropped_sequence_asks_how_to_read_it(
    window: MainWindow, engine: Engine, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.open_model("/toy.pt")
    wait_idle(qtbot, window)
    table = tmp_path / "x.csv"
    table.write_text("time,d,c,b,a\n1,2,3,4,5\n")
    drop(window, table)
    dialog = window.findChild(SequenceDialog)
    assert dialog is not None
    assert dialog.file.columns.text() == "a, b, c, d"
    dialog._on_open()
    wait_idle(qtbot, window)
    assert last(engine) == OpenSequence(str(table), {"columns": "a, b, c, d"})
    # The same model is asked about the same file again, until told otherwise.
    window.files.open_sequence()
    again = window.findChildren(SequenceDialog)[-1]
    assert again.file.source == str(table)
    assert again.choices == {"columns": "a, b, c, d"}
    again.reject()


def test_a_sequence_that_does_not_fit_can_be_chosen_again(
    window: MainWindow, engine: Engine, qtbot: QtBot, tmp_path: Path
) -> None:
    window.session.open_model("/toy.pt")
    wait_idle(qtbot, window)
    engine.fails = Failed("DoesNotFit", "The model takes 4 features.", "Choose 4.")
    window.session.open_sequence(str(tmp_path / "x.csv"))
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.offer.text() == "Choose again…"
    window.banner.offer.click()
    dialog = window.findChild(SequenceDialog)
    assert dialog is not None
    assert dialog.file.source == str(tmp_path / "x.csv")


def test_a_model_like_no_other_opens_after_the_user_said_yes(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    engine.fails = Failed("AsksFirst", "It holds 30,000 tensors.", "Open it anyway.")
    window.session.open_model("/data/m.pt")
    qtbot.waitUntil(window.banner.isVisible)
    engine.fails = None
    assert window.banner.offer.text() == "Open anyway"
    window.banner.offer.click()
    wait_idle(qtbot, window)
    assert last(engine) == OpenModel("/data/m.pt", answers={"large": "yes"})


def test_a_dropped_recording_is_shown(window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    make_recording().save(folder)
    drop(window, folder)
    assert window.session.extent.steps == 120
    assert window.pages.currentWidget() is window.studio
    copy = tmp_path / "copy"
    window.files.save_recording_to(str(copy))
    assert (copy / "recording.json").is_file()
    assert Preferences().recent == (str(copy), str(folder))


def test_a_folder_that_is_no_recording_is_refused(
    window: MainWindow, tmp_path: Path
) -> None:
    window.files.open_recording_folder(str(tmp_path))
    assert window.banner.isVisible()
    assert window.banner.text.text()


def test_code_runs_only_after_the_user_said_yes(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    window.files.open_model_file("/m/voice.jit")
    qtbot.waitUntil(lambda: trust_dialog(window) is not None)
    dialog = trust_dialog(window)
    assert dialog is not None
    assert dialog.safe.isDefault()
    assert not window.banner.isVisible()
    shown = " ".join(
        label.text() for label in dialog.findChildren(type(window.banner.text))
    )
    assert "/m/voice.jit" in shown
    assert NEEDS_TRUST.sha256[:32] in shown
    dialog.reject()
    assert engine.commands == [OpenModel("/m/voice.jit")]


def test_the_weights_only_can_be_opened(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    window.files.open_model_file("/m/voice.jit")
    qtbot.waitUntil(lambda: trust_dialog(window) is not None)
    dialog = trust_dialog(window)
    assert dialog is not None
    dialog.safe.click()
    wait_idle(qtbot, window)
    assert last(engine) == OpenModel("/m/voice.jit", False, {"open": "weights"})


def test_trust_is_remembered_by_hash_and_can_be_taken_back(
    window: MainWindow, open_on: Open, engine: Engine, qtbot: QtBot
) -> None:
    window.files.open_model_file("/m/voice.jit")
    qtbot.waitUntil(lambda: trust_dialog(window) is not None)
    dialog = trust_dialog(window)
    assert dialog is not None
    dialog.remember.setChecked(True)
    dialog.trust.click()
    wait_idle(qtbot, window)
    assert last(engine) == OpenModel("/m/voice.jit", True)
    assert Preferences().trusted == {NEEDS_TRUST.sha256: "voice.jit"}
    window.files.open_model_file("/m/voice.jit")
    wait_idle(qtbot, window)
    assert last(engine) == OpenModel("/m/voice.jit", True)
    Preferences().distrust(NEEDS_TRUST.sha256)
    window.files.open_model_file("/m/voice.jit")
    qtbot.waitUntil(lambda: trust_dialog(window) is not None)


def test_a_python_file_has_no_weights_to_open(qtbot: QtBot) -> None:
    dialog = TrustDialog("/m/model.py", NEEDS_TRUST, apart=True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.safe.isVisible()
    assert not dialog.trust.isDefault()


def test_names_that_turn_the_text_round_are_shown_as_they_are(qtbot: QtBot) -> None:
    failed = Failed("NeedsTrust", "x\u202egpj.tp runs.", "", "a\u202e, b\nc", "ab" * 32)
    dialog = TrustDialog("/data/<b>x\u202egpj.tp</b>", failed, apart=True)
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "/data/<b>x\\u202egpj.tp</b>" in texts
    assert "x\\u202egpj.tp runs." in texts
    assert dialog.findChildren(QPlainTextEdit)[0].toPlainText() == "a\\u202e, b\nc"
    assert not any("\u202e" in text for text in texts)


def test_questions_are_asked_once_and_answered(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    engine.questions = QUESTIONS
    window.session.open_model("/toy.pt")
    qtbot.waitUntil(lambda: window.findChild(QuestionsDialog) is not None)
    dialog = window.findChild(QuestionsDialog)
    assert dialog is not None
    assert dialog.answers == {"batch_first": "yes", "head": "every step"}
    dialog.fields["batch_first"].setCurrentText("no")
    dialog._on_ok()
    wait_idle(qtbot, window)
    answers = {"batch_first": "no", "head": "every step"}
    assert last(engine) == OpenModel("/toy.pt", False, answers)
    assert len(engine.commands) == 2


def test_answers_that_change_nothing_open_nothing(
    window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    engine.questions = QUESTIONS
    window.session.open_model("/toy.pt")
    qtbot.waitUntil(lambda: window.findChild(QuestionsDialog) is not None)
    dialog = window.findChild(QuestionsDialog)
    assert dialog is not None
    dialog._on_ok()
    assert len(engine.commands) == 1


@pytest.mark.parametrize("name", ["open_model", "open_recording"])
def test_file_dialogs_do_not_wait(window: MainWindow, name: str) -> None:
    window.actions_[name].trigger()
    dialogs = [d for d in window.children() if d.inherits("QFileDialog")]
    assert len(dialogs) == 1
    dialogs[0].reject()
