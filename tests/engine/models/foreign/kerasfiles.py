"""Files as Keras 2 and 3 write them, and what their layers compute.

No Keras is installed: layouts and formulas are those of Keras' documentation and code
(legacy_h5_format, saving_lib, layers/rnn). Files that Keras itself wrote are in
``keras-*.zip``.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from lstm_studio.engine.models import OpenedModel

Array = np.ndarray
BLOCKS = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
LAYOUTS = ["keras 3", "keras 2", "keras 2 weights", "keras 3 weights"]


@dataclass
class Kept:
    """A layer with its description, and its arrays by the path inside its group."""

    kind: str
    name: str
    told: dict[str, Any]
    new: dict[str, Array] = field(default_factory=dict)
    """As Keras 3 names them: ``cell/vars/0``."""
    old: dict[str, Array] = field(default_factory=dict)
    """As Keras 2 names them: ``lstm/lstm_cell/kernel:0``."""

    @property
    def described(self) -> dict[str, Any]:
        return {
            "module": "keras.layers",
            "class_name": self.kind,
            "config": {"name": self.name, **self.told},
            "registered_name": None,
        }


def cell_arrays(draw: np.random.Generator, kind: str, width: int, units: int,
                told: Mapping[str, Any]) -> list[Array]:  # fmt: skip
    columns = BLOCKS[kind] * units
    arrays = [
        draw.normal(0, 0.3, (width, columns)),
        draw.normal(0, 0.3, (units, columns)),
    ]
    if told.get("use_bias", True):
        two = kind == "GRU" and told.get("reset_after", True)
        arrays.append(draw.normal(0, 0.3, (2, columns) if two else columns))
    return [array.astype(np.float32) for array in arrays]


def recurrent(draw: np.random.Generator, kind: str, name: str, width: int, units: int,
              **told: Any) -> Kept:  # fmt: skip
    made = Kept(kind, name, {"units": units, "return_sequences": True, **told})
    arrays = cell_arrays(draw, kind, width, units, told)
    cell = "simple_rnn_cell" if kind == "SimpleRNN" else f"{kind.lower()}_cell"
    for index, array in enumerate(arrays):
        role = ("kernel", "recurrent_kernel", "bias")[index]
        made.new[f"cell/vars/{index}"] = array
        made.old[f"{name}/{cell}/{role}:0"] = array
    made.new["cell/seed_generator/vars/0"] = np.zeros(2, np.uint32)
    return made


def bidirectional(draw: np.random.Generator, kind: str, name: str, width: int,
                  units: int, merge: str = "concat", **told: Any) -> Kept:  # fmt: skip
    ways = [
        recurrent(draw, kind, f"{way}_{kind.lower()}", width, units, **told)
        for way in ("forward", "backward")
    ]
    ways[1].told["go_backwards"] = True
    made = Kept("Bidirectional", name, {"merge_mode": merge})
    made.told["layer"], made.told["backward_layer"] = [way.described for way in ways]
    for way, inside in zip(("forward", "backward"), ways, strict=True):
        for path, array in inside.new.items():
            made.new[f"{way}_layer/{path}"] = array
        for path, array in inside.old.items():
            made.old[f"{name}/{path}"] = array
    return made


def dense(draw: np.random.Generator, name: str, width: int, units: int,
          activation: Any = "linear") -> Kept:  # fmt: skip
    kernel = draw.normal(0, 0.3, (width, units)).astype(np.float32)
    bias = draw.normal(0, 0.3, units).astype(np.float32)
    return Kept(
        "Dense",
        name,
        {"units": units, "activation": activation},
        {"vars/0": kernel, "vars/1": bias},
        {f"{name}/kernel:0": kernel, f"{name}/bias:0": bias},
    )


def embedding(draw: np.random.Generator, name: str, tokens: int, units: int) -> Kept:
    table = draw.normal(0, 0.3, (tokens, units)).astype(np.float32)
    told = {"input_dim": tokens, "output_dim": units, "mask_zero": False}
    return Kept(
        "Embedding", name, told, {"vars/0": table}, {f"{name}/embeddings:0": table}
    )


def save(path: Path, layers: Sequence[Kept], layout: str) -> Path:
    """Save in one of the ``LAYOUTS``."""
    config = {
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": [each.described for each in layers]},
    }
    if layout == "keras 3":
        save_keras(path, layers, config)
    elif layout == "keras 3 weights":
        path.write_bytes(new_weights(layers))
    else:
        whole = layout == "keras 2"
        with h5py.File(path, "w") as file:
            save_legacy(file, layers, config if whole else None)
    return path


def save_keras(path: Path, layers: Sequence[Kept], config: object) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", new_weights(layers))


def new_weights(layers: Sequence[Kept], start: str = "layers/") -> bytes:
    buffer, counts = io.BytesIO(), dict[str, int]()
    with h5py.File(buffer, "w") as file:
        for each in layers:
            group = snake_case(each.kind)
            counts[group] = number = counts.get(group, -1) + 1
            group = f"{group}_{number}" if number else group
            file.create_group(f"{start}{group}/vars", track_order=False)
            for inside, array in each.new.items():
                file[f"{start}{group}/{inside}"] = array
        file.create_group("vars")
    return buffer.getvalue()


def save_legacy(file: Any, layers: Sequence[Kept], config: object) -> None:
    weights = file
    if config is not None:
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        # What the optimiser keeps has the names of the weights.
        for each in layers:
            for inside, array in each.old.items():
                file[f"optimizer_weights/adam/{inside}"] = array * 0
    weights.attrs["layer_names"] = [each.name.encode() for each in layers]
    weights.attrs["backend"] = b"tensorflow"
    weights.attrs["keras_version"] = b"2.15.0"
    for each in layers:
        group = weights.create_group(each.name)
        group.attrs["weight_names"] = [inside.encode() for inside in each.old]
        for inside, array in each.old.items():
            group[inside] = array


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def computed(layer: Kept, x: Array) -> Array:
    """Return the states (sample, step, unit) by the formulas of the documentation."""
    if layer.kind == "Bidirectional":
        inner = layer.told["layer"]
        both = []
        for way in ("forward_layer/", "backward_layer/"):
            arrays = {
                path.removeprefix(way): array
                for path, array in layer.new.items()
                if path.startswith(way)
            }
            each = Kept(inner["class_name"], "", inner["config"], arrays)
            flipped = way.startswith("backward")
            states = computed(each, x[:, ::-1] if flipped else x)
            both.append(states[:, ::-1] if flipped else states)
        return np.concatenate(both, -1)
    arrays = [layer.new[f"cell/vars/{i}"].astype(np.float64) for i in (0, 1)]
    kernel, recurrent_kernel = arrays
    units = len(recurrent_kernel)
    bias = layer.new.get("cell/vars/2", np.zeros(kernel.shape[1]))
    h = c = np.zeros((len(x), units))
    states = []
    for step in range(x.shape[1]):
        h, c = STEPS[layer.kind](
            x[:, step].astype(np.float64), h, c, kernel, recurrent_kernel, bias,
            layer.told,
        )  # fmt: skip
        states.append(h)
    return np.stack(states, 1)


def _lstm(x: Array, h: Array, c: Array, kernel: Array, recurrent: Array, bias: Array,
          told: Any) -> tuple[Array, Array]:  # fmt: skip
    z = x @ kernel + h @ recurrent + bias
    i, f, g, o = np.split(z, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def _gru(x: Array, h: Array, c: Array, kernel: Array, recurrent: Array, bias: Array,
         told: Any) -> tuple[Array, Array]:  # fmt: skip
    of_x, of_h = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    x_z, x_r, x_h = np.split(x @ kernel + of_x, 3, axis=1)
    h_z, h_r, h_h = np.split(h @ recurrent + of_h, 3, axis=1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    candidate = np.tanh(x_h + r * h_h)
    return z * h + (1 - z) * candidate, c


def _simple(x: Array, h: Array, c: Array, kernel: Array, recurrent: Array, bias: Array,
            told: Any) -> tuple[Array, Array]:  # fmt: skip
    z = x @ kernel + h @ recurrent + bias
    return np.maximum(z, 0) if told.get("activation") == "relu" else np.tanh(z), c


STEPS = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _simple}


def sequence(width: int) -> Array:
    return np.random.default_rng(1).normal(size=(2, 7, width)).astype(np.float32)


def assert_gives(model: OpenedModel, x: Array, expected: Array) -> None:
    with torch.inference_mode():
        output = model.module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(output, expected, rtol=0, atol=1e-6)
