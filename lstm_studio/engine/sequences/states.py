"""The state that a run begins in: random, from a file, or where another run ended."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.layers import Layer
from lstm_studio.core.recording import Recording
from lstm_studio.core.shapes import Float32, Shaped
from lstm_studio.engine.files.source import open_source
from lstm_studio.engine.sequences.arrays import open_archive, read_array
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.hdf5 import opened_hdf5
from lstm_studio.engine.sequences.named import Arrays, in_words
from lstm_studio.engine.sequences.stores import is_store, opened_store
from lstm_studio.engine.sequences.tensors import is_tensors, open_tensors

States = Mapping[str, Mapping[str, Float32[np.ndarray, "sample unit"]]]
"""For each layer, ``h`` and for an LSTM ``c``."""

_DOCUMENT: Final = "recording.json"
_WANTED: Final = "a .npz, .npy, .pt, .safetensors or .h5 file, or a recording"
_MODULE_NAMES: Final = {
    "h": ("h_0", "h0", "h_n", "hn", "hx", "h", "0", ""),
    "c": ("c_0", "c0", "c_n", "cn", "cx", "c", "1"),
}
"""Names of the state of a whole module, as PyTorch shapes it."""


def initial_state(
    layers: Sequence[Layer], samples: int, chosen: Mapping[str, object]
) -> States:
    """Return the state that each layer begins in, ``{}`` where that is zeros.

    Parameters
    ----------
    layers
        The recurrent layers of the model, in order.
    samples
        Number of samples of the sequence; the state of one sample serves them all.
    chosen
        ``initial``: ``zeros``, ``random`` (normal, mean 0, variance 1, from
        ``initial_seed``), or a path: of a recording, whose final state is taken, or
        of a file with arrays named ``LAYER.h`` and ``LAYER.c``, or ``h_0`` and
        ``c_0`` shaped as PyTorch shapes them.

    Raises
    ------
    CannotOpen
        The file cannot be read.
    DoesNotFit
        It holds the state of another model, or of other samples.
    """
    choices = Choices(chosen)
    source = choices.text("initial", "zeros")
    recurrent = [layer for layer in layers if layer.kind != "module"]
    if source == "zeros":
        return {}
    if not recurrent:
        raise DoesNotFit(
            "The layers of the model are not known before it runs, so none can be "
            "given an initial state.",
            "Choose zeros.",
        )
    if source == "random":
        seed = choices.count("initial_seed", 0, least=0) or 0
        generator = np.random.default_rng(seed)
        return {
            layer.name: {
                name: generator.standard_normal((samples, width), np.float32)
                for name, width in _widths(layer).items()
            }
            for layer in recurrent
        }
    path = Path(source)
    if (path / _DOCUMENT).is_file():
        found = _final(path, recurrent)
    else:
        found = _read(path, recurrent)
    return {
        name: {
            stream: _for_samples(values, samples, path, f"{name} {stream}")
            for stream, values in state.items()
        }
        for name, state in found.items()
    }


def _widths(layer: Layer) -> dict[str, int]:
    widths = {"h": layer.sizes.state}
    if layer.kind == "lstm":
        widths["c"] = layer.sizes.hidden
    return widths


def _for_samples(
    values: Shaped[np.ndarray, "there unit"], samples: int, path: Path, what: str
) -> Float32[np.ndarray, "sample unit"]:
    if len(values) not in (1, samples):
        raise DoesNotFit(
            f"{path.name} holds the state of {len(values)} samples; the sequence has "
            f"{samples}.",
            "Choose as many samples, or a state of one.",
        )
    if not np.isfinite(values).all():
        raise DoesNotFit(
            f"The state {what} of {path.name} holds values that are not finite.",
            "Choose another state.",
        )
    spread = np.broadcast_to(values, (samples, values.shape[1]))
    # A copy: torch does not take what cannot be written to.
    return np.array(spread, np.float32)


def _final(
    path: Path, layers: Sequence[Layer]
) -> dict[str, dict[str, Shaped[np.ndarray, "sample unit"]]]:
    recording = Recording.open(path)
    found: dict[str, dict[str, Shaped[np.ndarray, "sample unit"]]] = {}
    for layer in layers:
        there = recording.layers.get(layer.name)
        if there is None or (there.kind, there.sizes) != (layer.kind, layer.sizes):
            held = ", ".join(recording.layers) or "none"
            what = "no layer" if there is None else "another layer"
            raise DoesNotFit(
                f"The recording {path.name} has {what} {layer.name}; its layers are "
                f"{held}.",
                "Choose a recording of the same model.",
            )
        samples = recording.samples_of(layer.name)
        steps = [_last_step(recording, layer, sample) for sample in range(samples)]
        found[layer.name] = {
            stream: np.concatenate(
                [
                    recording.read(layer.name, stream, step, sample=sample)
                    for sample, step in enumerate(steps)
                ]
            )
            for stream in _widths(layer)
        }
    return found


def _last_step(recording: Recording, layer: Layer, sample: int) -> int:
    """Return the step after which a layer holds its final state of a sample."""
    calls = recording.calls(layer.name)
    if not calls or not recording.committed(layer.name):
        raise DoesNotFit(
            f"The recording holds no step of {layer.name}.", "Choose one that does."
        )
    last = calls[-1]
    if layer.direction == "reverse":
        return last.start
    padding = recording.padding(layer.name, sample)[last.start : last.stop]
    end = recording.committed(layer.name)[-1][1]
    return min(last.start + int(np.count_nonzero(~padding)), end) - 1


def _read(
    path: Path, layers: Sequence[Layer]
) -> dict[str, dict[str, Shaped[np.ndarray, "sample unit"]]]:
    if path.is_dir() and is_store(path):
        with opened_store(path) as arrays:
            return _from_arrays(arrays, layers)
    with open_source(path, _WANTED) as source:
        head = source.read(0, 16)
        if head.startswith(b"\x89HDF"):
            with opened_hdf5(source) as arrays:
                return _from_arrays(arrays, layers)
        if head.startswith(b"\x93NUMPY"):
            values = read_array(source, lambda _: None).values
            said = {"": in_words(values.shape, values.dtype)}
            only = Arrays(path.name, str(path), said, lambda _: values)
            return _from_arrays(only, layers)
        opener = open_tensors if is_tensors(source, head) else open_archive
        return _from_arrays(opener(source), layers)


def _from_arrays(
    arrays: Arrays, layers: Sequence[Layer]
) -> dict[str, dict[str, Shaped[np.ndarray, "sample unit"]]]:
    modules = {
        module: list(group) for module, group in groupby(layers, lambda one: one.module)
    }
    found: dict[str, dict[str, Shaped[np.ndarray, "sample unit"]]] = {}
    for module, own in modules.items():
        for row, layer in enumerate(own):
            found[layer.name] = {}
            for stream, width in _widths(layer).items():
                key = _key(arrays, layer, stream)
                values = arrays.read(key) if key is not None else None
                if values is None:
                    key = _module_key(arrays, module, stream, alone=len(modules) == 1)
                    if key is None:
                        raise _missing(arrays, layer, stream)
                    values = _row(arrays.read(key), row, len(own))
                values = np.atleast_2d(values)
                if values.ndim != 2 or values.shape[1] != width:
                    raise DoesNotFit(
                        f"The state {key or 'array'} of {arrays.name} is "
                        f"{arrays.said[key or '']}; {layer.name} has {width} units.",
                        "Choose the state of a model of the same sizes.",
                    )
                found[layer.name][stream] = values
    return found


def _key(arrays: Arrays, layer: Layer, stream: str) -> str | None:
    names = (f"{layer.name}.{stream}", f"{layer.name}/{stream}")
    return next((name for name in names if name in arrays.said), None)


def _module_key(arrays: Arrays, module: str, stream: str, *, alone: bool) -> str | None:
    return next((n for n in _names(module, stream, alone) if n in arrays.said), None)


def _names(module: str, stream: str, alone: bool) -> Iterator[str]:
    for name in _MODULE_NAMES[stream]:
        if module:
            yield f"{module}.{name}"
            yield f"{module}/{name}"
        if alone:
            yield name


def _row(
    values: Shaped[np.ndarray, "..."], row: int, rows: int
) -> Shaped[np.ndarray, "..."]:
    """Return one layer of (layer, sample, unit); a cell has no such axis."""
    of_layers = values.ndim == 3 or (values.ndim == 2 and rows > 1)
    if of_layers and len(values) == rows:
        values = np.asarray(values[row])
    return values


def _missing(arrays: Arrays, layer: Layer, stream: str) -> DoesNotFit:
    held = ", ".join(name or "one array" for name in arrays.said) or "nothing"
    return DoesNotFit(
        f"{arrays.name} holds no initial {stream} of {layer.name}; it holds {held}.",
        f"Name the array {layer.name}.{stream}, or {stream}_0 with PyTorch's shape.",
    )
