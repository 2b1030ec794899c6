"""PyTorch's names are evaluated on what PyTorch returns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_studio.core.expressions import (
    Expression,
    Layout,
    call_line,
    expressions,
    layout_of,
    owner,
    weight_names,
)
from lstm_studio.core.layers import GATES, Call, Direction, Kind, Layer, Sizes
from lstm_studio.core.places import place_of

STEPS, BATCH, INPUT, HIDDEN = 5, 3, 4, 6


def _build(
    kind: Kind,
    *,
    layers: int = 2,
    directions: int = 1,
    projection: int = 0,
    **flags: Any,
) -> tuple[Any, tuple[Layer, ...]]:
    torch.manual_seed(0)
    options = dict(flags, num_layers=layers, bidirectional=directions == 2)
    if kind == "lstm":
        module: nn.RNNBase = nn.LSTM(INPUT, HIDDEN, proj_size=projection, **options)
    elif kind == "gru":
        module = nn.GRU(INPUT, HIDDEN, **options)
    else:
        nonlinearity = "relu" if kind == "rnn_relu" else "tanh"
        module = nn.RNN(INPUT, HIDDEN, nonlinearity=nonlinearity, **options)
    names: tuple[Direction, ...] = ("forward", "reverse")
    found = []
    for index in range(layers):
        width = INPUT if index == 0 else directions * (projection or HIDDEN)
        for direction in names[:directions]:
            end = "_reverse" if direction == "reverse" else ""
            sizes = Sizes(width, HIDDEN, projection)
            name = f"l{index}{end}"
            found.append(Layer(name, kind, "", index, direction, sizes, module.bias))
    return module, tuple(found)


def _states(module: Any, layer: Layer, x: torch.Tensor) -> Mapping[str, np.ndarray]:
    """Unroll the module's formulas: h and c (step, sample, unit), input time."""
    reverse = layer.direction == "reverse"
    directions = 2 if module.bidirectional else 1
    below = x
    for index in range(layer.index + 1):
        both = []
        for direction in range(directions):
            end = f"_l{index}" + ("_reverse" if direction else "")
            both.append(_unroll(module, end, below, reverse=bool(direction)))
        below = torch.cat([one["h"] for one in both], dim=2)
    return {k: v.numpy() for k, v in both[int(reverse)].items()}


def _unroll(
    module: Any, end: str, x: torch.Tensor, *, reverse: bool
) -> dict[str, torch.Tensor]:
    w_ih, w_hh = getattr(module, f"weight_ih{end}"), getattr(module, f"weight_hh{end}")
    b = 0.0
    if module.bias:
        b = getattr(module, f"bias_ih{end}") + getattr(module, f"bias_hh{end}")
    project = getattr(module, f"weight_hr{end}", None)
    h = torch.zeros(x.shape[1], HIDDEN if project is None else len(project))
    c = torch.zeros(x.shape[1], HIDDEN)
    hs, cs = torch.zeros(len(x), *h.shape), torch.zeros(len(x), *c.shape)
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        i, f, g, o = (x[t] @ w_ih.T + h @ w_hh.T + b).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        h = h if project is None else h @ project.T
        hs[t], cs[t] = h, c
    return {"h": hs, "c": cs}


def _names(
    layer: Layer,
    layout: Layout,
    stream: str,
    unit: int,
    step: int,
    sample: int,
    calls: Sequence[Call] = (Call(0, STEPS, "zeros"),),
) -> tuple[Expression, ...]:
    place = place_of(layer, calls, step, sample)
    return expressions(layer, layout, stream, unit, step, sample, place)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("projection", [0, 2])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_every_name_is_the_number_that_it_names(
    directions: int, projection: int, batch_first: bool, batched: bool, bias: bool
) -> None:
    module, layers = _build(
        "lstm",
        directions=directions,
        projection=projection,
        batch_first=batch_first,
        bias=bias,
    )
    x = torch.randn(STEPS, BATCH if batched else 1, INPUT)
    given = x.transpose(0, 1) if batch_first else x
    with torch.no_grad():
        output, (h_n, c_n) = module(given if batched else x[:, 0])
        states = {layer.name: _states(module, layer, x) for layer in layers}
    words = {"output": output, "h_n": h_n, "c_n": c_n}
    named = 0
    for layer in layers:
        layout = layout_of(
            replace(layer, batch_first=batch_first), layers, batched=batched
        )
        for stream in ("h", "c"):
            values = states[layer.name][stream]
            for step in range(STEPS):
                for sample in range(values.shape[1]):
                    unit = (step + sample) % values.shape[2]
                    for name in _names(layer, layout, stream, unit, step, sample):
                        if not (name.text and name.shown):
                            continue
                        got = float(eval(name.text, dict(words)))
                        assert got == pytest.approx(
                            values[step, sample, unit], abs=1e-6
                        )
                        named += 1
    samples = BATCH if batched else 1
    last, every = directions * samples * STEPS, 2 * len(layers) * samples
    assert named == last + every


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_rows_of_a_gate_are_the_rows_that_pytorch_gives_it(kind: Kind) -> None:
    module, layers = _build(kind, directions=2)
    for layer in layers:
        parameters = dict(module.named_parameters())
        for order, gate in enumerate(GATES[kind]):
            names = [n.text for n in weight_names(layer, gate, 2)]
            end = layer.name
            wanted = parameters[f"weight_hh_{end}"].chunk(len(GATES[kind]))[order]
            block = next(n for n in names if n.startswith("weight_hh") and ":" in n)
            row = next(n for n in names if n.startswith("weight_hh") and ":" not in n)
            assert torch.equal(eval(block, dict(parameters)), wanted)
            assert torch.equal(eval(row, dict(parameters)), wanted[2])
            assert len(names) == 8


def test_the_example_of_the_guide() -> None:
    layer = Layer("l1_reverse", "lstm", "", 1, "reverse", Sizes(512, 256))
    texts = [n.text for n in weight_names(layer, "g", 3)]
    assert "weight_hh_l1_reverse[512:768]" in texts


def test_a_cell_names_what_its_call_returned() -> None:
    cell = nn.LSTMCell(INPUT, HIDDEN)
    layer = Layer("", "lstm", "", 0, "forward", Sizes(INPUT, HIDDEN), cell=True)
    layout = layout_of(layer, [layer])
    calls = [Call(t, t + 1, "carried") for t in range(STEPS)]
    h_1, c_1 = cell(torch.randn(BATCH, INPUT))
    words = {"h_1": h_1, "c_1": c_1}
    (h,) = _names(layer, layout, "h", 2, 3, 1, calls)
    assert eval(h.text, words) is not None
    assert h.text == "h_1[1, 2]"
    assert _names(layer, layout, "c", 2, 3, 1, calls)[0].text == "c_1[1, 2]"
    rows = [n.text for n in weight_names(layer, "f", 1)]
    assert "weight_ih[6:12]" in rows
    assert call_line(layout, initial=True) == "h_1, c_1 = model(input, (h_0, c_0))"


def test_steps_count_from_the_start_of_their_call() -> None:
    _, layers = _build("gru", layers=1)
    calls = (Call(0, 4, "zeros"), Call(4, 9, "carried"))
    layout = layout_of(layers[0], layers)
    first, second = _names(layers[0], layout, "h", 0, 5, 0, calls)[:2]
    assert first.text == "output[1, 0, 0]"
    assert (second.text, second.shown) == ("h_n[0, 0, 0]", False)
    assert "step 8" in second.about


def test_a_packed_output_is_unpacked_first() -> None:
    module, layers = _build("lstm", layers=1, directions=2)
    lengths = [2, 5, 3]
    x = torch.randn(STEPS, BATCH, INPUT)
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    with torch.no_grad():
        output, (h_n, _) = module(packed)
    unpack = {"pad_packed_sequence": pad_packed_sequence}
    words = {"output": output, "h_n": h_n, **unpack}
    calls = (Call(0, STEPS, "zeros", tuple(lengths)),)
    for layer in layers:
        layout = layout_of(layer, layers)
        for sample, length in enumerate(lengths):
            last = 0 if layer.direction == "reverse" else length - 1
            got = [
                float(eval(n.text, dict(words)))
                for n in _names(layer, layout, "h", 4, last, sample, calls)
                if n.shown
            ]
            assert len(got) == 2
            assert got[0] == got[1]
    (padding,) = _names(layers[0], layout_of(layers[0], layers), "h", 0, 3, 0, calls)
    assert padding.text == ""
    assert "padding of sample 0" in padding.about


def test_what_pytorch_does_not_return_is_said() -> None:
    _, layers = _build("lstm")
    layout = layout_of(layers[0], layers)
    h = _names(layers[0], layout, "h", 0, 1, 0)[0]
    assert (h.text, h.about) == (
        "",
        "PyTorch returns no such tensor: only h of the last layer is in `output`.",
    )
    assert "gates stay" in _names(layers[0], layout, "f", 0, 1, 0)[0].about
    assert "c leaves" in _names(layers[0], layout, "c", 0, 1, 0)[0].about
    assert "layer below" in _names(layers[1], layout, "x", 0, 1, 0)[0].about


def test_where_batch_first_is_unknown_both_names_are_given() -> None:
    _, layers = _build("lstm", layers=1)
    layout = layout_of(layers[0], layers)
    name = _names(layers[0], layout, "h", 4, 1, 2)[0]
    assert name.text == "output[1, 2, 4]"
    assert "output[2, 1, 4]" in name.about


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("", "model"),
        ("encoder.lstm", "model.encoder.lstm"),
        ("layers.0.lstm", "model.get_submodule('layers.0.lstm')"),
        ("class", "model.get_submodule('class')"),
        ("a'b", 'model.get_submodule("a\'b")'),
    ],
)
def test_a_module_is_named_so_that_python_finds_it(module: str, text: str) -> None:
    assert owner(module) == text
