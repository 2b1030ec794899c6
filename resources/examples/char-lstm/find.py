"""Find the units that follow docstrings, strings, comments, indentation, brackets.

    python resources/examples/char-lstm/find.py [--write]

Runs the stored weights over the program shown, and asks of each unit of each layer how
well its ``c`` tells the characters that stand inside from those that do not (area
under the ROC curve), or how well it grows with a count (correlation). ``--write``
puts what was found into example.json.
"""

import io
import json
import sys
import tokenize
from typing import Any

import numpy as np
from safetensors.torch import load_file
from train import FOLDER, CharacterModel, encode

from lstm_studio import Recording, record

DOCSTRING, STRING, COMMENT = "inside a docstring", "inside another string", "comment"
BRACKETS, INDENTATION = "depth of brackets", "indentation of the line"


def features(text: str) -> dict[str, np.ndarray]:
    """Return what Python's own tokeniser says of each character (step).

    A character is inside a string once its first quote was read, and no more at its
    last one, since a state holds what was read up to and with its step.
    """
    starts = np.cumsum([0, *(len(line) for line in text.splitlines(keepends=True))])
    found = {
        name: np.zeros(len(text))
        for name in (DOCSTRING, STRING, COMMENT, BRACKETS, INDENTATION)
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        first = starts[token.start[0] - 1] + token.start[1]
        stop = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.STRING:
            name = DOCSTRING if token.string.startswith('"""') else STRING
            found[name][first : stop - 1] = 1
        elif token.type == tokenize.COMMENT:
            found[COMMENT][first:stop] = 1
        elif token.string in ("(", "[", "{"):
            found[BRACKETS][first:] += 1
        elif token.string in (")", "]", "}"):
            found[BRACKETS][first:] -= 1
    for line, start, stop in zip(
        text.splitlines(), starts[:-1], starts[1:], strict=True
    ):
        found[INDENTATION][start:stop] = len(line) - len(line.lstrip())
    return found


def fit(states: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Return for each unit of ``states`` (step, unit) how well it tells ``feature``.

    Above 0 where the unit is high with the feature, below where it is low.
    """
    if feature.max() > 1:
        return np.array([np.corrcoef(unit, feature)[0, 1] for unit in states.T])
    ranks = states.argsort(axis=0).argsort(axis=0)
    inside = int(feature.sum())
    least = inside * (inside - 1) / 2
    area = (ranks[feature > 0].sum(axis=0) - least) / (inside * (len(feature) - inside))
    signed: np.ndarray = np.where(area >= 0.5, area, area - 1)
    return signed


def best_unit(recording: Recording, feature: np.ndarray) -> tuple[str, int, float]:
    """Return the layer and unit whose ``c`` tells ``feature`` best, and how well."""
    fits = {
        layer: fit(recording.read(layer, "c"), feature) for layer in recording.layers
    }
    layer = max(fits, key=lambda name: np.abs(fits[name]).max())
    unit = int(np.abs(fits[layer]).argmax())
    return layer, unit, float(fits[layer][unit])


def find() -> dict[str, Any]:
    """Return the entries of example.json that are found, not written."""
    text = (FOLDER / "sequence.txt").read_text(encoding="utf-8")
    model = CharacterModel()
    model.load_state_dict(load_file(FOLDER / "model.safetensors"))
    recording = record(model, encode(text)[None])
    found = features(text)
    units = []
    for name, feature in found.items():
        layer, unit, figure = best_unit(recording, feature)
        measure = "correlation" if feature.max() > 1 else "area under the ROC curve"
        units.append(
            {
                "follows": name,
                "layer": layer,
                "stream": "c",
                "unit": unit,
                "low": figure < 0,
                measure: round(abs(figure), 2),
            }
        )
    layer, unit, _ = best_unit(recording, found[DOCSTRING])
    states = recording.read(layer, "c")[:, unit]
    level, right = best_level(states, found[DOCSTRING] > 0)
    # The docstring whose name is easiest to find by eye: that of the method `total`.
    first = text.index('"""Return the weight')
    rise = first + int(np.argmax(states[first:] > level))
    fall = rise + int(np.argmin(states[rise:] > level))
    return {
        "look_for": f"Unit {unit} of {layer} remembers docstrings: its c rises above "
        f"{level:.1f} at step {rise}, as one opens, and falls below at step {fall}, as "
        f"it closes. That level is right at {100 * right:.0f} % of all steps.",
        "look": {
            "layer": layer,
            "unit": unit,
            "step": rise,
            "streams": dict.fromkeys(recording.layers, "c"),
            # Depths are counted up to hundreds; beside them the others look flat.
            "pins": [
                [one["layer"], one["stream"], one["unit"]]
                for one in units
                if "area under the ROC curve" in one
            ],
        },
        "units": units,
    }


def best_level(states: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Return the level, to a tenth, that tells best, and the share of right steps."""
    levels = np.arange(np.ceil(states.min() * 10), np.floor(states.max() * 10)) / 10
    shares = [float(np.mean((states > level) == inside)) for level in levels]
    return float(levels[np.argmax(shares)]), max(shares)


def main() -> None:
    """Print what was found, and store it if told so."""
    found = find()
    print(json.dumps(found, indent=2))
    if "--write" in sys.argv:
        path = FOLDER / "example.json"
        example = json.loads(path.read_text(encoding="utf-8")) | found
        path.write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
