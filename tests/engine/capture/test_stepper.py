"""Steps one by one give what the whole sequence does."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lstm_studio
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.stepper import Stepper
from lstm_studio.engine.models import open_file
from tests.engine.capture.seeded import FIRST, STEPS, Tokens, noise, seeded, tokens


class Cells(nn.Module):
    """Two cells in a loop over steps."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.LSTMCell(3, 6)
        self.second = nn.GRUCell(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        state, h = None, torch.zeros(x.shape[0], 4)
        rows = []
        for step in range(x.shape[1]):
            state = self.first(x[:, step], state)
            h = self.second(state[0], h)
            rows.append(h)
        return torch.stack(rows, 1)


class Several(nn.Module):
    """Two modules after one another, one of them at two places."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.GRU(3, 3, batch_first=True)
        self.rnn = nn.RNN(3, 4, nonlinearity="relu", batch_first=True)

    def forward(self, x: Tensor) -> dict[str, Any]:
        once, _ = self.shared(x)
        twice, _ = self.shared(torch.tanh(once))
        output, h_n = self.rnn(twice)
        return {"output": (output, once), "h_n": h_n}


class Pondering(nn.Module):
    """One cell that runs twice for every step, the second time from the first."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.zeros(x.shape[0], 4)
        rows = []
        for step in range(x.shape[1]):
            for _ in range(2):
                h = self.cell(x[:, step], h)
            rows.append(h)
        return torch.stack(rows, 1)


class Learned(nn.Module):
    """The first state is a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.h0 = nn.Parameter(torch.randn(1, 1, 4))
        self.rnn = nn.GRU(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x, self.h0.expand(1, x.shape[1], 4).contiguous())[0]


class Keeping(nn.Module):
    """Keeps its state inside, from one call to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.state: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        y, self.state = self.rnn(x, self.state)
        return y


STEPPED = [
    pytest.param(seeded(nn.LSTM, 3, 5, 2), noise(40, 2, 3), 0, id="lstm"),
    pytest.param(seeded(nn.GRU, 3, 5, 2, **FIRST), noise(2, 40, 3), 1, id="gru"),
    pytest.param(seeded(nn.RNN, 3, 5, **FIRST), noise(2, 40, 3), 1, id="rnn"),
    pytest.param(seeded(nn.LSTM, 3, 5), noise(40, 3), 0, id="without samples"),
    pytest.param(seeded(nn.GRU, 3, 5), noise(40, 40, 3), 0, id="as many as steps"),
    pytest.param(seeded(nn.LSTM, 3, 5).double(), noise(40, 1, 3).double(), 0, id="f64"),
    pytest.param(seeded(Tokens), tokens(1, 40), 1, id="embedding and head"),
    pytest.param(seeded(Tokens, nn.GRU), tokens(3, 40), 1, id="samples of tokens"),
    pytest.param(seeded(Cells), noise(2, 40, 3), 1, id="cells"),
    pytest.param(seeded(Several), noise(2, 40, 3), 1, id="several"),
    pytest.param(seeded(Pondering), noise(2, 40, 3), 1, id="pondering"),
    pytest.param(seeded(Learned), noise(40, 2, 3), 0, id="learned first state"),
    pytest.param(seeded(Keeping), noise(2, 40, 3), 1, id="keeps its state"),
    pytest.param(
        torch.jit.script(seeded(Tokens)), tokens(1, 40), 1, id="script"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("model", "x", "axis"), STEPPED)
def test_steps_after_the_sequence_are_those_of_the_longer_one(
    model: nn.Module, x: Tensor, axis: int
) -> None:
    whole = lstm_studio.record(model, x)
    if hasattr(model, "state"):
        model.state = None
    stepper = Stepper(model, x.narrow(axis, 0, STEPS))
    assert stepper.possible, stepper.reason
    for step in range(STEPS, x.shape[axis]):
        stepper.step(x.select(axis, step))
    recording = stepper.recording
    assert list(recording.layers) == list(whole.layers)
    for name, layer in whole.layers.items():
        for stream in layer.streams:
            for sample in range(whole.samples):
                read = recording.read(name, stream, sample=sample)
                expected = whole.read(name, stream, sample=sample)
                if name == "shared.l0":
                    # Called twice a step, not twice a sequence.
                    read = np.concatenate([read[::2], read[1::2]])
                np.testing.assert_allclose(read, expected, atol=2e-6)
    flat, expected = map(
        torch.utils._pytree.tree_leaves, (recording.output, whole.output)
    )
    for left, right in zip(flat, expected, strict=True):
        np.testing.assert_allclose(left, right, atol=2e-6)
    assert recording.certificate.holds
    np.testing.assert_array_equal(
        stepper.values.reshape(40, -1), np.moveaxis(x.numpy(), axis, 0).reshape(40, -1)
    )


def test_every_step_after_the_first_is_carried_until_a_reset() -> None:
    model, x = seeded(nn.LSTM, 3, 5), noise(10, 1, 3)
    stepper = Stepper(model, x)
    first = stepper.step(x[0])[0]
    stepper.reset()
    again = stepper.step(x[0])[0]
    sources = [call.initial_state for call in stepper.recording.calls("l0")]
    assert sources == ["zeros", *["carried"] * 10, "zeros"]
    assert not torch.equal(first, again)
    torch.testing.assert_close(again[0], model(x[:1])[0][0].detach())


def test_without_carrying_each_step_starts_anew() -> None:
    model, x = seeded(Keeping), noise(1, 10, 3)
    stepper = Stepper(model, x)
    stepper.carry = False
    one, two = stepper.step(x[:, 3]), stepper.step(x[:, 3])
    assert torch.equal(one, two)
    stepper.carry = True
    assert not torch.equal(two, stepper.step(x[:, 3]))
    sources = [call.initial_state for call in stepper.recording.calls("rnn.l0")]
    assert sources[-4:] == ["carried", "zeros", "zeros", "carried"]


def test_the_model_is_left_as_it_is() -> None:
    model = seeded(Keeping).train()
    stepper = Stepper(model, noise(1, 10, 3))
    stepper.step(noise(3))
    assert model.training
    assert model.state is None


def test_a_step_of_another_shape_is_refused() -> None:
    stepper = Stepper(seeded(nn.GRU, 3, 5), noise(6, 1, 3))
    with pytest.raises(DoesNotFit, match=r"has the shape \(4,\)"):
        stepper.step(np.zeros(4))


def followed(model: nn.Module, x: Tensor) -> tuple[Stepper, Recording]:
    """Run 40 steps and then the rest one by one; return this and the whole sequence."""
    whole = lstm_studio.record(model, x)
    stepper = Stepper(model, x[:, :40], step_axis=1)
    assert stepper.possible, stepper.reason
    for step in range(40, x.shape[1]):
        stepper.step(x[:, step])
    np.testing.assert_allclose(stepper.recording.output, whole.output, atol=1e-6)
    return stepper, whole


def test_silero_keeps_its_own_state(shared_models: Path) -> None:
    folder = shared_models / "silero-vad"
    opened = open_file(folder / "silero_vad.jit", trust=True, answers={"sr": "8000"})
    with wave.open(str(folder / "input" / "aepyx_8k.wav")) as file:
        data = np.frombuffer(file.readframes(256 * 60), np.int16)
    x = torch.from_numpy(data.astype(np.float32) / 32768).reshape(1, 60, 256)
    stepper, whole = followed(opened.module, x)
    (name,) = stepper.recording.layers
    sources = [call.initial_state for call in stepper.recording.calls(name)]
    assert sources == ["zeros", *["carried"] * 59]
    stepper.reset()
    again = stepper.step(x[:, 0])
    np.testing.assert_allclose(again.numpy().ravel()[0], whole.output.ravel()[0], 1e-5)
    assert stepper.recording.calls(name)[-1].initial_state == "zeros"


def test_sugar_creek_is_given_its_state(shared_models: Path) -> None:
    folder = shared_models / "noaa-owp-sugar-creek-torchscript"
    opened = open_file(folder / "sugar_creek_trained.pt", trust=True)
    followed(opened.module, noise(1, 60, 11))
