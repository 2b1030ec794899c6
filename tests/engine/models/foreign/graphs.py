"""ONNX graphs made by hand, node by node, and what onnxruntime computes of them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from lstm_studio.engine.models import OpenedModel

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
SAMPLES = 2
Array = np.ndarray


class Graph:
    """Nodes and weights of a graph that takes ``x`` (step, sample, feature)."""

    def __init__(self, seed: int = 0) -> None:
        self.draw = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.held: list[onnx.TensorProto] = []

    def hold(self, name: str, values: Array) -> str:
        self.held.append(numpy_helper.from_array(values, name))
        return name

    def random(self, name: str, *shape: int, dtype: Any = np.float32) -> str:
        return self.hold(name, self.draw.normal(0, 0.25, shape).astype(dtype))

    def node(self, kind: str, inputs: list[str], output: str, **told: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **told))
        return output

    def recurrent(
        self,
        kind: str,
        x: str,
        width: int,
        hidden: int,
        *,
        name: str = "",
        bias: bool = True,
        more: tuple[str, ...] = (),
        outputs: tuple[str, ...] = ("y",),
        dtype: Any = np.float32,
        **told: Any,
    ) -> None:
        directions = 2 if told.get("direction") == "bidirectional" else 1
        rows = GATES[kind] * hidden
        start = outputs[0] or outputs[1]
        inputs = [
            x,
            self.random(f"{start}.w", directions, rows, width, dtype=dtype),
            self.random(f"{start}.r", directions, rows, hidden, dtype=dtype),
            self.random(f"{start}.b", directions, 2 * rows, dtype=dtype)
            if bias
            else "",
            *more,
        ]
        if kind == "GRU":
            told.setdefault("linear_before_reset", 1)
        self.nodes.append(
            helper.make_node(
                kind, inputs, list(outputs), name=name, hidden_size=hidden, **told
            )
        )

    def flat(self, y: str, samples: int, width: int, output: str) -> str:
        """From (step, direction, sample, unit) to (step, sample, unit)."""
        moved = self.node("Transpose", [y], f"{output}.moved", perm=[0, 2, 1, 3])
        shape = self.hold(f"{output}.shape", np.array([-1, samples, width]))
        return self.node("Reshape", [moved, shape], output)

    def model(
        self,
        output: str,
        *,
        width: int | None = None,
        kind: int = TensorProto.FLOAT,
        more_inputs: tuple[Any, ...] = (),
    ) -> onnx.ModelProto:
        shape: list[Any] = ["step", "sample", *([width] if width else [])]
        graph = helper.make_graph(
            self.nodes,
            "graph",
            [helper.make_tensor_value_info("x", kind, shape), *more_inputs],
            [helper.make_empty_tensor_value_info(output)],
            self.held,
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
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


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


def run(path: Path, **inputs: Array) -> Array:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    output: Array = session.run(None, inputs)[0]
    return output


def sequence(width: int) -> Array:
    draw = np.random.default_rng(1)
    return draw.normal(size=(7, SAMPLES, width)).astype(np.float32)


def assert_gives(model: OpenedModel, x: Array, expected: Array) -> None:
    """Compare on (step, sample, feature), the order of ONNX."""
    with torch.inference_mode():
        output = model.module(torch.from_numpy(x).swapaxes(0, 1))
    given = (output.swapaxes(0, 1) if output.ndim == 3 else output).numpy()
    np.testing.assert_allclose(given, expected, rtol=0, atol=1e-6)
