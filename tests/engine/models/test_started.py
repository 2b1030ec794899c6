"""Models that begin in a given state, or over padded samples: as PyTorch does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import lstm_studio
from lstm_studio.core.errors import DoesNotFit
from lstm_studio.engine.models import OpenedModel, open_file, started, summarise
from lstm_studio.engine.sequences import initial_state

RANDOM = {"initial": "random", "initial_seed": 1}
X = torch.randn(3, 9, 4, generator=torch.Generator().manual_seed(0))


class Tagger(nn.Module):
    """Passes no state, and so begins in zeros."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.part(x)[0]
        return output


class Looped(nn.Module):
    """Calls its cell once per step, past ``__call__``."""

    def __init__(self, cell: nn.LSTMCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> Tensor:
        state, outputs = None, []
        for step in range(x.shape[1]):
            state = self.cell.forward(x[:, step], state)
            outputs.append(state[0])
        return torch.stack(outputs, 1)


def opened(module: nn.Module) -> OpenedModel:
    return OpenedModel(module.eval(), summarise(module, "toy"))


def begun(model: OpenedModel, samples: int = 3) -> OpenedModel:
    return started(model, initial_state(model.summary.layers, samples, RANDOM), ())


def stack(model: OpenedModel, stream: str, samples: int = 3) -> Tensor:
    states = initial_state(model.summary.layers, samples, RANDOM)
    return torch.stack([torch.from_numpy(s[stream]) for s in states.values()])


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_layer_begins_in_the_state(kind: type[nn.RNNBase], batch_first: bool) -> None:
    part = kind(4, 5, 2, batch_first=batch_first, bidirectional=True)
    model = opened(Tagger(part))
    x = X if batch_first else X.transpose(0, 1)
    h, is_lstm = stack(model, "h"), kind is nn.LSTM
    with torch.inference_mode():
        expected = part(x, (h, stack(model, "c")) if is_lstm else h)[0]
        assert torch.equal(begun(model).module(x), expected)
        # The model is as it was: no forward of ours is left in it.
        assert torch.equal(model.module(x), part(x)[0])
    assert "forward" not in vars(part)


def test_a_cell_begins_in_the_state_and_goes_on_with_its_own() -> None:
    cell = nn.LSTMCell(4, 5)
    model = opened(Looped(cell))
    state = stack(model, "h")[0], stack(model, "c")[0]
    with torch.inference_mode():
        got = begun(model).module(X)
        for step in range(X.shape[1]):
            state = cell(X[:, step], state)
            assert torch.equal(got[:, step], state[0])


def test_a_recording_knows_that_the_state_was_given() -> None:
    model = begun(opened(Tagger(nn.LSTM(4, 5, 2, batch_first=True))))
    recording = lstm_studio.record(model.module, X)
    assert list(recording.layers) == ["part.l0", "part.l1"]
    assert recording.calls("part.l1")[0].initial_state == "given"
    states = initial_state(model.summary.layers, 3, RANDOM)
    for stream in ("h", "c"):
        np.testing.assert_array_equal(
            recording.initial("part.l1", 0)[stream], states["part.l1"][stream]
        )
    assert recording.certificate.output_difference in (0.0, None)


def test_weights_from_a_file_begin_in_the_state(tmp_path: Path) -> None:
    module = nn.Sequential()
    module.rnn, module.head = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 2)
    torch.save(module.state_dict(), tmp_path / "m.pt")
    model = open_file(tmp_path / "m.pt")
    with torch.inference_mode():
        expected = module.head(module.rnn(X, stack(model, "h"))[0])
        torch.testing.assert_close(begun(model).module(X), expected)


@pytest.mark.parametrize("head", ["every step", "last step"])
def test_lengths_are_heeded_by_weights_from_a_file(tmp_path: Path, head: str) -> None:
    module = nn.Sequential()
    module.rnn = nn.LSTM(4, 5, 2, batch_first=True, bidirectional=True)
    module.head = nn.Linear(10, 2)
    torch.save(module.state_dict(), tmp_path / "m.pt")
    model = open_file(tmp_path / "m.pt", answers={"head": head})
    lengths = (4, 9, 2)
    with torch.inference_mode():
        got = started(model, {}, lengths).module(X)
        for sample, length in enumerate(lengths):
            alone = model.module(X[sample : sample + 1, :length])[0]
            mine = got[sample] if head == "last step" else got[sample, :length]
            torch.testing.assert_close(mine, alone)
    recording = lstm_studio.record(started(model, {}, lengths).module, X)
    assert recording.padding("rnn.l1_reverse", 2).tolist() == [False] * 2 + [True] * 7


def test_states_and_lengths_together() -> None:
    part = nn.GRU(4, 5, batch_first=True)
    model = opened(Tagger(part))
    states = initial_state(model.summary.layers, 3, RANDOM)
    both = started(model, states, (4, 9, 2)).module
    with torch.inference_mode():
        got, h = both(X), torch.from_numpy(states["part.l0"]["h"])
        for sample, length in enumerate((4, 9, 2)):
            alone = part(X[sample : sample + 1, :length], h[None, sample : sample + 1])
            torch.testing.assert_close(got[sample, :length], alone[0][0])


class Carried(nn.Module):
    """Takes its state and gives it back, as models for one step per call do."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 5)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        output, (h, c) = self.rnn(x, (h, c))
        return output, h, c


def test_a_script_that_takes_its_state(tmp_path: Path) -> None:
    inner = Carried().eval()
    torch.jit.script(inner).save(str(tmp_path / "m.pt"))
    model = open_file(tmp_path / "m.pt", trust=True)
    with torch.inference_mode():
        state = stack(model, "h", 1), stack(model, "c", 1)
        expected = inner.rnn(X[:1].transpose(0, 1), state)[0].transpose(0, 1)
        got = begun(model, 1).module(X[:1])
    torch.testing.assert_close(got if isinstance(got, Tensor) else got[0], expected)


def test_a_script_that_keeps_its_state_is_refused(tmp_path: Path) -> None:
    part = Tagger(nn.GRU(4, 5, batch_first=True)).eval()
    torch.jit.script(part).save(str(tmp_path / "m.pt"))
    model = open_file(tmp_path / "m.pt", trust=True)
    with pytest.raises(DoesNotFit) as refusal:
        begun(model)
    assert str(refusal.value) == (
        "m.pt takes no initial state from outside: its program keeps that of part to "
        "itself. Choose zeros."
    )
    with pytest.raises(DoesNotFit) as refusal:
        started(model, {}, (4, 9, 2))
    assert str(refusal.value) == (
        "m.pt takes no lengths of samples: its program does not take them. Choose one "
        "sample at a time, or leave the lengths empty."
    )


def test_lengths_of_cells_are_refused() -> None:
    with pytest.raises(DoesNotFit, match="it is called once per step"):
        started(opened(Looped(nn.LSTMCell(4, 5))), {}, (4, 9, 2))


def test_a_model_that_folds_its_samples_takes_no_lengths() -> None:
    class Folded(Tagger):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.reshape(1, -1, x.shape[2]))

    model = opened(Folded(nn.GRU(4, 5, batch_first=True)))
    with pytest.raises(DoesNotFit, match="does not pass its samples on side by side"):
        started(model, {}, (4, 9, 2)).module(X)
    assert "forward" not in vars(model.module.get_submodule("part"))


def test_states_that_nothing_takes_are_no_error() -> None:
    model = opened(Tagger(nn.GRU(4, 5, batch_first=True)))
    same = started(model, {}, ())
    assert same == replace(model, module=same.module)
    assert same.module is model.module
