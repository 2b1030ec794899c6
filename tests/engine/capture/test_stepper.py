"""Steps one by one are those of the whole sequence, and what cannot be is refused."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstm_studio
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun, DoesNotFit, JobCancelled
from lstm_studio.core.examples import example
from lstm_studio.engine.capture.sampling import following
from lstm_studio.engine.capture.stepper import Stepper
from lstm_studio.engine.models import open_file
from lstm_studio.engine.sequences import open_sequence

STEPS, MORE = 24, 16


class Tokens(nn.Module):
    def __init__(self, kind: type[nn.RNNBase] = nn.LSTM) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 5)
        self.rnn = kind(5, 8, 2, batch_first=True)
        self.head = nn.Linear(8, 11)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(self.embedding(x))[0])


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


def seeded(kind: type[nn.Module], *args: Any, **keywords: Any) -> nn.Module:
    torch.manual_seed(0)
    return kind(*args, **keywords).eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def tokens(*shape: int) -> Tensor:
    return torch.randint(0, 11, shape, generator=torch.Generator().manual_seed(1))


FIRST = {"batch_first": True}
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


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.rnn(x)
        return self.attention(y, y, y)[0]


class Convolving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(3, 3, 3, padding=1)
        self.rnn = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.convolution(x.transpose(1, 2)).transpose(1, 2))[0]


class Looking(nn.Module):
    """The input of a step is that of the step after it."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(torch.roll(x, -1, 1))[0]


class Normalising(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3, track_running_stats=False)
        self.rnn = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.norm(x.transpose(1, 2)).transpose(1, 2))[0]


class LastStep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0][:, -1]


class Packing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.tensor([x.shape[1]] * x.shape[0])
        packed, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True))
        return pad_packed_sequence(packed, batch_first=True)[0]


class Halving(nn.Module):
    """Every other step only."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)

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


def test_a_step_of_another_shape_is_refused() -> None:
    stepper = Stepper(seeded(nn.GRU, 3, 5), noise(6, 1, 3))
    with pytest.raises(DoesNotFit, match=r"has the shape \(4,\)"):
        stepper.step(np.zeros(4))


def test_tokens_drawn_with_a_seed_are_the_same_again() -> None:
    model, x = seeded(Tokens), tokens(2, 12)
    drawn = [Stepper(model, x).sample(30, seed=seed) for seed in (7, 7, 8)]
    assert drawn[0].shape == (2, 30)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    stepper = Stepper(model, x)
    apart = [stepper.sample(10, seed=7), stepper.sample(20)]
    assert torch.equal(torch.cat(apart, 1), drawn[0])


def test_argmax_is_what_the_whole_sequence_calls_most_likely() -> None:
    model, x = seeded(Tokens), tokens(1, 12)
    stepper = Stepper(model, x)
    added = stepper.sample(20, temperature=0.0)
    with torch.no_grad():
        for _ in range(20):
            x = torch.cat([x, model(x)[:, -1:].argmax(-1)], 1)
    assert torch.equal(added, x[:, 12:])
    assert stepper.recording.output.shape == (1, 32, 11)


def test_temperature_is_that_of_the_softmax() -> None:
    logits = noise(11)
    template = torch.zeros(4000, 1, dtype=torch.int64)
    last = logits.expand(4000, 1, 11).numpy()
    generator = torch.Generator().manual_seed(3)
    drawn = following(last, template, 0.5, generator)[:, 0]
    shares = torch.softmax(logits / 0.5, 0)
    counts = torch.bincount(drawn, minlength=11) / 4000
    assert float((counts - shares).abs().max()) < 0.03
    probabilities = torch.softmax(logits, 0).expand(4000, 1, 11).numpy()
    generator.manual_seed(3)
    assert torch.equal(following(probabilities, template, 0.5, generator)[:, 0], drawn)


def test_numbers_are_fed_back_where_they_are_as_wide() -> None:
    model, x = seeded(nn.GRU, 3, 3, **FIRST), noise(2, 12, 3)
    added = Stepper(model, x).sample(5)
    with torch.no_grad():
        for _ in range(5):
            x = torch.cat([x, model(x)[0][:, -1:]], 1)
    torch.testing.assert_close(added, x[:, 12:])
    stepper = Stepper(seeded(nn.GRU, 3, 4, **FIRST), noise(2, 12, 3))
    with pytest.raises(CannotRun, match="cannot be the next input"):
        stepper.sample()


def test_a_cancelled_verification_ends_at_once(tmp_path: Path) -> None:
    control = RunControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        Stepper(seeded(nn.GRU, 3, 4), noise(12, 1, 3), control=control)


def test_a_recording_in_a_folder_opens_with_what_was_added(tmp_path: Path) -> None:
    stepper = Stepper(seeded(Tokens), tokens(1, 12), store=tmp_path / "kept")
    stepper.sample(8, seed=0)
    states = stepper.recording.read("rnn.l1", "c")
    stepper.recorder.close()
    opened = lstm_studio.Recording.open(tmp_path / "kept")
    np.testing.assert_array_equal(opened.read("rnn.l1", "c"), states)
    assert opened.length("rnn.l1") == 20
    assert opened.output.shape == (1, 20, 11)
    assert opened.sequence is not None
    assert opened.sequence.values.shape == (20, 1)


def test_the_characters_of_the_example_go_on() -> None:
    chosen = example("char-lstm")
    opened = open_file(chosen.model, answers=chosen.answers)
    sequence = open_sequence(chosen.sequence, opened.summary.needs, chosen.choices)
    stepper = Stepper(opened.module, sequence.tensor[:, :300], step_axis=1)
    added = stepper.sample(50, temperature=0.5, seed=0)
    words = [opened.summary.needs.vocabulary[token] for token in added[0].tolist()]
    assert len("".join(words)) == 50
    assert len(set(words)) > 5
    whole = torch.cat([sequence.tensor[:, :300], added], 1)
    with torch.no_grad():
        expected = opened.module(whole)
    np.testing.assert_allclose(stepper.recording.output, expected, atol=1e-4)


def test_silero_keeps_its_own_state(shared_models: Path) -> None:
    folder = shared_models / "silero-vad"
    opened = open_file(folder / "silero_vad.jit", trust=True, answers={"sr": "8000"})
    with wave.open(str(folder / "input" / "aepyx_8k.wav")) as file:
        data = np.frombuffer(file.readframes(256 * 60), np.int16)
    x = torch.from_numpy(data.astype(np.float32) / 32768).reshape(1, 60, 256)
    whole = lstm_studio.record(opened.module, x)
    stepper = Stepper(opened.module, x[:, :40], step_axis=1)
    assert stepper.possible, stepper.reason
    for step in range(40, 60):
        stepper.step(x[:, step])
    np.testing.assert_allclose(stepper.recording.output, whole.output, atol=1e-6)
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
    x = noise(1, 60, 11)
    whole = lstm_studio.record(opened.module, x)
    stepper = Stepper(opened.module, x[:, :40], step_axis=1)
    assert stepper.possible, stepper.reason
    for step in range(40, 60):
        stepper.step(x[:, step])
    np.testing.assert_allclose(stepper.recording.output, whole.output, atol=1e-6)
