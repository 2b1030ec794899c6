"""Find the units that swing once a day, and those that tell the weekend.

    python resources/examples/forecaster/find.py [--write]

Asks of ``c`` of each unit, from the second week on, which share of its variance
lies at a period of 24 hours, and whether there is a level that it passes on each
Saturday and Sunday and on no other day. ``--write`` puts what was found into
example.json.
"""

import json
import sys
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from train import DAY, FOLDER, SETTLED, WEEK, Forecaster

from lstm_studio import record

WORKING_DAYS = 5
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def daily_share(states: np.ndarray) -> np.ndarray:
    """Return for each unit of (step, unit) the share of variance at 24 hours."""
    steps = np.arange(len(states))
    moving = states - states.mean(axis=0)
    amplitude = np.exp(2j * np.pi * steps / DAY) @ moving / len(steps)
    share: np.ndarray = 2 * np.abs(amplitude) ** 2 / moving.var(axis=0)
    return share


def weekend_peaks(states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each unit the lowest peak of a weekend day, and the highest other."""
    peaks = states.reshape(-1, DAY, states.shape[1]).max(axis=1)
    weekend = np.arange(len(peaks)) % len(DAYS) >= WORKING_DAYS
    return peaks[weekend].min(axis=0), peaks[~weekend].max(axis=0)


def weekend_margin(states: np.ndarray) -> np.ndarray:
    """Return how far the level between those peaks is from both of them.

    In standard deviations of the unit; below 0 where there is no such level.
    """
    lowest, highest = weekend_peaks(states)
    margin: np.ndarray = (lowest - highest) / 2 / states.std(axis=0)
    return margin


def find() -> dict[str, Any]:
    """Return the entries of example.json that are found, not written."""
    values = torch.from_numpy(np.load(FOLDER / "sequence.npy"))
    model = Forecaster()
    model.load_state_dict(load_file(FOLDER / "model.safetensors"))
    recording = record(model, values[None])
    settled = {
        layer: recording.read(layer, "c")[SETTLED:] for layer in recording.layers
    }
    units = []
    for name, measure, figure in (
        ("the hour of the day", "share of variance at 24 h", daily_share),
        ("the weekend", "margin in deviations", weekend_margin),
    ):
        figures = {layer: figure(states) for layer, states in settled.items()}
        layer = max(figures, key=lambda one: figures[one].max())
        unit = int(figures[layer].argmax())
        units.append(
            {
                "follows": name,
                "layer": layer,
                "stream": "c",
                "unit": unit,
                measure: round(float(figures[layer][unit]), 2),
            }
        )
    # The loop ends with the weekend.
    lowest, highest = weekend_peaks(settled[layer][:, unit : unit + 1])
    lowest, highest = weekend_peaks(settled[layer][:, unit : unit + 1])
    level = round(float(lowest[0] + highest[0]) / 2, 1)
    states = recording.read(layer, "c")[:, unit]
    step = 2 * WEEK + int(np.argmax(states[2 * WEEK :] > level))
    day, hour = DAYS[step // DAY % len(DAYS)], step % DAY
    return {
        "look_for": f"Unit {unit} of {layer} tells the weekend from the values alone: "
        f"in the third week its c passes {level} at step {step}, {day} {hour}:00. From "
        "the second week on it does so on each Saturday and Sunday, and on no other "
        "day.",
        "look": {
            "layer": layer,
            "unit": unit,
            "step": step,
            "streams": dict.fromkeys(recording.layers, "c"),
            "pins": [[one["layer"], one["stream"], one["unit"]] for one in units],
        },
        "units": units,
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
