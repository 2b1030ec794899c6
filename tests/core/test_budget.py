"""What a run will write, said before it, against what it did write."""

from pathlib import Path

import pytest
import torch
from torch import nn

import lstm_studio
from lstm_studio.core.budget import (
    Budget,
    in_words,
    predicted_bytes,
    predicted_memory,
    predicted_seconds,
    time_in_words,
)
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.engine.models.summarise import summarise

STEPS, SAMPLES = 1_000, 3


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("streams", ["derive", "all"])
@pytest.mark.parametrize(
    "module",
    [
        nn.LSTM(5, 16, 2),
        nn.LSTM(5, 16, bidirectional=True),
        nn.LSTM(5, 16, 2, proj_size=4),
        nn.GRU(7, 12, 3),
        nn.RNN(7, 32),
    ],
    ids=["two layers", "two directions", "projected", "GRU", "RNN"],
)
def test_the_prediction_is_what_the_run_writes(
    module: nn.Module, streams: str, tmp_path: Path
) -> None:
    x = torch.zeros(STEPS, SAMPLES, module.input_size)
    recording = lstm_studio.record(module, x, streams=streams, store=tmp_path / "run")
    rows = sum(
        path.stat().st_size
        for path in (tmp_path / "run").glob("[0-9]*.npy")
        if "checkpoint" not in path.name
    )
    predicted = predicted_bytes(
        summarise(module).layers, recording.length("l0"), SAMPLES, streams
    )
    assert 0.9 < predicted / rows <= 1.0


def test_it_is_asked_above_half_of_the_room() -> None:
    assert not Budget(500, 1000).asks
    assert Budget(501, 1000).asks
    assert str(Budget(1_500_000_000, 2_000_000_000)) == (
        "The recording will take about 1.5 GB; the disk has 2 GB free."
    )
    assert str(Budget(3_000, 2_000)).endswith("2 kB free, which is not enough.")


def test_memory_is_asked_about_above_what_is_allowed() -> None:
    assert not Budget(1, 1000, memory=500, free_memory=1000).asks
    assert Budget(1, 1000, memory=501, free_memory=1000).asks
    assert not Budget(1, 1000, memory=700, free_memory=1000, allowed=700).asks
    asked = Budget(1, 1000, memory=301, free_memory=1000, allowed=300)
    assert asked.asks
    assert "will hold about 301 bytes" in str(asked)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (4_200_000_000_000, "4.2 TB"),
    ],
)
def test_bytes_in_words(count: int, words: str) -> None:
    assert in_words(count) == words


WIDE = Layer("l0", "lstm", "", 0, "forward", Sizes(3, 65_536))


def test_a_large_run_is_known_for_one_before_anything_is_allocated() -> None:
    size = (WIDE,), 10_000_000, 1
    budget = Budget(
        predicted_bytes(*size), 10**12, predicted_memory(*size), 10**10, 3e5
    )
    assert budget.asks
    assert str(budget) == (
        "The recording will take about 2.62 TB; the disk has 1 TB free, which is not "
        "enough. The run will hold about 5.24 TB in memory, of which 10 GB are free, "
        "which is not enough. It will take about 3 days."
    )


def test_memory_alone_is_asked_about() -> None:
    budget = Budget(1_000, 10**12, 6_000, 10_000, 5.0)
    assert budget.asks
    assert "hold about 6 kB in memory, of which 10 kB are free." in str(budget)
    assert not Budget(1_000, 10**12, 5_000, 10_000).asks


def test_the_time_of_a_usual_machine_grows_with_the_work() -> None:
    small = Layer("l0", "lstm", "", 0, "forward", Sizes(3, 8))
    one = predicted_seconds([small], 1000, 1)
    assert predicted_seconds([small], 2000, 1) == 2 * one
    assert predicted_seconds([WIDE], 1000, 1) > 1000 * one


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (45.0, "45 s"), (200.0, "3 min"), (9e3, "2 h"), (4e5, "5 days")],
)
def test_time_in_words(seconds: float, words: str) -> None:
    assert time_in_words(seconds) == words
