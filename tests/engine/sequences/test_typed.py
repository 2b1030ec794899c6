"""Numbers typed by hand, or pasted out of a spreadsheet."""

import numpy as np
import pytest

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence

TWO = InputNeeds(features=2)


@pytest.mark.parametrize(
    "text",
    [
        "1, 2\n3, 4\n5, 6",
        "1\t2\r\n3\t4\r\n5\t6\r\n",
        "1 2\n3 4\n\n5 6",
        "a;b\n1;2\n3;4\n5;6",
    ],
)
def test_a_row_per_step(text: str) -> None:
    prepared = open_sequence(f"text:{text}", TWO)
    np.testing.assert_array_equal(prepared.values, [[[1, 2], [3, 4], [5, 6]]])
    assert (prepared.summary.name, prepared.summary.path) == ("typed numbers", "")


@pytest.mark.parametrize("text", ["1 2.5 -3", "1, 2.5, -3", "1\n2.5\n-3"])
def test_one_value_per_step_may_stand_in_one_row(text: str) -> None:
    prepared = open_sequence(f"text:{text}", InputNeeds(features=1))
    np.testing.assert_array_equal(prepared.values, [[[1], [2.5], [-3]]])


@pytest.mark.parametrize("text", ["3 1 4", "3, 1,4\n", "3\n1\n4"])
def test_tokens_by_their_numbers(text: str) -> None:
    prepared = open_sequence(f"text:{text}", InputNeeds("tokens", 5))
    np.testing.assert_array_equal(prepared.values, [[3, 1, 4]])


def test_a_model_with_words_takes_numbers_where_that_is_chosen() -> None:
    needs = InputNeeds("tokens", 3, ("1", "0", "2"))
    values = open_sequence("text:1", needs).values
    assert values.tolist() == [[0]]
    values = open_sequence("text:1", needs, {"read_as": "table"}).values
    assert values.tolist() == [[1]]


@pytest.mark.parametrize(
    ("text", "needs", "words"),
    [
        ("  \n", TWO, "Nothing was typed. Type numbers, a row for each step."),
        (
            "1 2 3\n4 5 6",
            TWO,
            "The model takes 2 features per step; the file has 3 columns. Choose 2 of "
            "them.",
        ),
        ("1 2\n3", TWO, "Line 2 has 1 columns, the first line has 2. Mend the line, or "
         "choose another delimiter."),
        (
            "1 two",
            InputNeeds("tokens", 5),
            "'two' is no number, and the model does not bring the vocabulary that "
            "turns a text into tokens. Choose the vocabulary, or type the numbers of "
            "the tokens.",
        ),
    ],
)  # fmt: skip
def test_refusals(text: str, needs: InputNeeds, words: str) -> None:
    with pytest.raises(DoesNotFit) as refusal:
        open_sequence(f"text:{text}", needs)
    assert str(refusal.value) == words
