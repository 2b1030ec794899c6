"""Live commands: rows are added to one recording, or a sentence says why not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.commands import Live, OpenExample, OpenModel, OpenSequence, Run
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import (
    Cancelled,
    Failed,
    Finished,
    LiveChanged,
    Message,
    Outcome,
    RecordingOpened,
)
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench


class Bench:
    def __init__(self, folder: Path, bench: Workbench | None = None) -> None:
        self.folder = folder
        self.bench = bench or Workbench()
        self.said: list[Message] = []

    def do(self, command: object, control: RunControl | None = None) -> Outcome:
        self.said.clear()
        return self.bench.perform(command, control or RunControl(), self.said.append)

    def live(self, name: str = "live", **choices: object) -> Outcome:
        return self.do(Live(str(self.folder / name), **choices))

    def changed(self) -> list[LiveChanged]:
        return [each for each in self.said if isinstance(each, LiveChanged)]

    def recording(self) -> Recording:
        return Recording.open(self.folder / "live")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_characters_typed_and_generated_are_added(bench: Bench) -> None:
    bench.do(OpenExample("char-lstm"))
    assert bench.live() == Finished()
    assert bench.changed() == [LiveChanged(1591)]
    assert sum(isinstance(each, RecordingOpened) for each in bench.said) == 1
    assert bench.live("other", source="text:def f(") == Finished()
    assert bench.changed() == [LiveChanged(1597)]
    assert not any(isinstance(each, RecordingOpened) for each in bench.said)
    assert bench.live("other", generate=50, seed=3, temperature=0.5) == Finished()
    recording = bench.recording()
    assert recording.state == "live"
    assert recording.length("lstm.l1") == 1647
    assert recording.output.shape[:2] == (1, 1647)
    assert recording.sequence is not None
    labels = recording.sequence.labels
    assert "".join(labels[1591:1597]) == "def f("
    assert len("".join(labels[1597:])) == 50
    assert recording.certificate.holds
    assert not (bench.folder / "other").exists()
    # With the model goes whoever could let it go on.
    bench.do(OpenExample("flip-flop"))
    assert bench.recording().state == "complete"


def test_a_reset_is_marked_and_the_switch_carries_nothing(bench: Bench) -> None:
    bench.do(OpenExample("flip-flop"))
    bench.live(source="text:0,0,1\n0,0,0")
    bench.live(source="text:0,0,1", reset=True)
    bench.live(source="text:0,0,1\n0,0,1", carry=False)
    sources = [call.initial_state for call in bench.recording().calls("gru.l0")]
    assert sources[0] == "zeros"
    assert sources[-5:] == ["carried", "carried", "zeros", "zeros", "zeros"]


def test_numbers_that_cannot_be_fed_back_say_so(bench: Bench) -> None:
    bench.do(OpenExample("forecaster"))
    outcome = bench.live(generate=3)
    assert isinstance(outcome, Failed)
    assert "cannot be the next input" in outcome.message
    assert bench.changed()[0].reason == ""
    assert bench.changed()[0].no_output_as_input == outcome.message
    assert bench.live(source="text:0.5") == Finished()


def test_a_model_that_cannot_be_stepped_leaves_the_window_as_it_is(
    bench: Bench,
) -> None:
    bench.do(OpenExample("tagger"))
    for _ in range(2):
        outcome = bench.live()
        assert isinstance(outcome, Failed)
        assert "from its end" in outcome.message
        assert bench.changed()[0].reason == outcome.message
    assert not any(isinstance(each, RecordingOpened) for each in bench.said)
    assert not (bench.folder / "live").exists()


def test_after_a_run_live_begins_anew(bench: Bench, tmp_path: Path) -> None:
    bench.do(OpenExample("flip-flop"))
    bench.live(source="text:0,0,1")
    bench.do(Run(str(tmp_path / "run")))
    assert bench.live("again") == Finished()
    assert bench.changed() == [LiveChanged(400, "", "")]


def test_a_cancelled_generation_keeps_its_steps(bench: Bench) -> None:
    bench.do(OpenExample("char-lstm"))
    bench.live()
    control = RunControl(paused=True)
    control.step(4)
    publish = bench.said.append

    def cancel_at_the_fourth(message: Message) -> None:
        publish(message)
        if bench.recording().length("lstm.l1") >= 1595:
            control.cancel()

    bench.said.clear()
    command = Live(str(bench.folder / "other"), generate=50, seed=1)
    outcome = bench.bench.perform(command, control, cancel_at_the_fourth)
    assert outcome == Cancelled()
    recording = bench.recording()
    steps = recording.length("lstm.l1")
    assert 1595 <= steps < 1600
    assert np.isfinite(recording.read("lstm.l1", "h")).all()
    assert bench.live() == Finished()


def test_rows_of_a_script_go_on_along_its_own_axis(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = nn.GRU(3, 3)
    bench = Bench(tmp_path, Workbench.of_module(module, (torch.randn(9, 1, 3),), {}))
    assert bench.live(generate=4) == Finished()
    assert bench.recording().length("l0") == 13


def test_weights_of_the_user(bench: Bench, tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(nn.LSTM(2, 4).state_dict(), tmp_path / "model.pt")
    bench.do(OpenModel(str(tmp_path / "model.pt")))
    bench.do(OpenSequence("generate:sine", {"steps": 30}))
    assert bench.live(source="text:0.1 0.2\n0.3 0.4") == Finished()
    assert bench.changed()[0].steps == 32
