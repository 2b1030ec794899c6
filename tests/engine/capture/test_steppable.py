"""Models that cannot be run one step at a time are found out, and it is said why."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun, JobCancelled
from lstm_studio.engine.capture.stepper import Stepper
from tests.engine.capture.seeded import FIRST, STEPS, noise, seeded


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)


class Attending(Recurrent):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.rnn(x)
        return self.attention(y, y, y)[0]


class Convolving(Recurrent):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(3, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.convolution(x.transpose(1, 2)).transpose(1, 2))[0]


class Looking(Recurrent):
    """The input of a step is that of the step after it."""

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(torch.roll(x, -1, 1))[0]


class Normalising(Recurrent):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3, track_running_stats=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.norm(x.transpose(1, 2)).transpose(1, 2))[0]


class LastStep(Recurrent):
    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0][:, -1]


class Packing(Recurrent):
    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.tensor([x.shape[1]] * x.shape[0])
        packed, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))
        return pad_packed_sequence(packed, batch_first=True)[0]


class Halving(Recurrent):
    """Every other step only."""

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x[:, ::2])[0]


class Translating(nn.Module):
    """A second layer begins where the first one ends."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(3, 8, batch_first=True)
        self.decoder = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        _, state = self.encoder(x)
        return self.decoder(x, state)[0]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Attending, "the output differs at step 0 .* as attention does."),
        (Convolving, r"rnn.l0 gets another input at step 0: .* as a convolution"),
        (Looking, r"rnn.l0 gets another input at step 0"),
        (Normalising, "cannot be called with one step: .*Expected more than 1 value"),
        (LastStep, "returns one output for all 24 steps and none for each"),
        (Packing, "rnn.l0 runs over a packed sequence"),
        (Halving, "rnn.l0 runs over 12 steps for the 24 of the sequence"),
        (Translating, "decoder.l0 differs at step 0 by .* first state depends"),
        (
            lambda: nn.LSTM(3, 8, bidirectional=True, batch_first=True),
            "l0_reverse reads the sequence from its end",
        ),
    ],
)
def test_what_cannot_be_stepped_says_why(model: Any, sentence: str) -> None:
    stepper = Stepper(seeded(model), noise(1, STEPS, 3))
    assert not stepper.possible
    with pytest.raises(CannotRun, match=sentence):
        stepper.step(noise(3))
    assert stepper.reason.endswith(".")
    assert stepper.why_not_sample() == stepper.reason


def test_a_packed_sequence_and_a_single_step_are_refused() -> None:
    packed = pack_padded_sequence(noise(2, 6, 3), torch.tensor([6, 4]), True)
    assert "packed" in Stepper(seeded(nn.GRU, 3, 4, **FIRST), packed).reason
    assert "at least two" in Stepper(seeded(nn.GRU, 3, 4), noise(1, 1, 3)).reason


def test_an_axis_that_is_given_is_taken() -> None:
    model = seeded(nn.GRU, 3, 5, **FIRST)
    assert Stepper(model, noise(6, 6, 3), step_axis=1).possible
    assert not Stepper(model, noise(6, 6, 3), step_axis=0).possible


def test_a_cancelled_verification_ends_at_once() -> None:
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        Stepper(seeded(nn.GRU, 3, 4), noise(12, 1, 3), control=control)
