"""Layers are found wherever an ONNX graph has them, with what is around them."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

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
    tagger,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("reads", ["every step", "last step", "final state"])
def test_what_is_around_the_layers_runs_too(path: Path, reads: str) -> None:
    save(tagger(reads).model("result", kind=TensorProto.INT64), path)
    model = open_file(path)
    summary = model.summary
    assert summary.answers["run"] == "emb > lstm > relu > fc"
    assert summary.answers["head"] == reads
    assert (summary.needs.kind, summary.needs.features) == ("tokens", 11)
    tokens = np.random.default_rng(2).integers(0, 11, (9, SAMPLES))
    assert_gives(model, tokens, run(path, x=tokens))


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
        given = {"x": values, "wide?": np.array(name == "wide")}
        assert_gives(chosen, values, run(path, **given))


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
    assert_gives(model, values, run(path, x=values)[:, 0])


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
    assert_gives(model, values, run(path, x=values)[:, 0])


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


def test_no_recurrent_layer(path: Path) -> None:
    graph = Graph()
    graph.node("Relu", ["x"], "y")
    save(graph.model("y", width=3), path)
    with pytest.raises(CannotOpen, match=r"model.onnx has no recurrent layer in it"):
        open_file(path)
