"""Layers of ONNX give what onnxruntime computes, or are refused in words."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.checkpoints import names
from tests.engine.models.foreign.graphs import (
    SAMPLES,
    Graph,
    assert_gives,
    run,
    save,
    sequence,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


@pytest.mark.parametrize(
    ("kind", "layers", "both", "bias"),
    list(
        itertools.product(["LSTM", "GRU", "RNN"], [1, 3], [False, True], [False, True])
    ),
)
def test_layers_give_what_onnxruntime_computes(
    path: Path, kind: str, layers: int, both: bool, bias: bool
) -> None:
    graph, width = Graph(), 10 if both else 5
    x = "x"
    for layer in range(layers):
        graph.recurrent(
            kind,
            x,
            width if layer else 3,
            5,
            name=f"/encoder/rnn/{kind}{f'_{layer}' if layer else ''}",
            bias=bias,
            outputs=(f"y{layer}",),
            direction="bidirectional" if both else "forward",
        )
        x = graph.flat(f"y{layer}", SAMPLES, width, f"flat{layer}")
    save(graph.model(x, width=3), path)
    model = open_file(path)
    assert names(model) == [
        f"encoder.rnn.l{layer}{suffix}"
        for layer in range(layers)
        for suffix in (["", "_reverse"] if both else [""])
    ]
    assert {layer.bias for layer in model.summary.layers} == {bias}
    assert (model.summary.form, model.summary.needs.features) == ("ONNX", 3)
    assert not model.summary.notes
    values = sequence(3)
    assert_gives(model, values, run(path, x=values))


def test_relu_and_layers_without_names(path: Path) -> None:
    graph = Graph()
    graph.recurrent("RNN", "x", 3, 5, outputs=("y",), activations=["Relu"])
    x = graph.node("Squeeze", ["y", graph.hold("one", np.array([1]))], "s")
    graph.recurrent("RNN", x, 5, 4, outputs=("y1",), activations=["Tanh"])
    x = graph.node("Squeeze", ["y1", "one"], "s1")
    save(graph.model(x, width=3), path)
    model = open_file(path)
    kinds = {layer.name: layer.kind for layer in model.summary.layers}
    assert kinds == {"rnn.l0": "rnn_relu", "rnn_1.l0": "rnn_tanh"}
    assert "nonlinearity" not in model.summary.answers
    values = sequence(3)
    assert_gives(model, values, run(path, x=values))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_initial_states_of_the_file_are_used(path: Path, kind: str) -> None:
    graph, x = Graph(), "x"
    count = 2 if kind == "LSTM" else 1
    for layer, width in enumerate((3, 4)):
        states = []
        for index in range(count):
            # The second layer begins with zeros.
            one = graph.draw.normal(size=(1, 1, 4)).astype(np.float32) * (1 - layer)
            states.append(graph.hold(f"s{layer}{index}", one.repeat(SAMPLES, 1)))
        graph.recurrent(
            kind, x, width, 4, name=f"/a/{kind}_{layer}", more=("", *states),
            outputs=(f"y{layer}",),
        )  # fmt: skip
        x = graph.flat(f"y{layer}", SAMPLES, 4, f"flat{layer}")
    save(graph.model(x, width=3), path)
    model, values = open_file(path), sequence(3)
    assert names(model) == ["a.l0", "a.l1"]
    expected = run(path, x=values)
    assert_gives(model, values, expected)
    # Any other number of samples begins in the same state.
    assert_gives(model, values[:, :1], expected[:, :1])


def test_a_state_from_outside_is_named_and_zeros_are_not(path: Path) -> None:
    graph = Graph()
    graph.node("Shape", ["x"], "shape")
    graph.node("ConstantOfShape", ["shape"], "zeros")
    graph.recurrent("LSTM", "x", 3, 4, name="lstm", more=("", "state", "zeros"))
    state = helper.make_tensor_value_info("state", TensorProto.FLOAT, [1, "n", 4])
    save(graph.model("y", width=3, more_inputs=(state,)), path)
    assert open_file(path).summary.notes == (
        "The initial state of lstm is given to the model in the file: here it is "
        "zeros.",
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_precision_is_kept(path: Path, dtype: Any) -> None:
    graph = Graph()
    graph.recurrent("LSTM", "x", 3, 4, name="lstm", dtype=dtype)
    save(graph.model("y", width=3), path)
    module = open_file(path).module
    expected = torch.from_numpy(np.empty(0, dtype)).dtype
    assert {parameter.dtype for parameter in module.parameters()} == {expected}


def lone(kind: str = "LSTM", **options: Any) -> Callable[[Graph], None]:
    def make(graph: Graph) -> None:
        graph.recurrent(kind, "x", 3, 4, name="rnn", **options)

    return make


def peepholes(graph: Graph) -> None:
    graph.recurrent(
        "LSTM", "x", 3, 4, name="rnn", more=("", "", "", graph.random("p", 1, 12))
    )


def computed(graph: Graph) -> None:
    graph.recurrent("LSTM", "x", 3, 4, name="rnn")
    graph.node("Neg", [graph.nodes[0].input[1]], "negative")
    graph.nodes[0].input[1] = "negative"


def disagreeing(graph: Graph) -> None:
    graph.recurrent("LSTM", "x", 3, 4, name="rnn")
    graph.nodes[0].input[2] = graph.random("r", 1, 16, 5)


def quantised(graph: Graph) -> None:
    graph.node("DynamicQuantizeLSTM", ["x"], "y", name="rnn", domain="com.microsoft")


REFUSED: dict[str, tuple[Callable[[Graph], None], str]] = {
    "reset before": (
        lone(kind="GRU", linear_before_reset=0),
        r"rnn: it resets the state before the matrix product \(linear_before_reset=0\),"
        " and torch.nn.GRU does after it",
    ),
    "clip": (lone(clip=3.0), "rnn: it clips what its gates are given"),
    "coupled": (lone(input_forget=1), "input gate and forget gate are coupled"),
    "reverse": (
        lone(direction="reverse"),
        "rnn: it runs from the last step to the first only",
    ),
    "functions": (
        lone(activations=["HardSigmoid", "Tanh", "Tanh"]),
        "rnn: its functions are hardsigmoid, tanh, tanh, and PyTorch's are sigmoid",
    ),
    "peepholes": (peepholes, r"its gates look at the cell state \(peepholes\)"),
    "computed": (computed, "its weights are computed as the model runs"),
    "sizes": (
        disagreeing,
        r"the sizes of its weights disagree \(1 x 16 x 3 and 1 x 16 x 5\)",
    ),
    "quantised": (quantised, "rnn: it is quantised"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_layers_that_pytorch_has_not(path: Path, what: str) -> None:
    make, message = REFUSED[what]
    graph = Graph()
    make(graph)
    save(graph.model("y", width=3), path)
    with pytest.raises(
        CannotOpen, match=f"no recurrent layer that PyTorch has too: .*{message}"
    ) as refused:
        open_file(path)
    assert refused.value.next_step == "Save the model with a layer that torch.nn has."


def test_a_layer_that_pytorch_has_not_is_named_beside_one_that_it_has(
    path: Path,
) -> None:
    graph = Graph()
    graph.recurrent("GRU", "x", 3, 4, name="old", linear_before_reset=0)
    graph.recurrent("LSTM", "x", 3, 4, name="lstm", outputs=("z",))
    save(graph.model("z", width=3), path)
    model = open_file(path)
    assert names(model) == ["lstm.l0"]
    assert any(
        note.startswith("old: it resets the state before")
        and note.endswith("(left out).")
        for note in model.summary.notes
    )
