"""Text, encoded by the vocabulary of the model."""

import json
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.source import open_source
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw

_UNKNOWN_TOKENS: Final = ("<unk>", "[UNK]", "<UNK>", "�", "?", " ")
_SHOWN: Final = 5


def vocabulary_of(needs: InputNeeds, choices: Choices) -> tuple[str, ...]:
    """Return the chosen vocabulary, else the model's own; ``()`` for none."""
    chosen = choices.tokens()
    if isinstance(chosen, str):
        chosen = _read_vocabulary(Path(chosen))
    return chosen or needs.vocabulary


def read_text(
    text: str, path: str, needs: InputNeeds, choices: Choices, tell: Tell
) -> Raw:
    """Encode a text as tokens (step)."""
    name = Path(path).name if path else "typed text"
    tell(Found("text", f"A text of {len(text)} characters."))
    vocabulary = vocabulary_of(needs, choices)
    if not vocabulary:
        raise DoesNotFit(
            "The model does not bring the vocabulary that turns a text into tokens.",
            "Choose the vocabulary: a .json or .txt file, or a list of its tokens.",
        )
    notes: list[str] = []
    if "\r\n" in text and "\r" not in vocabulary:
        text = text.replace("\r\n", "\n")
        notes.append("Line ends of Windows were read as one character.")
    # A token of several characters tells that the tokens are words.
    words = any(len(token) > 1 and token not in _UNKNOWN_TOKENS for token in vocabulary)
    default = "words" if words else "characters"
    split = choices.text("split", default, ("words", "characters"))
    parts = text.split() if split == "words" else list(text)
    index = {token: number for number, token in enumerate(vocabulary)}
    parts = _without_unknown(parts, index, split, choices, notes)
    tokens = np.array([index[part] for part in parts], np.int64)
    return Raw(name, path, tokens, ("step",), labels=tuple(parts), notes=tuple(notes))


def _without_unknown(
    parts: list[str],
    index: dict[str, int],
    split: str,
    choices: Choices,
    notes: list[str],
) -> list[str]:
    unknown = Counter(part for part in parts if part not in index)
    if not unknown:
        return parts
    count = unknown.total()
    what = _described(parts, unknown, split)
    match choices.text("unknown", "ask", ("skip", "replace")):
        case "skip":
            notes.append(f"{count} steps were skipped: {what}.")
            return [part for part in parts if part in index]
        case "replace":
            other = _replacement(index, choices)
            notes.append(f"{count} steps were replaced by {other!r}: {what}.")
            return [part if part in index else other for part in parts]
    raise DoesNotFit(
        f"The text has {len(unknown)} {split} that the model does not know, at {count} "
        f"steps: {what}.",
        "Choose to skip or to replace them.",
    )


def _described(parts: list[str], unknown: Counter[str], split: str) -> str:
    shown = []
    for part, count in list(unknown.items())[:_SHOWN]:
        step = parts.index(part)
        line = parts[:step].count("\n") + 1
        where = f"step {step}" + (f" (line {line})" if split == "characters" else "")
        shown.append(f"{part!r} {count} times, first at {where}")
    more = len(unknown) - len(shown)
    return "; ".join(shown) + (f"; and {more} others" if more else "")


def _replacement(index: dict[str, int], choices: Choices) -> str:
    likely = next((token for token in _UNKNOWN_TOKENS if token in index), "")
    chosen = choices.text("replacement", likely)
    if chosen not in index:
        raise DoesNotFit(
            f"The replacement {chosen!r} is not in the vocabulary either.",
            "Choose a replacement that is.",
        )
    return chosen


def _read_vocabulary(path: Path) -> tuple[str, ...]:
    """Read a list or a mapping to numbers in JSON, or a text with a token a line."""
    with open_source(path, "a vocabulary: a .json or .txt file") as source:
        content = source.read()
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(text) if text.lstrip()[:1] in "[{" else text.splitlines()
    except (ValueError, RecursionError) as error:
        raise CannotOpen(
            f"{path.name} cannot be read as a vocabulary: {error}.",
            "Save it as JSON or text in UTF-8.",
        ) from error
    if isinstance(data, dict) and isinstance(data.get("model"), dict):
        # tokenizer.json keeps it there.
        data = data["model"].get("vocab")
    if isinstance(data, dict) and all(isinstance(n, int) for n in data.values()):
        ordered = sorted(data.items(), key=lambda pair: pair[1])
        if [number for _, number in ordered] == list(range(len(ordered))):
            return tuple(token for token, _ in ordered)
    if isinstance(data, list) and all(isinstance(token, str) for token in data):
        return tuple(data)
    raise CannotOpen(
        f"{path.name} does not hold a vocabulary.",
        'It takes ["a", "b"], {"a": 0, "b": 1} without gaps, or one token a line.',
    )
