"""Find the units that hold the three bits, and show that eight states are stable.

    python resources/examples/flip-flop/find.py [--write]

Correlates ``h`` of each unit with each bit over the sequence shown, then leaves the
model alone for 1,000 steps in each of its eight states. ``--write`` puts what was
found into example.json.
"""

import itertools
import json
import sys
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from train import BITS, FOLDER, FlipFlop

from lstm_studio import record

LEFT_ALONE = 1000


def bits_after(pulses: np.ndarray) -> np.ndarray:
    """Return the bits (step, bit) that pulses (step, bit) leave."""
    bits = pulses.copy()
    for step in range(1, len(bits)):
        bits[step] = np.where(pulses[step] == 0, bits[step - 1], pulses[step])
    return bits


def stable_states(model: FlipFlop) -> tuple[int, float]:
    """Return how many of the eight states hold when left alone, and their drift.

    The drift is the largest change of any unit in the last of the steps.
    """
    corners = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=BITS)))
    pulses = torch.zeros(len(corners), LEFT_ALONE, BITS)
    pulses[:, 0] = corners
    with torch.inference_mode():
        states = model.gru(pulses)[0]
        held = model.head(states[:, -1]).sign() == corners
    drift = (states[:, -1] - states[:, -2]).abs().max()
    return int(held.all(dim=1).sum()), float(drift)


def find() -> dict[str, Any]:
    """Return the entries of example.json that are found, not written."""
    pulses = np.load(FOLDER / "sequence.npy")
    model = FlipFlop()
    model.load_state_dict(load_file(FOLDER / "model.safetensors"))
    recording = record(model, torch.from_numpy(pulses)[None])
    (layer,) = recording.layers
    states = recording.read(layer, "h")
    bits = bits_after(pulses)
    units: list[dict[str, Any]] = []
    for bit in range(BITS):
        fits = np.array([np.corrcoef(unit, bits[:, bit])[0, 1] for unit in states.T])
        unit = int(np.abs(fits).argmax())
        same = np.sign(states[:, unit] * fits[unit]) == bits[:, bit]
        units.append(
            {
                "follows": f"bit {bit}",
                "layer": layer,
                "stream": "h",
                "unit": unit,
                "low": bool(fits[unit] < 0),
                "correlation": round(float(abs(fits[unit])), 3),
                "steps with its sign": round(float(same.mean()), 3),
            }
        )
    best = max(units, key=lambda one: one["correlation"])
    bit, unit = units.index(best), best["unit"]
    # The flip that is followed by the longest memory.
    flips = np.flatnonzero(np.diff(bits[:, bit])) + 1
    held = np.diff([*flips, len(bits)])
    flip, length = int(flips[held.argmax()]), int(held.max())
    stable, drift = stable_states(model)
    way = "above" if states[flip, unit] > 0 else "below"
    return {
        "look_for": f"Unit {unit} of {layer} is bit {bit}: a pulse at step {flip} "
        f"takes its h {way} 0, and it stays there for {length} steps, until the next "
        "pulse of the other sign.",
        "look": {
            "layer": layer,
            "unit": unit,
            "step": flip,
            "streams": {layer: "h"},
            "pins": [[one["layer"], one["stream"], one["unit"]] for one in units],
        },
        "units": units,
        "stable states": stable,
        # Below this, how much is left differs from processor to processor.
        "largest change in the last of 1,000 steps alone, at most": max(drift, 1e-6),
    }


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
