"""The examples: they open, reach their figures, and show what they say."""

import ast
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lstm_studio import Recording, record
from lstm_studio.core.examples import example, examples
from lstm_studio.engine.models import open_file
from lstm_studio.engine.sequences import open_sequence

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"
MODELS = {
    "char-lstm": "CharacterModel",
    "flip-flop": "FlipFlop",
    "tagger": "Tagger",
    "forecaster": "Forecaster",
}
NAMES = tuple(MODELS)

Script = Callable[[str, str], ModuleType]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Import a script of an example, which imports its neighbour by name."""

    def load(name: str, which: str) -> ModuleType:
        monkeypatch.syspath_prepend(EXAMPLES / name)
        return importlib.import_module(which)

    yield load
    for which in ("train", "find"):
        sys.modules.pop(which, None)


def stored(name: str) -> dict[str, Any]:
    text = (EXAMPLES / name / "example.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def trained(train: ModuleType, name: str) -> torch.nn.Module:
    model: torch.nn.Module = getattr(train, MODELS[name])()
    model.load_state_dict(load_file(EXAMPLES / name / "model.safetensors"))
    return model


def recorded(name: str) -> Recording:
    """Record an example as the studio does: its file, its sequence, its answers."""
    shown = example(name)
    opened = open_file(shown.model, answers=shown.answers)
    sequence = open_sequence(shown.sequence, opened.summary.needs, shown.choices)
    return record(opened.module, sequence.tensor)


def said(name: str, pattern: str) -> tuple[str, ...]:
    """Return what stands in the sentence of an example where the pattern has groups."""
    found = re.search(pattern, stored(name)["look_for"])
    assert found, stored(name)["look_for"]
    return found.groups()


def test_four_examples_are_offered() -> None:
    assert tuple(one.name for one in examples()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_files_are_small(name: str) -> None:
    size = sum(path.stat().st_size for path in (EXAMPLES / name).glob("*.*"))
    assert size <= 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_opens_as_it_was_trained(name: str, script: Script) -> None:
    model = trained(script(name, "train"), name)
    shown = example(name)
    opened = open_file(shown.model, answers=shown.answers)
    sequence = open_sequence(shown.sequence, opened.summary.needs, shown.choices)
    with torch.inference_mode():
        expected = model(sequence.tensor)
        actual = opened.module(sequence.tensor)
    # The character model also returns its state.
    expected = expected[0] if isinstance(expected, tuple) else expected
    actual = actual[0] if isinstance(actual, tuple) else actual
    assert torch.equal(actual, expected)


@pytest.mark.parametrize("name", NAMES)
def test_what_to_look_for_is_what_the_script_finds(name: str, script: Script) -> None:
    found = script(name, "find").find()
    kept = stored(name)
    assert {key: kept[key] for key in found} == found


def test_the_character_model_reads_our_program(script: Script) -> None:
    text = (EXAMPLES / "char-lstm" / "sequence.txt").read_text(encoding="utf-8")
    ast.parse(text)
    train = script("char-lstm", "train")
    model = trained(train, "char-lstm")
    assert train.bits_per_character(model, text) < 2.4
    # What a model that knows only how often each character comes would need.
    counts = np.array([text.count(character) for character in set(text)]) / len(text)
    assert -np.sum(counts * np.log2(counts)) > 4


def test_the_unit_that_remembers_docstrings() -> None:
    text = (EXAMPLES / "char-lstm" / "sequence.txt").read_text(encoding="utf-8")
    unit, layer, level, rise, fall, right = said(
        "char-lstm",
        r"Unit (\d+) of (\S+) .* above (\S+) at step (\d+).* at step (\d+).* (\d+) %",
    )
    above = recorded("char-lstm").read(layer, "c")[:, int(unit)] > float(level)
    first, last = int(rise), int(fall)
    assert not above[first - 1]
    assert above[first:last].all()
    assert not above[last]
    assert '"""' in text[first - 2 : first + 3]
    assert '"""' in text[last - 2 : last + 3]
    inside = np.zeros(len(text), bool)
    for found in re.finditer(r'"""[^"]*"""', text):
        inside[found.start() : found.end() - 1] = True
    assert 100 * np.mean(above == inside) == pytest.approx(float(right), abs=0.5)


def test_the_flip_flop_remembers(script: Script) -> None:
    train = script("flip-flop", "train")
    model = trained(train, "flip-flop")
    assert train.accuracy(model, count=50, steps=400) >= 0.999
    kept = stored("flip-flop")
    assert kept["stable states"] == 8
    assert all(unit["steps with its sign"] == 1 for unit in kept["units"])


def test_the_unit_that_is_a_bit() -> None:
    unit, layer, bit, flip, side, length = said(
        "flip-flop",
        r"Unit (\d+) of (\S+) is bit (\d).* step (\d+) .*(above|below) 0.* (\d+) steps",
    )
    states = recorded("flip-flop").read(layer, "h")[:, int(unit)]
    states = states if side == "above" else -states
    pulses = np.load(EXAMPLES / "flip-flop" / "sequence.npy")[:, int(bit)]
    start, stop = int(flip), int(flip) + int(length)
    assert states[start - 1] < 0
    assert (states[start:stop] > 0).all()
    assert states[stop] < 0
    assert pulses[start] == -pulses[stop] != 0
    assert (pulses[start:stop] * pulses[start] >= 0).all()


def test_the_tagger_tags(script: Script) -> None:
    train = script("tagger", "train")
    assert train.accuracy(trained(train, "tagger"), count=50) >= 0.999


def test_the_unit_that_reads_from_the_end() -> None:
    tokens = (EXAMPLES / "tagger" / "sequence.txt").read_text(encoding="utf-8").split()
    unit, layer, opener, stream, side, closer, last, right = said(
        "tagger",
        r"Unit (\d+) of (\S+) .* step (\d+) its (\w) is (above|below) 0.* with "
        r"'(.)' at step (\d+)\..* (\d+) %",
    )
    assert layer.endswith("_reverse")
    states = recorded("tagger").read(layer, stream)[:, int(unit)]
    # Each opener with its closer, by a stack.
    stack: list[int] = []
    ends: dict[int, int] = {}
    for step, token in enumerate(tokens):
        if token in "([":
            stack.append(step)
        elif token in ".!":
            ends[stack.pop()] = step
    assert ends[int(opener)] == int(last)
    assert tokens[int(last)] == closer
    # Which side of 0 stands for this closer.
    sign = 1 if side == "above" else -1
    innermost = {
        step: max((first for first in ends if first <= step <= ends[first]), default=-1)
        for step in range(len(tokens))
    }
    sides = [
        (states[step] * sign > 0) == (tokens[ends[first]] == closer)
        for step, first in innermost.items()
        if first >= 0
    ]
    assert len(sides) > 60
    assert 100 * np.mean(sides) == pytest.approx(float(right), abs=0.5)


def test_the_forecaster_beats_seasonal_naive(script: Script) -> None:
    train = script("forecaster", "train")
    own, naive = train.errors(trained(train, "forecaster"), count=20)
    assert own < 0.75 * naive


def test_the_unit_that_tells_the_weekend() -> None:
    unit, layer, level, step, day, hour = said(
        "forecaster",
        r"Unit (\d+) of (\S+) .* passes (\S+) at step (\d+), (\w+) (\d+):00",
    )
    above = recorded("forecaster").read(layer, "c")[:, int(unit)] > float(level)
    first = int(step)
    assert first == int(np.argmax(above[2 * 168 :])) + 2 * 168
    assert (first % 168 // 24, first % 24) == (5, int(hour))
    assert day == "Saturday"
    days = above.reshape(28, 24).any(axis=1)[7:]
    assert days.tolist() == ([False] * 5 + [True] * 2) * 3
