"""Find the units that know how a group opened, how it will close, and how deep it is.

    python resources/examples/tagger/find.py [--write]

Correlates ``h`` and ``c`` of each unit of both directions with each, over the sentence
shown; the ends of groups only where there is a group. ``--write`` puts what was found
into example.json.
"""

import json
import sys
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from train import CLOSERS, FOLDER, INDEX, OPENERS, Tagger

from lstm_studio import Recording, record

OPENED, CLOSES, DEPTH = "how the group opened", "how it will close", "depth of nesting"


def features(tokens: list[str]) -> dict[str, np.ndarray]:
    """Return for each token (step) the ends of its group, +1 or -1, and its depth.

    0 stands where there is no group; -1 is ``(`` and ``.``, +1 is ``[`` and ``!``.
    """
    found = {name: np.zeros(len(tokens)) for name in (OPENED, CLOSES, DEPTH)}
    stack: list[list[int]] = []
    for step, token in enumerate(tokens):
        if token in OPENERS:
            stack.append([])
        found[DEPTH][step] = len(stack)
        if not stack:
            continue
        stack[-1].append(step)
        if token in CLOSERS:
            group = stack.pop()
            found[OPENED][group] = 2 * OPENERS.index(tokens[group[0]]) - 1
            found[CLOSES][group] = 2 * CLOSERS.index(token) - 1
    return found


def best_unit(
    recording: Recording, feature: np.ndarray, steps: np.ndarray
) -> tuple[float, str, str, int]:
    """Return the highest correlation over ``steps``, and whose it is."""
    fits = [
        (float(np.corrcoef(states, feature[steps])[0, 1]), layer, stream, unit)
        for layer in recording.layers
        for stream in ("h", "c")
        for unit, states in enumerate(recording.read(layer, stream)[steps].T)
    ]
    return max(fits, key=lambda fit: abs(fit[0]))


def find() -> dict[str, Any]:
    """Return the entries of example.json that are found, not written."""
    tokens = (FOLDER / "sequence.txt").read_text(encoding="utf-8").split()
    model = Tagger()
    model.load_state_dict(load_file(FOLDER / "model.safetensors"))
    recording = record(model, torch.tensor([[INDEX[token] for token in tokens]]))
    found = features(tokens)
    grouped = np.flatnonzero(found[DEPTH])
    units = []
    for name, feature in found.items():
        steps = np.arange(len(tokens)) if name == DEPTH else grouped
        fit, layer, stream, unit = best_unit(recording, feature, steps)
        units.append(
            {
                "follows": name,
                "layer": layer,
                "stream": stream,
                "unit": unit,
                "low": fit < 0,
                "correlation": round(abs(fit), 2),
            }
        )
    fit, layer, stream, unit = best_unit(recording, found[CLOSES], grouped)
    states = recording.read(layer, stream)[:, unit] * np.sign(fit)
    right = np.sign(states[grouped]) == found[CLOSES][grouped]
    opener, closer = longest_known(tokens, found, states)
    side = "above" if found[CLOSES][opener] * fit > 0 else "below"
    return {
        "look_for": f"Unit {unit} of {layer} reads from the end: at step {opener} its "
        f"{stream} is {side} 0, since the group that opens there will close with "
        f"{tokens[closer]!r} at step {closer}. The side of 0 is right at "
        f"{100 * right.mean():.0f} % of the steps inside groups.",
        "look": {
            "layer": layer,
            "unit": unit,
            "step": opener,
            "streams": dict.fromkeys(recording.layers, stream),
            "pins": [[one["layer"], one["stream"], one["unit"]] for one in units],
        },
        "units": units,
    }


def longest_known(
    tokens: list[str], found: dict[str, np.ndarray], states: np.ndarray
) -> tuple[int, int]:
    """Return the ends of the longest group whose closer the unit knows throughout.

    Only steps of the group itself count, not those of groups inside it.
    """
    known = []
    stack: list[list[int]] = []
    for step, token in enumerate(tokens):
        if token in OPENERS:
            stack.append([])
        if stack:
            stack[-1].append(step)
        if token in CLOSERS:
            group = stack.pop()
            if np.all(np.sign(states[group]) == found[CLOSES][group]):
                known.append((group[-1] - group[0], group[0], group[-1]))
    return max(known)[1:]


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
