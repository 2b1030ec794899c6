"""Numbers typed by hand or pasted: rows as a spreadsheet gives them, or tokens."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.tables import read_table

NAME = "typed numbers"


def read_numbers(text: str, needs: InputNeeds, choices: Choices, tell: Tell) -> Raw:
    """Read a row of numbers per step, or tokens by their numbers.

    One row alone is one value per step where the model takes one.
    """
    if not text.strip():
        raise DoesNotFit("Nothing was typed.", "Type numbers, a row for each step.")
    if needs.kind == "tokens":
        words = re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
        wrong = [word for word in words if not re.fullmatch(r"[+-]?\d{1,18}", word)]
        if wrong:
            raise DoesNotFit(
                f"{wrong[0]!r} is no number, and the model does not bring the "
                "vocabulary that turns a text into tokens.",
                "Choose the vocabulary, or type the numbers of the tokens.",
            )
        tell(Found("text", f"{len(words)} tokens."))
        return Raw(NAME, "", np.array([int(word) for word in words]), ("step",))
    lines = [line for line in text.splitlines() if line.strip()]
    if needs.features == 1 and len(lines) == 1:
        text = "\n".join(re.split(r"[\s,;]+", lines[0].strip(" \t,;")))
    return replace(read_table(text, Path(NAME), needs, choices, tell), path="")
