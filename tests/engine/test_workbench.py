"""Commands from beginning to outcome, as the window gives them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.commands import (
    Command,
    OpenExample,
    OpenModel,
    OpenSequence,
    Run,
    Verify,
)
from lstm_studio.core.control import RunControl
from lstm_studio.core.examples import examples
from lstm_studio.core.messages import (
    Advanced,
    Cancelled,
    Failed,
    Finished,
    Message,
    ModelOpened,
    Outcome,
    RecordingOpened,
    SequenceOpened,
)
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench

FACTORY = """
import torch
from torch import nn

class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x):
        state = None
        for step in range(x.shape[1]):
            if step == 700:
                raise ValueError("the 700th step is one too many")
            state = self.cell(x[:, step], state)
        return state[0]

def make_model():
    torch.manual_seed(0)
    return Late()
"""


class Bench:
    """A workbench and what it said."""

    def __init__(self, folder: Path, bench: Workbench | None = None) -> None:
        self.folder = folder
        self.bench = bench or Workbench()
        self.said: list[Message] = []

    def do(self, command: Command, control: RunControl | None = None) -> Outcome:
        self.said.clear()
        return self.bench.perform(command, control or RunControl(), self.said.append)

    def run(self, name: str = "recording", device: str = "cpu") -> Outcome:
        return self.do(Run(str(self.folder / name), device))

    def recording(self, name: str = "recording") -> Recording:
        return Recording.open(self.folder / name)

    def kinds(self) -> list[type]:
        return [type(message) for message in self.said]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def weights(tmp_path: Path) -> str:
    torch.manual_seed(0)
    model = nn.ModuleDict({"lstm": nn.LSTM(4, 8, 2), "head": nn.Linear(8, 1)})
    torch.save(model.state_dict(), tmp_path / "model.pt")
    return str(tmp_path / "model.pt")


@pytest.mark.parametrize("name", [each.name for each in examples()])
def test_each_example_runs_and_is_certified(bench: Bench, name: str) -> None:
    assert bench.do(OpenExample(name)) == Finished()
    assert bench.kinds() == [ModelOpened, SequenceOpened]
    assert bench.run() == Finished()
    assert bench.kinds()[0] is RecordingOpened
    assert Advanced in bench.kinds()
    recording = bench.recording()
    assert recording.certificate.holds
    assert recording.certificate.output_difference == 0.0
    assert recording.origin.model == name
    assert recording.origin.plain_seconds is not None
    assert recording.sequence is not None


def test_a_model_and_a_sequence_of_the_user(bench: Bench, weights: str) -> None:
    assert bench.do(OpenModel(weights)) == Finished()
    assert bench.do(OpenSequence("generate:sine", {"steps": 50})) == Finished()
    assert bench.run() == Finished()
    recording = bench.recording()
    assert list(recording.layers) == ["lstm.l0", "lstm.l1"]
    assert recording.length("lstm.l1") == 50
    assert recording.read("lstm.l1", "f").shape == (50, 8)


def test_other_answers_keep_the_sequence(bench: Bench, weights: str) -> None:
    bench.do(OpenModel(weights))
    bench.do(OpenSequence("generate:sine", {"steps": 50}))
    assert bench.do(OpenModel(weights, answers={"head": "last step"})) == Finished()
    assert bench.kinds() == [ModelOpened, SequenceOpened]
    assert bench.run() == Finished()
    assert np.shape(bench.recording().output)[0] == 1


def test_nothing_runs_without_a_model_or_a_sequence(bench: Bench, weights: str) -> None:
    assert bench.run() == Failed(
        "DoesNotFit", "There is no model to run.", "Open a model first."
    )
    bench.do(OpenModel(weights))
    assert bench.run() == Failed(
        "DoesNotFit",
        "There is no sequence to run the model on.",
        "Open a sequence first.",
    )


def test_a_sequence_is_refused_without_a_model(bench: Bench) -> None:
    outcome = bench.do(OpenSequence("generate:sine"))
    assert isinstance(outcome, Failed)
    assert outcome.next_step == "Open a model."


def test_what_is_open_stays_when_a_file_cannot_be_opened(
    bench: Bench, weights: str, tmp_path: Path
) -> None:
    (tmp_path / "picture.pt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    bench.do(OpenModel(weights))
    bench.do(OpenSequence("generate:noise", {"steps": 20}))
    outcome = bench.do(OpenModel(str(tmp_path / "picture.pt")))
    assert isinstance(outcome, Failed)
    assert "PNG" in outcome.message
    assert bench.run() == Finished()


def test_a_python_file_asks_for_trust_and_runs_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    canary = tmp_path / "ran"
    source = tmp_path / "factory.py"
    source.write_text(f"open({str(canary)!r}, 'w').close()\n" + FACTORY)
    outcome = bench.do(OpenModel(f"{source}:make_model"))
    assert isinstance(outcome, Failed)
    assert outcome.kind == "NeedsTrust"
    assert len(outcome.sha256) == 64
    assert not canary.exists()
    assert bench.do(OpenModel(f"{source}:make_model", trust=True)) == Finished()
    assert canary.exists()


def test_a_forward_that_raises_keeps_what_was_recorded(
    bench: Bench, tmp_path: Path
) -> None:
    source = tmp_path / "factory.py"
    source.write_text(FACTORY)
    bench.do(OpenModel(f"{source}:make_model", trust=True))
    bench.do(OpenSequence("generate:noise", {"steps": 1000, "features": 3}))
    outcome = bench.run()
    assert isinstance(outcome, Failed)
    assert outcome.kind == "CannotRun"
    assert "700" in outcome.message
    assert "one too many" in outcome.message
    assert "ValueError" in outcome.details
    recording = bench.recording()
    assert recording.state == "partial"
    assert recording.committed("cell") == ((0, 700),)


def test_a_run_cancelled_before_its_first_step_is_partial(
    bench: Bench, weights: str
) -> None:
    bench.do(OpenModel(weights))
    bench.do(OpenSequence("generate:noise", {"steps": 20}))
    control = RunControl()
    control.cancel()
    command = Run(str(bench.folder / "recording"))
    assert bench.do(command, control) == Cancelled()
    assert bench.recording().state == "partial"


def test_a_device_that_does_not_answer(bench: Bench, weights: str) -> None:
    bench.do(OpenModel(weights))
    bench.do(OpenSequence("generate:noise", {"steps": 20}))
    outcome = bench.run(device="cuda:97")
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith("The device cuda:97 does not answer:")
    assert outcome.next_step == "Run on the CPU instead."


def test_verify_needs_a_run(bench: Bench) -> None:
    outcome = bench.do(Verify())
    assert isinstance(outcome, Failed)
    assert outcome.message == "There is no run to verify."


def test_a_module_of_a_script(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = nn.GRU(3, 5, batch_first=True)
    bench = Bench(tmp_path, Workbench.of_module(module, (torch.randn(2, 9, 3),), {}))
    assert bench.run() == Finished()
    assert bench.recording().samples == 2


def test_code_that_leaves_by_sys_exit_ends_in_an_outcome(
    bench: Bench, tmp_path: Path
) -> None:
    source = tmp_path / "factory.py"
    source.write_text("import sys\n\ndef make_model():\n    sys.exit(3)\n")
    outcome = bench.do(OpenModel(f"{source}:make_model", trust=True))
    assert isinstance(outcome, Failed)
