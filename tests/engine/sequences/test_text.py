"""Text and tokens: encoded by a vocabulary, each unknown part named."""

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

LETTERS = InputNeeds("tokens", 5, ("\n", " ", "a", "b", "c"))
WORDS = InputNeeds("tokens", 4, ("<unk>", "ash", "oak", "elm"))


def test_characters(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"ab c\na")
    prepared = open_sequence(path, LETTERS)
    assert prepared.values.dtype == np.int64
    np.testing.assert_array_equal(prepared.values, [[2, 3, 1, 4, 0, 2]])
    summary = prepared.summary
    assert summary.labels == ("a", "b", " ", "c", "\n", "a")
    assert (summary.steps, summary.shape) == (6, (1, 6))
    assert prepared.tensor.tolist() == prepared.values.tolist()


def test_words() -> None:
    prepared = open_sequence("text:oak  ash\nelm", WORDS)
    np.testing.assert_array_equal(prepared.values, [[2, 1, 3]])
    assert prepared.summary.name == "typed text"
    assert prepared.summary.path == ""


def test_line_ends_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb")
    prepared = open_sequence(path, LETTERS)
    np.testing.assert_array_equal(prepared.values, [[2, 0, 3]])
    assert "Line ends of Windows" in prepared.summary.notes[0]


def test_unknown_characters_are_named_with_place_and_count() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence("text:ab\naéb é{", LETTERS)
    assert refusal.value.message == (
        "The text has 2 characters that the model does not know, at 3 steps: "
        "'é' 2 times, first at step 4 (line 2); '{' 1 times, first at step 8 (line 2)."
    )
    assert refusal.value.next_step == "Choose to skip or to replace them."


def test_unknown_characters_are_skipped_and_said() -> None:
    prepared = open_sequence("text:aéb", LETTERS, {"unknown": "skip"})
    np.testing.assert_array_equal(prepared.values, [[2, 3]])
    assert prepared.summary.labels == ("a", "b")
    assert prepared.summary.notes[0].startswith("1 steps were skipped: 'é'")


def test_unknown_characters_are_replaced_and_said() -> None:
    chosen = {"unknown": "replace", "replacement": "c"}
    prepared = open_sequence("text:aéb", LETTERS, chosen)
    np.testing.assert_array_equal(prepared.values, [[2, 4, 3]])
    assert "replaced by 'c'" in prepared.summary.notes[0]
    likely = open_sequence("text:oak yew", WORDS, {"unknown": "replace"})
    np.testing.assert_array_equal(likely.values, [[2, 0]])
    with pytest.raises(DoesNotFit, match="not in the vocabulary either"):
        open_sequence("text:aé", LETTERS, {"unknown": "replace", "replacement": "é"})


def test_nothing_left_is_an_empty_sequence() -> None:
    for text in ("text:", "text:éé"):
        with pytest.raises(DoesNotFit, match="The sequence is empty"):
            open_sequence(text, LETTERS, {"unknown": "skip"})


def test_many_unknown_characters_are_not_all_listed() -> None:
    with pytest.raises(DoesNotFit, match="and 15 others"):
        open_sequence("text:ABCDEFGHIJKLMNOPQRST", LETTERS)


def test_a_model_without_vocabulary_asks_for_one() -> None:
    needs = InputNeeds("tokens", 5)
    with pytest.raises(DoesNotFit, match="does not bring the vocabulary"):
        open_sequence("text:ab", needs)
    chosen = {"vocabulary": list("abcde")}
    np.testing.assert_array_equal(
        open_sequence("text:cab", needs, chosen).values, [[2, 0, 1]]
    )


@pytest.mark.parametrize(
    "content",
    [
        '["ash", "oak", "elm"]',
        '{"elm": 2, "ash": 0, "oak": 1}',
        "ash\noak\nelm\n",
        json.dumps(
            {"model": {"type": "WordLevel", "vocab": {"ash": 0, "oak": 1, "elm": 2}}}
        ),
    ],
    ids=["list", "mapping", "lines", "tokenizer"],
)
def test_vocabulary_from_a_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(content, encoding="utf-8")
    needs = InputNeeds("tokens", 3)
    prepared = open_sequence("text:elm ash", needs, {"vocabulary": str(path)})
    np.testing.assert_array_equal(prepared.values, [[2, 0]])


@pytest.mark.parametrize("content", ['{"a": 0, "b": 2}', "[1, 2]", '["a"', "{}x"])
def test_a_file_that_is_no_vocabulary(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CannotOpen, match="vocabulary"):
        open_sequence("text:a", InputNeeds("tokens"), {"vocabulary": str(path)})


def test_text_for_a_model_without_embedding() -> None:
    needs = InputNeeds("features", 3, ("a", "b", "c"))
    prepared = open_sequence("text:cab", needs)
    np.testing.assert_array_equal(prepared.values, np.eye(3)[None, [2, 0, 1]])
    assert prepared.summary.labels == ("c", "a", "b")
    assert "row of 3" in prepared.summary.notes[0]


def test_tokens_from_an_array(tmp_path: Path) -> None:
    path = tmp_path / "tokens.npy"
    for array in ([4, 0, 2], [[4], [0], [2]], [[4.0, 0.0, 2.0]]):
        np.save(path, np.array(array))
        prepared = open_sequence(path, LETTERS)
        np.testing.assert_array_equal(prepared.values, [[4, 0, 2]])
        assert prepared.values.dtype == np.int64
        assert prepared.summary.labels == ("c", "\n", "a")
    np.save(path, np.array([[4, 0], [2, 1], [0, 0]], ">i4"))
    prepared = open_sequence(path, LETTERS)
    assert (prepared.summary.samples, prepared.summary.steps) == (3, 2)
    turned = open_sequence(path, LETTERS, {"axes": "step,sample"})
    np.testing.assert_array_equal(turned.values, prepared.values.T)


def test_several_values_per_step_are_no_tokens(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(DoesNotFit, match="the file has 2 columns"):
        open_sequence(path, LETTERS)
    with pytest.raises(DoesNotFit, match=r"table\.csv gives 2 values per step"):
        open_sequence(path, LETTERS, {"columns": ["a", "b"]})
    chosen = open_sequence(path, LETTERS, {"columns": ["b"]})
    np.testing.assert_array_equal(chosen.values, [[2, 4]])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ([1, 2, 5], "tokens of 0 to 4; 1 are outside, the first is 5 at step 2."),
        ([[1, 2], [-1, 2]], "the first is -1 at step 0 of sample 1."),
        ([1, 2.5], "whole numbers; step 1 is 2.5."),
        ([1, np.nan], "whole numbers; step 1 is nan."),
        ([1, np.inf], "whole numbers; step 1 is inf."),
        ([], "The sequence is empty"),
        (np.zeros((2, 3, 4)), "has 3 axes (2 × 3 × 4)"),
        (["a", "b"], "holds texts"),
    ],
)
def test_tokens_that_do_not_fit(tmp_path: Path, array: object, message: str) -> None:
    np.save(tmp_path / "tokens.npy", np.array(array))
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(tmp_path / "tokens.npy", LETTERS)
    assert message in refusal.value.message
