"""The bundled examples: what the welcome page lists and one click opens."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.resources import resource
from lstm_studio.core.view import Pin


@dataclass(frozen=True, slots=True)
class Example:
    """A trained model with its sequence, and what to look for in it.

    ``look`` holds the fields of ``View`` that show what ``look_for`` speaks of.
    """

    name: str
    title: str
    look_for: str
    model: Path
    answers: Mapping[str, str]
    sequence: str
    choices: Mapping[str, object]
    look: Mapping[str, Any]

    def picture(self, theme: str) -> Path:
        """Return the file of what is seen in it: in the theme ``dark`` or ``light``."""
        return self.model.with_name(f"card-{theme}.png")


def examples() -> tuple[Example, ...]:
    """Return the bundled examples in the order of the welcome page."""
    found = [_read(path) for path in resource("examples").glob("*/example.json")]
    return tuple(example for _, example in sorted(found, key=lambda pair: pair[0]))


def example(name: str) -> Example:
    """Return one bundled example.

    Raises
    ------
    CannotOpen
        If there is none of that name; the message lists those that there are.
    """
    for candidate in examples():
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in examples())
    raise CannotOpen(f"There is no example {name!r}.", f"Choose one of: {names}.")


def _read(path: Path) -> tuple[int, Example]:
    data = json.loads(path.read_text(encoding="utf-8"))
    folder = path.parent
    return data["order"], Example(
        name=folder.name,
        title=data["title"],
        look_for=data["look_for"],
        model=folder / "model.safetensors",
        answers=data.get("answers", {}),
        sequence=str(folder / data["sequence"]["file"]),
        choices=data["sequence"].get("choices", {}),
        look=_look(data.get("look", {})),
    )


def _look(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    pins = tuple(Pin(*pin) for pin in fields.get("pins", ()))
    return {**fields, "pins": pins}
