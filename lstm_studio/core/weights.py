"""Weights of a saved recording: read once, and checked against what was written."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.cells import CELLS
from lstm_studio.core.folder import weights_checksum, weights_path
from lstm_studio.core.layers import Layer
from lstm_studio.core.rows import Array


class SavedWeights:
    """The weights of all layers of a folder.

    Those that are damaged are NaN, and so is what would be derived from them:
    ``problem`` is told which.
    """

    def __init__(self, folder: Path, problem: Callable[[str], None]) -> None:
        self._folder = folder
        self._problem = problem
        self._expected: dict[str, tuple[Layer, np.dtype[Any], int, int]] = {}
        self._loaded: dict[str, Mapping[str, Array]] = {}

    def expect(
        self, layer: Layer, dtype: np.dtype[Any], file: int, checksum: int
    ) -> None:
        """Say in which file the weights of a layer are."""
        self._expected[layer.name] = layer, dtype, file, checksum

    def of(self, name: str) -> Mapping[str, Array]:
        """Return the weights of a layer."""
        if name not in self._loaded:
            self._load(self._expected[name][2])
        return self._loaded[name]

    def _load(self, number: int) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        tensors: dict[str, Array] = {}
        path = weights_path(self._folder, number)
        layers = [e for e in self._expected.values() if e[2] == number]
        if any(_shapes(layer) for layer, *_ in layers):
            try:
                tensors = load(path.read_bytes())
            except (SafetensorError, OSError, ValueError, KeyError):
                # Every layer of the file is then named below.
                tensors = {}
        for layer, dtype, _, checksum in layers:
            start = f"{layer.name}/"
            weights = {
                name.removeprefix(start): values
                for name, values in tensors.items()
                if name.startswith(start)
            }
            shapes = _shapes(layer)
            if weights_checksum(weights) != checksum or shapes != {
                name: values.shape for name, values in weights.items()
            }:
                self._problem(
                    f"The weights of {layer.name} are damaged: only what was "
                    "stored can be shown."
                )
                weights = {
                    name: np.full(shape, np.nan, dtype)
                    for name, shape in shapes.items()
                }
            self._loaded[layer.name] = weights


def _shapes(layer: Layer) -> dict[str, tuple[int, ...]]:
    if layer.kind == "module":
        return {}
    size = layer.sizes
    rows = len(CELLS[layer.kind].gates) * size.hidden
    shapes: dict[str, tuple[int, ...]] = {
        "weight_ih": (rows, size.input),
        "weight_hh": (rows, size.state),
    }
    if layer.bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    if size.projection:
        shapes["weight_hr"] = (size.projection, size.hidden)
    return shapes
