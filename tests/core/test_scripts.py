"""The scripts run as they are, and give what the recording holds."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from lstm_studio.core.expressions import expressions, layout_of
from lstm_studio.core.layers import GATES
from lstm_studio.core.places import place_of
from lstm_studio.core.recording import Recording
from lstm_studio.core.scripts import record_script, torch_script
from lstm_studio.engine.capture.record import record

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")

FLAGS = [
    {"num_layers": layers, "bidirectional": both, "batch_first": first, "bias": bias}
    for layers, both, first, bias in product(
        (1, 3), (False, True), (True, False), (True,)
    )
] + [{"num_layers": 2, "bidirectional": True, "batch_first": False, "bias": False}]


class Tagger(nn.Module):
    """A recurrent layer below another module, as models have it."""

    def __init__(self, inner: nn.RNNBase) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"rnn": inner})
        self.head = nn.Linear(1, 1)

    def forward(self, x: torch.Tensor | PackedSequence) -> Any:
        return self.encoder["rnn"](x)


class Segments(nn.Module):
    """Calls its layer for one segment after the other, the state carried or not."""

    def __init__(self, inner: nn.RNNBase, *, carry: bool) -> None:
        super().__init__()
        self.rnn = inner
        self.carry = carry

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state, outputs = None, []
        for part in x.split(4, dim=1 if self.rnn.batch_first else 0):
            output, state = self.rnn(part, state if self.carry else None)
            outputs.append(output)
        return outputs[-1]


class Stepper(nn.Module):
    """Calls a cell for one step after the other."""

    def __init__(self, cell: nn.RNNCellBase) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: torch.Tensor) -> Any:
        state = None
        for row in x:
            state = self.cell(row, state)
        return state


@pytest.fixture(autouse=True)
def _grad_stays_as_it_was() -> Iterator[None]:
    before = torch.is_grad_enabled()
    torch.manual_seed(0)
    yield
    torch.set_grad_enabled(before)


def _run(script: str, model: nn.Module, x: Any) -> np.ndarray:
    words: dict[str, Any] = {"model": model, "x": x}
    exec(script, words)
    return np.asarray(words["values"])


def _compare(
    model: nn.Module, x: Any, recording: Recording, *, batch_first: bool, sample: int
) -> int:
    compared = 0
    for name, layer in recording.layers.items():
        layout = layout_of(
            replace(layer, batch_first=batch_first), recording.layers.values()
        )
        calls = recording.calls(name)
        pre = [f"{gate}_pre" for gate in GATES[layer.kind]]
        for stream in (*layer.streams, *pre):
            script = torch_script(layer, layout, stream, calls, sample)
            got = _run(script, model, x)
            wanted = recording.read(name, stream, sample=sample)
            wanted = wanted[np.isfinite(wanted).all(axis=1)]
            np.testing.assert_allclose(got, wanted, atol=1e-5, err_msg=script)
            compared += 1
    return compared


@pytest.mark.parametrize("flags", FLAGS, ids=str)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "relu", "projected"])
def test_the_torch_script_gives_every_stream(kind: str, flags: dict[str, Any]) -> None:
    inner: nn.RNNBase
    match kind:
        case "relu":
            inner = nn.RNN(3, 4, nonlinearity="relu", **flags)
        case "projected":
            inner = nn.LSTM(3, 4, proj_size=2, **flags)
        case _:
            inner = getattr(nn, kind)(3, 4, **flags)
    first = flags["batch_first"]
    x = torch.randn(2, 7, 3) if first else torch.randn(7, 2, 3)
    model = Tagger(inner)
    assert _compare(model, x, record(model, x), batch_first=first, sample=1)


@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("layers", [1, 2])
def test_it_joins_the_calls_of_a_layer(carry: bool, kind: str, layers: int) -> None:
    model = Segments(getattr(nn, kind)(3, 4, layers, batch_first=True), carry=carry)
    x = torch.randn(2, 10, 3)
    recording = record(model, x)
    assert len(recording.calls("rnn.l0")) == 3
    assert _compare(model, x, recording, batch_first=True, sample=1)


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell"])
def test_it_steps_a_cell(kind: str) -> None:
    model = Stepper(getattr(nn, kind)(3, 4))
    x = torch.randn(6, 2, 3)
    assert _compare(model, x, record(model, x), batch_first=False, sample=1)


def test_it_unpacks_what_was_packed() -> None:
    model = Tagger(nn.LSTM(3, 4, 2, bidirectional=True))
    x = pack_padded_sequence(torch.randn(7, 2, 3), [4, 7], enforce_sorted=False)
    recording = record(model, x)
    assert _compare(model, x, recording, batch_first=False, sample=0)


def test_where_batch_first_is_unknown_the_script_asks_the_module() -> None:
    model = Tagger(nn.GRU(3, 4, batch_first=True))
    x = torch.randn(2, 5, 3)
    recording = record(model, x)
    name, layer = next(iter(recording.layers.items()))
    layout = layout_of(layer, [layer])
    for stream in ("h", "r"):
        script = torch_script(layer, layout, stream, recording.calls(name), 1)
        wanted = recording.read(name, stream, sample=1)
        np.testing.assert_allclose(_run(script, model, x), wanted, atol=1e-6)


class Headed(nn.Module):
    """Returns what another module made of the states, in a dictionary."""

    class Head(nn.Linear):
        def forward(self, input: torch.Tensor) -> dict[str, torch.Tensor]:  # noqa: A002
            return {"scores": super().forward(input)}

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 4, batch_first=True)
        self.head = self.Head(4, 5)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        scores: dict[str, torch.Tensor] = self.head(self.rnn(x)[0])
        return scores


def test_the_output_of_a_watched_module_keeps_its_axes() -> None:
    model, x = Headed(), torch.randn(2, 5, 3)
    recording = record(model, x, watch=("head",))
    name = "head['scores']"
    layer = recording.layers[name]
    layout = layout_of(layer, recording.layers.values())
    script = torch_script(layer, layout, "output", recording.calls(name), 1)
    got = _run(script, model, x)
    np.testing.assert_allclose(got[1], recording.read(name, "output", sample=1))
    place = place_of(layer, recording.calls(name), 0)
    (named,) = expressions(layer, layout, "output", 0, 0, 1, place)
    assert named.text == "output['scores']"


def test_the_module_itself_needs_no_hook() -> None:
    model = nn.LSTM(3, 4)
    x = torch.randn(5, 2, 3)
    recording = record(model, x)
    layer = recording.layers["l0"]
    layout = layout_of(layer, [layer])
    script = torch_script(layer, layout, "h", recording.calls("l0"), 1)
    assert "hook" not in script
    np.testing.assert_allclose(
        _run(script, model, x), recording.read("l0", "h", sample=1)
    )


def test_the_record_script_gives_the_same() -> None:
    model = Tagger(nn.LSTM(3, 4, batch_first=True))
    x = torch.randn(2, 5, 3)
    recording = record(model, x)
    (name,) = recording.layers
    script = record_script(recording.layers[name], "f_pre_bias", 1)
    wanted = recording.read(name, "f_pre_bias", sample=1)
    np.testing.assert_array_equal(_run(script, model, x), wanted)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("projection", [0, 2])
def test_names_are_the_numbers_of_the_recording(first: bool, projection: int) -> None:
    lstm = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=first, proj_size=projection)
    x = torch.randn(2, 6, 3) if first else torch.randn(6, 2, 3)
    recording = record(lstm, x)
    with torch.no_grad():
        output, (h_n, c_n) = lstm(x)
    words = {"output": output, "h_n": h_n, "c_n": c_n, "input": x}
    found: set[str] = set()
    for name, layer in recording.layers.items():
        layout = layout_of(replace(layer, batch_first=first), recording.layers.values())
        for stream, step in product(("x", "h", "c"), range(6)):
            place = place_of(layer, recording.calls(name), step, 1)
            named = expressions(layer, layout, stream, 1, step, 1, place)
            for text in [n.text for n in named if n.text and n.shown]:
                wanted = recording.read(name, stream, step, 1, 1)[0, 0]
                assert float(eval(text, dict(words))) == pytest.approx(wanted, abs=1e-6)
                found.add(text.split("[")[0])
    assert found == {"output", "h_n", "c_n", "input"}
