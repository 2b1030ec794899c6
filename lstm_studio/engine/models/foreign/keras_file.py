"""Files of Keras, .keras and .h5: recurrent layers and what runs around them.

A description of layers is read as text; no class or function that it names is looked
up, and a Lambda is never run.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from torch import Tensor

from lstm_studio.core.errors import CannotOpen, NoModel
from lstm_studio.engine.files.archive import Archive
from lstm_studio.engine.files.budget import check_memory
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.foreign.keras_config import (
    KerasLayer,
    described_layers,
    is_chain,
    undescribed_layers,
)
from lstm_studio.engine.models.foreign.keras_layers import (
    Read,
    Recurrent,
    dense,
    embedding,
    is_recurrent,
    recurrent,
)
from lstm_studio.engine.models.foreign.keras_store import Store, opened_store
from lstm_studio.engine.models.foreign.translated import (
    Before,
    CannotTranslate,
    Sketched,
    Translated,
)
from lstm_studio.engine.models.weights import Weights

WEIGHTS: Final = "model.weights.h5"
_PASSED: Final = frozenset(
    {
        "InputLayer",
        "Dropout",
        "SpatialDropout1D",
        "GaussianDropout",
        "GaussianNoise",
        "AlphaDropout",
        "ActivityRegularization",
        "Masking",
    }
)
"""Layers that change nothing when a model is used."""
_FUNCTIONS: Final[Mapping[object, str]] = {
    "relu": "relu",
    "elu": "elu",
    "gelu": "gelu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "linear": "",
    None: "",
}


def read_keras(source: Source, before: Before) -> tuple[Weights, str]:
    """Return the weights of a file of Keras under PyTorch's names, and what it is.

    Raises
    ------
    CannotOpen
        The file is damaged, or has no recurrent layer that PyTorch has too.
    """
    if source.read(0, 2) == b"PK":
        archive = Archive(source)
        member = archive.find(WEIGHTS) or ""
        if not archive.is_plain(member):
            check_memory(2 * archive.sizes[member], source.path.name)
        description = archive.find("config.json")
        config = _description(archive, description) if description else None

        def before_archive(wanted: int, sketched: Sketched) -> None:
            before(wanted, sketched)
            # HDF5 has no checksum of its own.
            archive.check(member)

        with opened_store(archive.inner(member)) as store:
            return _read(store, config, "Keras file (.keras)", source, before_archive)
    with opened_store(source) as store:
        config = store.config()
        version = store.attribute("keras_version")
        if not (config or version or any("/vars/" in path for path in store.arrays)):
            raise NoModel(
                f"{source.path.name} is an HDF5 file with {len(store.arrays)} arrays, "
                "and holds no model of Keras.",
                "Open it as the sequence.",
            )
        words = "Keras model" if config else "weights of a Keras model"
        words += f" (.h5{f', {version}' if version else ''})"
        return _read(store, config, words, source, before)


def _description(archive: Archive, member: str) -> object:
    try:
        return json.loads(archive.read_description(member))
    except (ValueError, RecursionError) as error:
        raise CannotOpen(
            f"{archive.source.path.name} has a damaged description of its layers.",
            "Save it again.",
            str(error),
        ) from error


def _read(
    store: Store, config: object, words: str, source: Source, before: Before
) -> tuple[Weights, str]:
    def weights(read: Read) -> tuple[Weights, str]:
        return _translated(store, config, read).weights(source.path.name), words

    wanted: dict[str, int] = {}

    def sketch(path: str) -> Tensor:
        tensor = store.sketch(path)
        wanted[path] = tensor.nbytes
        return tensor

    # The state of an optimiser lies beside the weights, and is never read.
    sketched = weights(sketch)
    before(sum(wanted.values()), sketched)
    return weights(store.tensor)


def _translated(store: Store, config: object, read: Read) -> Translated:
    made = Translated()
    layers = described_layers(config, store.arrays)
    ordered = bool(layers) and is_chain(config)
    if not any(layer.paths for layer in layers):
        layers, ordered = undescribed_layers(store.arrays), False
    chain = _Chain(made, read)
    for layer in layers:
        chain.take(layer)
    if ordered:
        chain.finish()
    else:
        made.steps.clear()
        if config:
            made.notes.append(
                "The layers of the file branch: their order is proposed from their "
                "sizes."
            )
    return made


class _Chain:
    """Layers one after another, from the input to the first one that is unknown."""

    def __init__(self, made: Translated, read: Read) -> None:
        self.made = made
        self.read = read
        self.before = ""
        self.after = ""
        self.last: Recurrent | None = None

    def take(self, layer: KerasLayer) -> None:
        """Take the next layer."""
        try:
            self._take(layer)
        except CannotTranslate as error:
            if is_recurrent(layer):
                self.made.left_out[layer.name] = str(error)
            else:
                self.made.notes.append(f"{layer.name} is left out: {error}.")
            self._stop(layer.kind or layer.name)

    def finish(self) -> None:
        """Say what was not rebuilt, and what the head reads."""
        made = self.made
        if self.last is not None and self.last.sequences is False:
            made.head = "final state" if self.last.bidirectional else "last step"
        if self.before:
            made.notes.append(
                f"Before {made.steps[0] if made.steps else 'these parts'} the file "
                f"runs {self.before}, which is not rebuilt: the sequence is what comes "
                "out of it."
            )
        if self.after:
            made.notes.append(
                f"After these parts the file runs {self.after}, which is not rebuilt."
            )

    def _take(self, layer: KerasLayer) -> None:
        if is_recurrent(layer):
            self._recurrent(layer)
        elif layer.kind in ("Dense", "TimeDistributed"):
            self._dense(layer)
        elif layer.kind == "Embedding":
            part = self.made.add(_table(layer.name), embedding(layer, self.read))
            self._steps([part])
            if layer.told.get("mask_zero"):
                self._masked(layer.name)
        elif layer.kind in ("Activation", "ReLU", "Softmax"):
            function = layer.told.get("activation", layer.kind.lower())
            if layer.told.get("max_value") is not None or function not in _FUNCTIONS:
                self._stop(f"{layer.kind} ({function})")
            else:
                self._steps([_FUNCTIONS[function]])
        elif layer.kind in _PASSED:
            if layer.kind == "Masking":
                self._masked(layer.name)
        elif layer.kind:
            self._stop(layer.kind)
        else:
            self._undescribed(layer)

    def _recurrent(self, layer: KerasLayer) -> None:
        found = recurrent(layer, self.read)
        part = self.made.add(layer.name, found.tensors)
        if layer.kind:
            self.made.kinds[part] = found.kind
        self.made.notes.extend(found.notes)
        if self.last is not None and self.last.sequences is False:
            # Something stood between them that repeats the last step.
            self._stop(layer.kind)
        if not self.after:
            self.last = found
        self._steps([part])
        if found.merge != "concat":
            self._stop(f"{found.merge} of the directions of {part}")

    def _dense(self, layer: KerasLayer) -> None:
        told = layer.told
        if layer.kind == "TimeDistributed":
            inside: Any = told.get("layer")
            if not isinstance(inside, dict) or inside.get("class_name") != "Dense":
                self._stop(layer.kind)
                return
            told = inside.get("config") or {}
        part = self.made.add(layer.name, dense(layer, self.read))
        function = told.get("activation")
        if isinstance(function, (dict, list)) or function not in _FUNCTIONS:
            self._steps([part])
            self._stop(f"{function} of {part}")
            return
        self._steps([part, _FUNCTIONS[function]])

    def _undescribed(self, layer: KerasLayer) -> None:
        """Take what its arrays show: a table, a matrix, or nothing."""
        if "kernel" not in layer.paths or any("/" in role for role in layer.paths):
            return
        if "bias" not in layer.paths and "emb" in layer.name.lower():
            self.made.add(_table(layer.name), embedding(layer, self.read))
        elif len(layer.paths) <= 2:
            self.made.add(layer.name, dense(layer, self.read))

    def _steps(self, steps: Sequence[str]) -> None:
        if not self.after:
            self.made.steps.extend(filter(None, steps))

    def _stop(self, what: str) -> None:
        """Begin again behind an unknown layer, or end before it."""
        if self.last is None:
            self.made.steps.clear()
            self.before = what
        elif not self.after:
            self.after = what

    def _masked(self, name: str) -> None:
        self.made.notes.append(
            f"{name} hides padding from the layers after it in Keras: here every step "
            "counts."
        )


def _table(name: str) -> str:
    return name if "emb" in name.lower() else f"{name}.embedding"
