"""What a model takes stands beside what a file holds."""

import wave
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from lstm_studio.core.found import Found, Sight
from lstm_studio.core.summary import InputNeeds, ModelSummary, SequenceSummary
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
    assert [page.list.item(n).text() for n in range(3)] == ["a", "b", "c"]
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
    axes = page.fields["axes"]
    axes.setCurrentIndex(axes.findData("step,feature"))
    assert page.choices == {
        "axes": "step,feature",
        "standardise": "given",
        "center": "1.0, 2.0",
        "scale": "3.0, 4.0",
    }


def test_a_generated_signal_names_only_what_concerns_it(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.show_page(dialog.generated)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._on_open()
    assert chosen.args == ["generate:sine", {"steps": 500, "period": "25"}]
    page = dialog.generated
    page.kind.setCurrentIndex(page.kind.findData("noise"))
    page.seed.setValue(3)
    assert page.choices == {"steps": 500, "seed": 3}


def test_text_is_offered_to_models_of_tokens_only(qtbot: QtBot) -> None:
    numbers = dialog_for(qtbot, InputNeeds("features", 2))
    assert numbers.tabs.tabText(1) == "Typed"
    assert "unknown" not in numbers.typed.form.fields
    dialog = dialog_for(qtbot, InputNeeds("tokens", 2, ("a", "b")))
    dialog.show_page(dialog.typed)
    dialog._on_open()
    assert dialog.isVisible()
    dialog.typed.text.setPlainText("abba")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._on_open()
    assert chosen.args == ["text:abba", {}]


def test_peek_reads_heads(tmp_path: Path) -> None:
    sound = tmp_path / "x.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 12_000))
    assert peek(str(sound)).text == "Sound of 1.5 s at 8000 Hz, 2 channels."
    text = tmp_path / "x.txt"
    text.write_text("hello")
    assert peek(str(text)).form == "text"
    numbers = tmp_path / "x.csv"
    numbers.write_text("1,2\n3,4\n")
    assert peek(str(numbers)).columns == ("0", "1")


@pytest.mark.parametrize("ending", [".npy", ".wav", ".csv"])
def test_peek_never_raises(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(b"\x00\xff not what it says")
    assert peek(str(path)).text
    assert peek(str(tmp_path / f"none{ending}")).text == "There is no such file."


SUMMARY = SequenceSummary("x", "", 9, 2, (2, 9, 2), "float32", ("a", "b"))


def test_the_engine_is_asked_and_its_answer_shown(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    path.write_bytes(b"what only the engine can read")
    dialog = dialog_for(qtbot, InputNeeds("features", 2), path)
    page = dialog.file
    with qtbot.waitSignal(dialog.asked) as asked:
        pass
    assert asked.args == [str(path), {}]
    found = Found("array", "2 arrays: one, two.", arrays=("one", "two"))
    dialog.take_sight(str(path), Sight(found, message="It holds 2.", next_step="Pick."))
    assert page.shape.text() == "2 arrays: one, two."
    assert dialog.picture.said.text() == "It holds 2. Pick."
    with qtbot.waitSignal(dialog.asked) as asked:
        page.array.setCurrentIndex(2)
    assert asked.args == [str(path), {"array": "two"}]
    low = np.linspace(0, 1, 18, dtype=np.float32).reshape(9, 2)
    found = Found("array", "An array of 9 × 2.", ("0", "1"), ("one", "two"))
    dialog.take_sight(str(path), Sight(found, SUMMARY, low, low + 0.1))
    assert dialog.picture.said.text() == "2 samples of 9 steps, 2 features."
    assert page.array.currentData() == "two"
    assert page.list.count() == 2
    blank = dialog.picture.plot.grab().toImage()
    dialog.picture.say("")
    assert dialog.picture.plot.grab().toImage() != blank


def test_an_answer_to_an_older_question_is_not_shown(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.take_sight("/other.npy", Sight(message="No."))
    assert dialog.picture.said.text() == "Nothing is chosen yet."


def test_values_that_are_missing_leave_a_gap(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.show_page(dialog.generated)
    low = np.full((9, 2), np.nan, np.float32)
    for rows in (low, np.where(np.arange(9)[:, None] % 3, low, 1).astype(np.float32)):
        dialog.take_sight("generate:sine", Sight(None, SUMMARY, rows, rows))
        assert not dialog.picture.plot.grab().isNull()


def test_every_choice_of_a_table(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("who,a,b\nx,1,2\n")
    dialog = dialog_for(qtbot, InputNeeds("features", 2), path)
    page = dialog.file
    assert not page.form.isRowVisible(page.fields["header"])
    page.more.setChecked(True)
    page.columns.setText("a, b")
    for name, value in (
        ("header", "yes"),
        ("delimiter", ","),
        ("decimal", "."),
        ("sample_column", "who"),
        ("standardise", "file"),
    ):
        field = page.fields[name]
        field.setCurrentIndex(field.findData(value))
        assert field.currentData() == value
    page.figures.line.setText("/m.json")
    for name, text in (("names", "one, two"), ("rate", "10"), ("samples", "0")):
        page.fields[name].setText(text)
    assert page.choices == {
        "columns": "a, b",
        "standardise": "file",
        "figures": "/m.json",
        "header": "yes",
        "delimiter": ",",
        "decimal": ".",
        "sample_column": "who",
        "samples": "0",
        "names": "one, two",
        "rate": "10",
    }


def test_every_choice_of_a_sound(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    path.touch()
    dialog = dialog_for(qtbot, InputNeeds("samples", 512), path)
    for name, text in (("window", "256"), ("hop", "128"), ("channel", "1")):
        dialog.file.fields[name].setText(text)
    assert dialog.file.choices == {"window": "256", "hop": "128", "channel": "1"}


def test_every_choice_of_a_text(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("abc")
    dialog = dialog_for(qtbot, InputNeeds("tokens", 3), path)
    page = dialog.file
    page.vocabulary.line.setText("/v.json")
    for name, value in (("split", "words"), ("unknown", "skip")):
        page.fields[name].setCurrentIndex(page.fields[name].findData(value))
    assert page.choices == {
        "vocabulary": "/v.json",
        "split": "words",
        "unknown": "skip",
    }
    # A model that brings its words is not asked for them.
    other = dialog_for(qtbot, InputNeeds("tokens", 3, ("a", "b", "c")), path)
    assert not other.file.form.isRowVisible(other.file.vocabulary)


def test_initial_states(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.show_page(dialog.generated)
    rows = dialog.initial
    assert "initial" not in dialog.choices
    rows.kind.setCurrentIndex(rows.kind.findData("random"))
    rows.seed.setValue(7)
    assert dialog.choices.items() >= {"initial": "random", "initial_seed": 7}.items()
    for kind, path in (("file", "/s.npz"), ("recording", "/old.run")):
        rows.kind.setCurrentIndex(rows.kind.findData(kind))
        assert rows.path.folders == (kind == "recording")
        rows.path.line.setText(path)
        assert dialog.choices["initial"] == path
        assert "initial_seed" not in dialog.choices


def test_the_clipboard_is_typed(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.show_page(dialog.typed)
    QGuiApplication.clipboard().setText("1\t2\n3\t4")
    dialog.typed.paste.click()
    with qtbot.waitSignal(dialog.asked) as asked:
        pass
    assert asked.args == ["text:1\t2\n3\t4", {}]


@pytest.mark.parametrize(
    ("source", "choices"),
    [
        ("generate:noise", {"steps": 70, "seed": 5}),
        ("text:1, 2\n3, 4", {"initial": "random", "initial_seed": 2}),
        ("FILE", {"array": "two", "standardise": "data", "lengths": "4, 5"}),
        ("FILE", {"array": "two", "initial": "/old.run"}),
    ],
)
def test_what_was_chosen_before_is_shown_again(
    qtbot: QtBot, tmp_path: Path, source: str, choices: dict[str, object]
) -> None:
    path = tmp_path / "x.npz"
    path.touch()
    source = source.replace("FILE", str(path))
    model = ModelSummary("toy", "", "ab", "", (), InputNeeds("features", 2))
    dialog = SequenceDialog(model, "", None, (source, choices))
    qtbot.addWidget(dialog)
    dialog.show()
    if source == str(path):
        found = Found("array", "Two.", arrays=("one", "two"))
        dialog.take_sight(source, Sight(found))
    assert dialog.page.source == source
    assert dialog.choices == choices


def test_another_kind_of_file_is_not_read_as_the_one_before(
    qtbot: QtBot, tmp_path: Path
) -> None:
    model = ModelSummary("toy", "", "ab", "", (), InputNeeds("features", 2))
    before = (str(tmp_path / "x.csv"), {"columns": "a, b"})
    dialog = SequenceDialog(model, str(tmp_path / "y.npy"), None, before)
    qtbot.addWidget(dialog)
    assert dialog.choices == {}
    dialog = SequenceDialog(model, str(tmp_path / "y.csv"), None, before)
    qtbot.addWidget(dialog)
    assert dialog.file.source == str(tmp_path / "y.csv")
    assert dialog.file.columns.text() == "a, b"


def test_a_store_is_chosen_by_its_head(qtbot: QtBot) -> None:
    dialog = dialog_for(qtbot, InputNeeds("features", 2))
    dialog.file.path.line.setText("/data/x.zarr/zarr.json")
    assert dialog.file.source == "/data/x.zarr"
