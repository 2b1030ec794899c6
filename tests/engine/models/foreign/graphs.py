"""ONNX graphs made by hand, node by node."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
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


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


def run(path: Path, **inputs: Array) -> Array:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    output: Array = session.run(None, inputs)[0]
    return output
