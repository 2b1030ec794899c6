"""What a model takes stands beside what a file holds."""

import wave
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lstm_studio.core.summary import InputNeeds, ModelSummary
from lstm_studio.shell.dialogs.sequence import SequenceDialog, needs_in_words
from lstm_studio.shell.peek import peek


def dialog_for(
    qtbot: QtBot, needs: InputNeeds, path: Path | str = ""
) -> SequenceDialog:
    model = ModelSummary("toy.pt", "/toy.pt", "", "", (), needs)
    dialog = SequenceDialog(model, str(path))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (InputNeeds(), "that its file does not tell"),
        (InputNeeds("features", 1), "1 feature per step"),
        (InputNeeds("features", 2, names=("rain", "wind")), ": rain, wind"),
        (InputNeeds("tokens", 97, ("a", "b")), "one of 97 tokens per step"),
        (
            InputNeeds("samples", 512, rate=16_000),
            "512 samples of sound at 16\u202f000 Hz",
        ),
    ],
    ids=["unknown", "one", "named", "tokens", "sound"],
)
def test_needs_in_words(needs: InputNeeds, words: str) -> None:
    assert words in needs_in_words(needs)


def test_a_table_with_too_many_columns_is_explained(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a;b;c\n1,5;2;3\n")
    dialog = dialog_for(qtbot, InputNeeds("features", 2), path)
    page = dialog.file
    assert page.shape.text() == "A table of 3 columns."
    assert "takes 2 features per step; 3 columns are chosen" in page.fit.text()
    page.list.item(2).setCheckState(Qt.CheckState.Checked)
    page.list.item(0).setCheckState(Qt.CheckState.Checked)
    # In the order in which they were ticked: that is the order of the model.
    assert page.choices == {"columns": "c, a"}
    assert not page.form.isRowVisible(page.fit)
    page.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    assert page.choices == {"columns": "a"}


def test_figures_of_the_model_are_proposed(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((5, 2), np.float32))
    needs = InputNeeds("features", 2, center=(1.0, 2.0), scale=(3.0, 4.0))
    dialog = dialog_for(qtbot, needs, path)
    page = dialog.file
    assert page.shape.text() == "An array of 5 × 2, float32."
    page.way.setCurrentIndex(page.way.findData("given"))
    page.axes.setCurrentIndex(page.axes.findData("step,feature"))
    assert page.choices == {
        "axes": "step,feature",
        "standardise": "given",
        "center": "1.0, 2.0",
        "scale": "3.0, 4.0",
    }


def test_a_generated_signal_names_only_what_concerns_it(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.tabs.setCurrentWidget(dialog.generated)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._on_open()
    assert chosen.args == ["generate:sine", {"steps": 500, "period": 25.0}]
    page = dialog.generated
    page.kind.setCurrentIndex(page.kind.findData("noise"))
    page.seed.setValue(3)
    assert page.choices == {"steps": 500, "seed": 3}


def test_text_is_offered_to_models_of_tokens_only(qtbot: QtBot) -> None:
    numbers = dialog_for(qtbot, InputNeeds("features", 2))
    assert numbers.tabs.indexOf(numbers.text) == -1
    dialog = dialog_for(qtbot, InputNeeds("tokens", 2, ("a", "b")))
    dialog.tabs.setCurrentWidget(dialog.text)
    dialog._on_open()
    assert dialog.isVisible()
    dialog.text.text.setPlainText("abba")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._on_open()
    assert chosen.args == ["text:abba", {"unknown": "ask"}]


def test_peek_reads_heads(tmp_path: Path) -> None:
    sound = tmp_path / "x.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 12_000))
    assert peek(str(sound)).text == "Sound of 1.5 s at 8000 Hz, 2 channels."
    text = tmp_path / "x.txt"
    text.write_text("hello")
    assert peek(str(text)).is_text
    numbers = tmp_path / "x.csv"
    numbers.write_text("1,2\n3,4\n")
    assert peek(str(numbers)).columns == ("0", "1")


@pytest.mark.parametrize("ending", [".npy", ".wav", ".csv"])
def test_peek_never_raises(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(b"\x00\xff not what it says")
    assert peek(str(path)).text
    assert peek(str(tmp_path / f"none{ending}")).text == "There is no such file."
