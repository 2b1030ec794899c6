"""The places in a checkpoint that hold tensors: dicts, and modules saved whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.layers import Kind
from lstm_studio.engine.files.leaves import Leaf, as_leaf
from lstm_studio.engine.files.pickled import Made, Name
from lstm_studio.engine.models.beside import children
from lstm_studio.engine.models.packed import LINEAR, packed, unpacked

NESTING_LIMIT: Final = 100
_MODULE_LIMIT: Final = 20_000
_RECURRENT: Final = re.compile(r"(^|\.)weight_hh(_l\d|$|_v$|_raw$|\.original)")
_BARE: Final = re.compile(r"weight_hh(_l\d+)?$")
_TRAINING: Final = re.compile(r"optimi[sz]er|scheduler|scaler|callbacks|^loops$", re.I)
_MODES: Final[Mapping[str, Kind]] = {
    "RNN_TANH": "rnn_tanh",
    "RNN_RELU": "rnn_relu",
    "tanh": "rnn_tanh",
    "relu": "rnn_relu",
}


@dataclass(slots=True)
class Place:
    """Tensors under one place of the file."""

    leaves: dict[str, Leaf] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    packed: set[str] = field(default_factory=set)
    """Linear layers that were quantised."""
    modules: int = 0

    def take(self, name: object, value: object) -> bool:
        """Take a tensor, or the tensors of a packed layer; False for anything else."""
        if self.take_packed(name, value):
            return True
        leaf = as_leaf(value)
        if leaf is not None and isinstance(name, str):
            self.leaves[name] = leaf
        return leaf is not None

    def take_packed(self, name: object, value: object) -> bool:
        """Take the tensors of a packed layer; False for anything else."""
        tensors = packed(name, value) if isinstance(name, str) else {}
        leaves = {key: as_leaf(each) for key, each in tensors.items()}
        found = {key: leaf for key, leaf in leaves.items() if leaf is not None}
        if found and isinstance(name, str) and name.endswith(LINEAR):
            self.packed.add(name.removesuffix(LINEAR))
        self.leaves.update(found)
        return bool(found)

    @property
    def recurrent(self) -> bool:
        return any(_RECURRENT.search(name) for name in self.leaves)


def find_places(value: object) -> dict[str, Place]:
    """Return every dict or module that holds tensors, by its path in the file."""
    search = _Search()
    search.look(value, "", 0)
    for found in search.places.values():
        for name in [each for each in found.leaves if _is_scale(each, found)]:
            del found.leaves[name]
        names = unpacked({n: tuple(leaf.shape) for n, leaf in found.leaves.items()})
        if names:
            found.leaves = {names.get(n, n): leaf for n, leaf in found.leaves.items()}
    return _joined(search.places)


def _is_scale(name: str, found: Place) -> bool:
    """Whether it belongs to the output of a quantised layer, not to its weights."""
    layer, dot, last = name.rpartition(".")
    return last in ("scale", "zero_point") and layer + dot in found.packed


class _Search:
    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self._seen: set[int] = set()

    def look(self, node: object, path: str, depth: int) -> None:
        if depth > NESTING_LIMIT:
            raise CannotOpen(
                f"The file nests its values more than {NESTING_LIMIT} deep.",
                "Save the state_dict of the model by itself.",
            )
        # Shared references make a small file an endless tree.
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        if isinstance(node, Made) and _is_module(node):
            found = Place()
            _collect_module(node, "", found, 0)
            if found.leaves:
                self.places[path] = found
            return
        for key, child in children(node):
            place = self.places.get(path, Place())
            if place.take(key, child):
                if place.leaves:
                    self.places[path] = place
                continue
            if isinstance(child, (dict, list, tuple, Made)) and not _TRAINING.search(
                str(key)
            ):
                self.look(child, f"{path}.{key}" if path else str(key), depth + 1)


def _joined(places: dict[str, Place]) -> dict[str, Place]:
    """Join modules that are saved side by side, each in a dict of its own."""
    whole = {path: found for path, found in places.items() if found.recurrent}
    bare = [
        path
        for path, found in whole.items()
        if any(_BARE.match(name) for name in found.leaves)
    ]
    parents = {path.rpartition(".")[0] for path in bare if path}
    for parent in parents:
        joined = Place()
        start = f"{parent}." if parent else ""
        for path, found in places.items():
            if path != parent and not path.startswith(start):
                continue
            rest = path[len(start) :] if path != parent else ""
            for name, leaf in found.leaves.items():
                joined.leaves[f"{rest}.{name}" if rest else name] = leaf
            for name, kind in found.kinds.items():
                joined.kinds[f"{rest}.{name}" if rest else name] = kind
        if len(joined.leaves) > max(len(places[p].leaves) for p in bare):
            for path in [p for p in places if p != parent and p.startswith(start)]:
                del places[path]
            places[parent] = joined
    return places


def _is_module(node: Made) -> bool:
    """Whether it is a module: pickled whole, or a part of a TorchScript file."""
    if isinstance(node.of, Name) and node.of.module.startswith("__torch__"):
        return True
    return isinstance(node.state, dict) and "_modules" in node.state


def _collect_module(node: Made, prefix: str, found: Place, depth: int) -> None:
    found.modules += 1
    # Modules that share modules make a small file an endless tree.
    if depth > NESTING_LIMIT or found.modules > _MODULE_LIMIT:
        raise CannotOpen(
            f"The file nests its modules more than {NESTING_LIMIT} deep, or holds more "
            f"than {_MODULE_LIMIT:,}.",
            "Save the state_dict of the model by itself.",
        )
    state = node.state if isinstance(node.state, dict) else {}
    if "_modules" in state:
        own = {**_dict(state.get("_parameters")), **_dict(state.get("_buffers"))}
        children = _dict(state["_modules"])
    else:
        own, children = state, state
    told = state.get("mode", state.get("nonlinearity"))
    if isinstance(told, str) and told in _MODES:
        found.kinds[prefix.removesuffix(".")] = _MODES[told]
    for name, value in own.items():
        found.take(f"{prefix}{name}", value)
    for name, value in state.items():
        # What a quantised layer packed is an attribute, not a parameter.
        found.take_packed(f"{prefix}{name}", value)
    for name, child in children.items():
        if isinstance(child, Made):
            _collect_module(child, f"{prefix}{name}.", found, depth + 1)


def _dict(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
