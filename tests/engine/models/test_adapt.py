"""Models that want another call than ours are found out, and adapted."""

import pytest
import torch
from torch import Tensor, nn

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.models.adapt import adapt
from lstm_studio.engine.models.stepwise import Sequencewise, Stepwise
from lstm_studio.engine.models.summarise import summarise


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


class BatchFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0])


class TimeFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 4, 2)

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        output, last = self.gru(x, hidden)
        return output, last


class StatesPassed(nn.Module):
    """Takes a whole sequence with its initial states, and gives the final ones."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, batch_first=True)

    def forward(
        self, x: Tensor, h: Tensor, c: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        return self.lstm(x, (h, c))


class CellsPassed(nn.Module):
    """Takes one step as (batch, feature), with a tuple of states."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h, c = self.cell(x, state)
        return 2 * h, (h, c)


class Inside(nn.Module):
    """Keeps its state inside, takes windows of samples and their rate."""

    sample_rates = (16000, 8000)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(256, 6)
        self.cell = nn.GRUCell(6, 4)
        self.state: Tensor | None = None
        self.resets = 0

    def reset_states(self) -> None:
        self.state = None
        self.resets += 1

    def forward(self, x: Tensor, sr: int) -> Tensor:
        if x.shape[-1] != 256 * sr // 8000:
            raise ValueError(f"{x.shape[-1]} samples at {sr} Hz")
        pooled = x.reshape(x.shape[0], 256, -1).mean(-1)
        self.state = self.cell(self.encoder(pooled), self.state)
        return self.state


class Ranked(nn.Module):
    """Names the width of its input, which is not that of its recurrent part."""

    def __init__(self) -> None:
        super().__init__()
        self.dim_in = 7
        self.conv = nn.Conv1d(1, 2, 3)
        self.lstm = nn.LSTM(10, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        flat = self.conv(x.reshape(-1, 1, 7)).reshape(*x.shape[:2], 10)
        return self.lstm(flat)[0]


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(9, 3)
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(self.table(x))[0]


class OneSample(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x.view(-1, 1, 3))[0].view(1, -1, 4)


class NotRecurrent(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Odd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x: Tensor, mask: Tensor, more: Tensor, other: Tensor) -> Tensor:
        raise NotImplementedError("no")


def test_our_call_needs_no_adapter() -> None:
    module = BatchFirst().eval()
    made = adapt(module, {})
    assert made.module is module
    assert made.needs == InputNeeds("features", 3)
    assert made.answers["call"] == "whole sequence"


def test_time_first_is_turned() -> None:
    module = TimeFirst().eval()
    made = adapt(module, {})
    assert isinstance(made.module, Sequencewise)
    x = torch.randn(2, 6, 3)
    output, last = made.module(x)
    expected, expected_last = module(x.transpose(0, 1))
    assert torch.equal(output, expected.transpose(0, 1))
    assert torch.equal(last, expected_last)
    layers = summarise(made.module, "m").layers
    assert [layer.name for layer in layers] == ["gru.l0", "gru.l1"]


def test_states_are_given_as_zeros() -> None:
    module = StatesPassed().eval()
    made = adapt(module, {})
    x = torch.randn(2, 6, 3)
    expected, _ = module(x, torch.zeros(2, 2, 4), torch.zeros(2, 2, 4))
    assert torch.equal(made.module(x)[0], expected)


def test_steps_carry_the_state_when_told() -> None:
    module = StatesPassed().eval()
    made = adapt(module, {"call": "one step per call"})
    assert isinstance(made.module, Stepwise)
    x = torch.randn(2, 6, 3)
    expected, _ = module(x, torch.zeros(2, 2, 4), torch.zeros(2, 2, 4))
    torch.testing.assert_close(made.module(x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("script", [False, True])
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_cells_are_called_once_per_step(script: bool) -> None:
    module: nn.Module = CellsPassed().eval()
    cell = module.cell
    if script:
        module = torch.jit.script(module)
    made = adapt(module, {})
    assert isinstance(made.module, Stepwise)
    assert made.answers["call"] == "one step per call"
    x = torch.randn(2, 6, 3)
    state, outputs = (torch.zeros(2, 4), torch.zeros(2, 4)), []
    for step in range(6):
        state = cell(x[:, step], state)
        outputs.append(2 * state[0])
    assert torch.equal(made.module(x), torch.stack(outputs, 1))


@pytest.mark.parametrize(("rate", "window"), [("16000", 512), ("8000", 256)])
def test_window_and_rate_are_found(rate: str, window: int) -> None:
    module = Inside().eval()
    made = adapt(module, {} if rate == "16000" else {"sr": rate})
    assert made.needs == InputNeeds("samples", window, rate=int(rate))
    assert made.answers["sr"] == rate
    assert "`reset_states()` is called before every run." in made.notes
    # Trials run on copies: the model itself was not called.
    assert module.state is None
    assert module.resets == 0
    x = torch.randn(2, 5, window)
    first = made.module(x)
    assert first.shape == (2, 5, 4)
    assert torch.equal(made.module(x), first)


def test_width_is_taken_from_what_the_model_names() -> None:
    made = adapt(Ranked().eval(), {})
    assert made.needs == InputNeeds("features", 7)
    assert made.module(torch.zeros(2, 5, 7)).shape == (2, 5, 4)


def test_width_is_what_the_user_says() -> None:
    with pytest.raises(DoesNotFit, match="'many' is no number of values"):
        adapt(Ranked().eval(), {"width": "many"})
    assert adapt(Ranked().eval(), {"width": "7"}).needs.features == 7


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_frozen_scripts_are_asked_for_their_width() -> None:
    frozen = torch.jit.freeze(torch.jit.script(BatchFirst().eval()))
    made = adapt(frozen, {})
    assert "type their number" in made.notes[0]
    assert [question.name for question in made.questions] == ["width"]
    made = adapt(frozen, {"width": "3"})
    assert made.needs == InputNeeds("features", 3)
    assert made.module(torch.zeros(2, 5, 3)).shape == (2, 5, 2)


def test_a_call_that_there_is_not() -> None:
    with pytest.raises(DoesNotFit, match="'backwards' is no answer to 'call'"):
        adapt(BatchFirst(), {"call": "backwards"})


def test_wrappers_do_not_change_the_names() -> None:
    for wrapped in (nn.DataParallel(BatchFirst()), torch.compile(BatchFirst())):
        assert [layer.name for layer in summarise(wrapped).layers] == ["lstm.l0"]


def test_tokens() -> None:
    made = adapt(Tokens().eval(), {})
    assert made.needs == InputNeeds("tokens", 9)
    assert made.module(torch.zeros(2, 5, dtype=torch.int64)).shape == (2, 5, 4)


def test_one_sample_at_a_time() -> None:
    made = adapt(OneSample().eval(), {})
    assert "The model takes one sample at a time." in made.notes
    with pytest.raises(DoesNotFit, match="one sample at a time; the sequence has 2"):
        made.module(torch.zeros(2, 5, 3))


def test_no_recurrent_layer() -> None:
    with pytest.raises(CannotOpen, match="no recurrent layer in it: no LSTM"):
        adapt(NotRecurrent(), {})


def test_what_is_not_found_out_is_said() -> None:
    module = Odd()
    made = adapt(module, {})
    assert made.module is module
    assert "was not found out" in made.notes[0]


def test_a_trial_leaves_the_model_as_it_was() -> None:
    module = BatchFirst().eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = torch.random.get_rng_state()
    adapt(module, {})
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
