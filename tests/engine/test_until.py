"""A run pauses at the first chunk in which a condition begins to hold."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.commands import Run
from lstm_studio.core.condition import Comparison, Condition
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Advanced, Finished, Message, Stopped
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture import pace
from lstm_studio.engine.workbench import Workbench

STEPS = 3000


class Pausing(RunControl):
    """Runs 100 steps at a time, and goes on by itself when it was paused."""

    def __init__(self) -> None:
        super().__init__()
        self.paused_at: list[int] = []
        self.rows = 0

    def take(self, most: int) -> int:
        if self.paused:
            self.paused_at.append(self.rows)
            self.resume()
        return super().take(min(most, 100))


def test_no_chunk_begins_after_the_one_in_which_it_begins_to_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Told after each chunk, and not once a frame.
    monkeypatch.setattr(pace, "FRAME_SECONDS", 0.0)
    # All at once, however fast such layers were before.
    monkeypatch.setattr(pace, "SPEEDS", {})
    torch.manual_seed(0)
    module = nn.LSTM(3, 4, num_layers=2, batch_first=True)
    bench = Workbench.of_module(module, (torch.randn(1, STEPS, 3),), {})
    condition = Condition(
        (
            (
                Comparison("l1", 0, "c", ">", 0.25),
                Comparison("l0", 1, "h", "<", 0.1),
            ),
        )
    )
    control, stops = Pausing(), list[int]()

    def publish(message: Message) -> None:
        match message:
            case Advanced(rows=rows):
                control.rows = min(rows.values())
            case Stopped(step=step):
                stops.append(step)

    command = Run(str(tmp_path / "run"), until=condition)
    assert bench.perform(command, control, publish) == Finished()
    recording = Recording.open(tmp_path / "run")
    begins = np.flatnonzero(condition.marks(recording, 0, STEPS))
    assert len(begins) > 3
    # One stop for each chunk that has one, at the first of the chunk.
    assert stops == [
        int(begins[begins // 100 == chunk][0]) for chunk in np.unique(begins // 100)
    ]
    expected = [(step // 100 + 1) * 100 for step in stops]
    # At its end there is nothing that a run could wait for.
    assert control.paused_at[: len(expected)] == [e for e in expected if e < STEPS]
