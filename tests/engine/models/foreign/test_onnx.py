"""ONNX graphs open as PyTorch's layers, and give what onnxruntime computes."""

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import OpenedModel, open_file
from tests.engine.models.foreign.graphs import Graph, run, save

CLOSE = 1e-6
SAMPLES = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def sequence(width: int, steps: int = 7) -> np.ndarray:
    draw = np.random.default_rng(1)
    return draw.normal(size=(steps, SAMPLES, width)).astype(np.float32)


def rebuilt(model: OpenedModel, x: np.ndarray) -> np.ndarray:
    """Run on (step, sample, feature), the order of ONNX."""
    with torch.inference_mode():
        output = model.module(torch.from_numpy(x).swapaxes(0, 1))
    return (output.swapaxes(0, 1) if output.ndim == 3 else output).numpy()


def names(model: OpenedModel) -> list[str]:
    return [layer.name for layer in model.summary.layers]


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
    np.testing.assert_allclose(
        rebuilt(model, values), run(path, x=values), rtol=0, atol=CLOSE
    )


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
    np.testing.assert_allclose(
        rebuilt(model, values), run(path, x=values), rtol=0, atol=CLOSE
    )


def tagger(last: str) -> Graph:
    """Embedding, two LSTM layers, relu, linear: as PyTorch exports a classifier."""
    graph = Graph()
    graph.node("Gather", [graph.random("emb.weight", 11, 3), "x"], "embedded")
    graph.recurrent(
        "LSTM", "embedded", 3, 4, name="/lstm/LSTM", outputs=("y", "h"),
        direction="bidirectional",
    )  # fmt: skip
    inner = graph.flat("y", SAMPLES, 8, "inner")
    outputs = ("", "h1") if last == "final state" else ("y1", "h1")
    graph.recurrent(
        "LSTM", inner, 8, 4, name="/lstm/LSTM_1", outputs=outputs,
        direction="bidirectional",
    )  # fmt: skip
    if last == "final state":
        moved = graph.node("Transpose", ["h1"], "moved", perm=[1, 0, 2])
        x = graph.node("Reshape", [moved, graph.hold("flat", np.array([-1, 8]))], "out")
    else:
        x = graph.flat("y1", SAMPLES, 8, "out")
    if last == "last step":
        x = graph.node("Gather", [x, graph.hold("index", np.array(-1))], "last", axis=0)
    x = graph.node("Relu", [x], "relu")
    if last == "every step":
        x = graph.node(
            "MatMul", [x, graph.random("w", 8, 2)], "product", name="/fc/MatMul"
        )
        graph.node("Add", [graph.random("fc.bias", 2), x], "result")
    else:
        inputs = [x, graph.random("fc.weight", 2, 8), graph.random("fc.bias", 2)]
        graph.node("Gemm", inputs, "result", transB=1)
    return graph


@pytest.mark.parametrize("reads", ["every step", "last step", "final state"])
def test_what_is_around_the_layers_runs_too(path: Path, reads: str) -> None:
    save(tagger(reads).model("result", kind=TensorProto.INT64), path)
    model = open_file(path)
    summary = model.summary
    assert summary.answers["run"] == "emb > lstm > relu > fc"
    assert summary.answers["head"] == reads
    assert (summary.needs.kind, summary.needs.features) == ("tokens", 11)
    tokens = np.random.default_rng(2).integers(0, 11, (9, SAMPLES))
    np.testing.assert_allclose(
        rebuilt(model, tokens), run(path, x=tokens), rtol=0, atol=CLOSE
    )


def test_what_is_not_rebuilt_is_named(path: Path) -> None:
    graph = Graph()
    graph.node("Exp", ["x"], "before")
    graph.recurrent("LSTM", "before", 3, 4, name="lstm")
    graph.node("Softplus", ["y"], "after")
    save(graph.model("after", width=3), path)
    notes = open_file(path).summary.notes
    assert notes == (
        "Before lstm the file runs Exp, which is not rebuilt: the sequence is what "
        "comes out of it.",
        "After these parts the file runs Softplus, which is not rebuilt.",
    )


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
    np.testing.assert_allclose(rebuilt(model, values), expected, rtol=0, atol=CLOSE)
    # Any other number of samples begins in the same state.
    one = rebuilt(model, values[:, :1])
    np.testing.assert_allclose(one, expected[:, :1], rtol=0, atol=CLOSE)


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


def branches() -> Graph:
    """Two models in one file, as silero's for its two sampling rates."""
    graph = Graph()
    insides = []
    for name, hidden in (("wide", 6), ("narrow", 4)):
        inner = Graph(hidden)
        inner.recurrent("LSTM", "x", 3, hidden, name=name, outputs=(f"{name}.y",))
        axes = inner.hold(f"{name}.one", np.array([1]))
        inner.node("Squeeze", [f"{name}.y", axes], f"{name}.out")
        # Weights may lie inside the branch or around it.
        around = inner.held if name == "wide" else []
        inside = [] if name == "wide" else inner.held
        graph.held.extend(around)
        insides.append(
            helper.make_graph(
                inner.nodes,
                name,
                [],
                [helper.make_empty_tensor_value_info(f"{name}.out")],
                inside,
            )
        )
    graph.node(
        "If", ["wide?"], "result", name="If", then_branch=insides[0],
        else_branch=insides[1],
    )  # fmt: skip
    return graph


def test_layers_inside_branches(path: Path) -> None:
    graph = branches()
    choice = helper.make_tensor_value_info("wide?", TensorProto.BOOL, [])
    save(graph.model("result", width=3, more_inputs=(choice,)), path)
    model = open_file(path)
    # Only one of them runs; the other is shown.
    assert names(model) == ["If.wide.l0"]
    assert ("If.narrow", "does not run: LSTM(3, 4)") in {
        (part.name, part.text) for part in model.summary.parts
    }
    values = sequence(3)
    for name in ("wide", "narrow"):
        chosen = open_file(path, answers={"run": f"If.{name}"})
        expected = run(path, x=values, **{"wide?": np.array(name == "wide")})
        np.testing.assert_allclose(
            rebuilt(chosen, values), expected, rtol=0, atol=CLOSE
        )


def test_layers_inside_loops(path: Path) -> None:
    inner = Graph()
    inner.recurrent("GRU", "x", 3, 4, name="gru", outputs=("inner.y",))
    inner.node("Identity", ["go"], "go.out")
    inner.node("Identity", ["inner.y"], "carried.out")
    body = helper.make_graph(
        inner.nodes,
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go.out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried.out", TensorProto.FLOAT, None),
        ],
        inner.held,
    )
    graph = Graph()
    graph.hold("trips", np.array(1))
    graph.hold("true", np.array(True))
    graph.hold("start", np.zeros((7, 1, SAMPLES, 4), np.float32))
    graph.node("Loop", ["trips", "true", "start"], "result", name="again", body=body)
    save(graph.model("result", width=3), path)
    model, values = open_file(path), sequence(3)
    assert names(model) == ["again.gru.l0"]
    expected = run(path, x=values)[:, 0]
    np.testing.assert_allclose(rebuilt(model, values), expected, rtol=0, atol=CLOSE)


def test_weights_that_are_moved_before_they_are_used(path: Path) -> None:
    """As exporters write them that fold no constants."""
    graph = Graph()
    draw = graph.draw.normal(size=(12, 5)).astype(np.float32)
    whole = graph.hold("whole", draw.T)
    moved = graph.node("Transpose", [whole], "moved", perm=[1, 0])
    ends = [graph.hold("from", np.array([0])), graph.hold("to", np.array([3]))]
    axis = graph.hold("axis", np.array([1]))
    left = graph.node("Slice", [moved, *ends, axis], "left")
    zero = graph.hold("zero", np.array([0]))
    w = graph.node("Unsqueeze", [left, zero], "w")
    flat = graph.random("flat", 48)
    shape = graph.node(
        "Constant", [], "shape", value=numpy_helper.from_array(np.array([1, 12, 4]))
    )
    r = graph.node("Reshape", [flat, shape], "r")
    half = graph.random("half", 1, 12)
    b = graph.node("Concat", [half, half], "b", axis=1)
    graph.nodes.append(
        helper.make_node(
            "GRU", ["x", w, r, b], ["y"], hidden_size=4, linear_before_reset=1
        )
    )
    save(graph.model("y", width=3), path)
    model, values = open_file(path), sequence(3)
    expected = run(path, x=values)[:, 0]
    np.testing.assert_allclose(rebuilt(model, values), expected, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_precision_is_kept(path: Path, dtype: Any) -> None:
    graph = Graph()
    graph.recurrent("LSTM", "x", 3, 4, name="lstm", dtype=dtype)
    save(graph.model("y", width=3), path)
    module = open_file(path).module
    expected = torch.from_numpy(np.empty(0, dtype)).dtype
    assert {parameter.dtype for parameter in module.parameters()} == {expected}


def lone(**options: Any) -> Callable[[Graph], None]:
    def make(graph: Graph) -> None:
        graph.recurrent(options.pop("kind", "LSTM"), "x", 3, 4, name="rnn", **options)

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


def test_no_recurrent_layer(path: Path) -> None:
    graph = Graph()
    graph.node("Relu", ["x"], "y")
    save(graph.model("y", width=3), path)
    with pytest.raises(CannotOpen, match=r"model.onnx has no recurrent layer in it"):
        open_file(path)


@pytest.mark.parametrize("cut", [20, 200, -3])
def test_damaged_files(path: Path, cut: int) -> None:
    data = tagger("every step").model("result").SerializeToString()
    path.write_bytes(data[:cut])
    with pytest.raises(CannotOpen, match="is a damaged or incomplete ONNX file"):
        open_file(path)


def external(path: Path, location: str, *, data: bytes | None = None) -> None:
    """Save a model whose weights lie in another file."""
    graph = Graph()
    graph.recurrent("LSTM", "x", 3, 4, name="lstm")
    model = graph.model("y", width=3)
    stored = bytearray(b"head")
    for tensor in model.graph.initializer:
        raw = tensor.raw_data
        entries = {"location": location, "offset": len(stored), "length": len(raw)}
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        stored += raw
    save(model, path)
    target = path.parent / location
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(bytes(stored) if data is None else data)


@pytest.mark.parametrize("location", ["weights.bin", "inner/weights.bin"])
def test_weights_in_another_file(path: Path, location: str) -> None:
    external(path, location)
    model, values = open_file(path), sequence(3)
    expected = run(path, x=values)[:, 0]
    np.testing.assert_allclose(rebuilt(model, values), expected, rtol=0, atol=CLOSE)
    said = "Weights of it lie in weights.bin: its SHA-256 is of model.onnx alone."
    assert said in model.summary.notes


def test_weights_outside_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "model.onnx"
    outside = tmp_path / "secret.bin"
    for location in ("../secret.bin", str(outside), "link.bin", "."):
        if location == "link.bin":
            external(path, "link.bin")
            (folder / location).replace(outside)
            (folder / location).symlink_to(outside)
        else:
            external(path, "weights.bin")
            model = onnx.load(path, load_external_data=False)
            for tensor in model.graph.initializer:
                tensor.external_data[0].value = location
            save(model, path)
        with pytest.raises(CannotOpen, match="which is outside of its folder"):
            open_file(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_weights_in_a_pipe_do_not_hang(path: Path) -> None:
    external(path, "weights.bin")
    (path.parent / "weights.bin").unlink()
    os.mkfifo(path.parent / "weights.bin")
    with pytest.raises(CannotOpen, match=r"weights.bin is not a file"):
        open_file(path)


def test_weights_that_are_not_there(path: Path) -> None:
    external(path, "weights.bin", data=b"short")
    with pytest.raises(CannotOpen, match=r"weights.bin is too short for the weights"):
        open_file(path)
    (path.parent / "weights.bin").unlink()
    with pytest.raises(
        CannotOpen, match=r"keeps its weights in weights.bin, which is not beside it"
    ):
        open_file(path)


def test_constants_that_grow_without_end(path: Path) -> None:
    graph = Graph()
    name = graph.hold("seed", np.zeros((1, 16, 300), np.float32))
    for level in range(40):
        name = graph.node("Concat", [name, name], f"twice{level}", axis=2)
    graph.recurrent("LSTM", "x", 3, 4, name="rnn")
    graph.nodes[-1].input[1] = name
    save(graph.model("y", width=3), path)
    with pytest.raises(CannotOpen, match="take more than 16 times what is stored"):
        open_file(path)


def test_without_the_library(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tagger("every step").model("result"), path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CannotOpen, match="takes the library onnx") as refused:
        open_file(path)
    assert refused.value.next_step == 'Install it: pip install "lstm-studio[onnx]"'
