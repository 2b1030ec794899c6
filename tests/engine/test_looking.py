"""The workbench looks at a sequence, starts a model in a state, and runs it so."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_studio.core.commands import LookAtSequence, OpenModel, OpenSequence, Run
from lstm_studio.core.control import RunControl
from lstm_studio.core.found import Found, Sight
from lstm_studio.core.messages import (
    Failed,
    Finished,
    Message,
    SequenceOpened,
    SequenceSeen,
)
from lstm_studio.core.recording import Recording
from lstm_studio.engine.workbench import Workbench


class Bench:
    def __init__(self, folder: Path, module: nn.Module) -> None:
        self.workbench = Workbench()
        self.messages: list[Message] = []
        torch.save(module.state_dict(), folder / "m.pt")
        self.do(OpenModel(str(folder / "m.pt")))

    def do(self, command: object) -> object:
        self.messages.clear()
        return self.workbench.perform(command, RunControl(), self.messages.append)

    def look(self, source: Path | str, **choices: object) -> Sight:
        outcome = self.do(LookAtSequence(str(source), choices))
        assert outcome == Finished()
        seen = self.messages[-1]
        assert isinstance(seen, SequenceSeen)
        return seen.sight


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    module = nn.Sequential()
    torch.manual_seed(0)
    module.rnn, module.head = nn.LSTM(2, 5, 2, batch_first=True), nn.Linear(5, 1)
    return Bench(tmp_path, module)


def test_a_look_shows_what_would_be_opened(bench: Bench, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    sight = bench.look(tmp_path / "x.npy")
    assert sight.found == Found("array", "An array of 2000 × 2, float32.", ("0", "1"))
    assert sight.summary is not None
    assert sight.summary.steps == 2000
    assert sight.low.shape == sight.high.shape == (500, 2)
    np.testing.assert_array_equal(sight.high[0], x[:4].max(axis=0))
    assert sight.message == ""
    # Nothing was opened by it.
    assert isinstance(bench.do(Run(str(tmp_path / "run"))), Failed)


def test_a_refusal_is_seen_with_what_the_file_holds(
    bench: Bench, tmp_path: Path
) -> None:
    np.savez(tmp_path / "x.npz", a=np.zeros((9, 2)), b=np.zeros((9, 3)))
    sight = bench.look(tmp_path / "x.npz")
    assert sight.message == "x.npz holds 2 arrays: a, b."
    assert sight.found is not None
    assert sight.found.arrays == ("a", "b")
    sight = bench.look(tmp_path / "x.npz", array="b")
    assert sight.message == (
        "The model takes 2 features per step; the file has 3 columns."
    )
    assert sight.found is not None
    assert sight.found.columns == ("0", "1", "2")
    assert not bench.look(tmp_path / "x.npz", array="b", columns="2, 0").message


def test_a_state_that_does_not_fit_is_seen(bench: Bench, tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", h0=np.zeros((2, 1, 4)), c0=np.zeros((2, 1, 4)))
    state = str(tmp_path / "s.npz")
    sight = bench.look("generate:sine", initial=state)
    assert "rnn.l0 has 5 units" in sight.message
    assert sight.summary is not None


def test_padding_is_not_drawn(bench: Bench, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2, 9, 2)))
    sight = bench.look(tmp_path / "x.npy", lengths="4, 9")
    assert sight.low.shape == (4, 2)


def test_a_run_begins_where_another_ended(bench: Bench, tmp_path: Path) -> None:
    first, second = tmp_path / "first.run", tmp_path / "second.run"
    source = "generate:noise"
    bench.do(OpenSequence(source, {"steps": 40}))
    assert bench.do(Run(str(first))) == Finished()
    chosen = {"steps": 40, "seed": 1, "initial": str(first)}
    assert bench.do(OpenSequence(source, chosen)) == Finished()
    opened = bench.messages[-1]
    assert isinstance(opened, SequenceOpened)
    assert opened.sequence.notes == ("The run begins in the state of first.run.",)
    assert bench.do(Run(str(second))) == Finished()
    before, after = Recording.open(first), Recording.open(second)
    assert after.calls("rnn.l1")[0].initial_state == "given"
    for layer in after.layers:
        for stream in ("h", "c"):
            np.testing.assert_allclose(
                after.initial(layer, 0)[stream],
                before.read(layer, stream, before.length(layer) - 1),
                atol=1e-6,
            )
    assert after.certificate.holds


def test_lengths_reach_the_run(bench: Bench, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(3, 9, 2)))
    bench.do(OpenSequence(str(tmp_path / "x.npy"), {"lengths": "4, 9, 2"}))
    assert bench.do(Run(str(tmp_path / "run"))) == Finished()
    recording = Recording.open(tmp_path / "run")
    assert recording.padding("rnn.l1", 0).tolist() == [False] * 4 + [True] * 5
    assert recording.certificate.holds
