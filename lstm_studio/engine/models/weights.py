"""The weights among everything that a checkpoint holds."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.layers import Kind
from lstm_studio.core.summary import Part
from lstm_studio.engine.models.beside import (
    beginnings,
    beside,
    children,
    vocabularies,
)
from lstm_studio.engine.models.claims import Claim
from lstm_studio.engine.models.leaves import Leaf, Unread, as_leaf, reason_against
from lstm_studio.engine.models.pickles import Made, Name
from lstm_studio.engine.models.quantised import Quantised, packed, unpacked

NESTING_LIMIT: Final = 100
_MODULE_LIMIT: Final = 20_000
_RECURRENT: Final = re.compile(r"(^|\.)weight_hh(_l\d|$|_v$|_raw$|\.original)")
_BARE: Final = re.compile(r"weight_hh(_l\d+)?$")
_TRAINING: Final = re.compile(r"optimi[sz]er|scheduler|scaler|callbacks|^loops$", re.I)
_AVERAGED: Final = re.compile(r"ema|shadow|average|swa|teacher|target", re.I)
_MODES: Final[Mapping[str, Kind]] = {
    "RNN_TANH": "rnn_tanh",
    "RNN_RELU": "rnn_relu",
    "tanh": "rnn_tanh",
    "relu": "rnn_relu",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors by the names they have in the file, and what else the file tells.

    Attributes
    ----------
    group
        Where in the file the weights stand: ``state_dict``.
    groups
        Every place that holds recurrent weights, to choose from.
    kinds
        Kind of the recurrent modules whose file names it (whole modules).
    vocabularies
        Lists of texts that may be the tokens of the model.
    run, head
        The order of the parts and what the head reads, where the file tells.
    initial
        (layer, 1, unit) of each state of the recurrent modules that do not begin with
        zeros.
    """

    tensors: Mapping[str, torch.Tensor]
    group: str = ""
    groups: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    vocabularies: tuple[tuple[str, ...], ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    run: str = ""
    head: str = ""
    initial: Mapping[str, tuple[torch.Tensor, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """Tensors under one place of the file."""

    leaves: dict[str, Leaf] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    modules: int = 0

    @property
    def recurrent(self) -> bool:
        return any(_RECURRENT.search(name) for name in self.leaves)


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights to open, before any of their values is read."""

    leaves: Mapping[str, Leaf]
    weights: Weights
    """Without tensors."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What will be read."""
        claims = (
            leaf.claim if isinstance(leaf, Quantised) else leaf
            for leaf in self.leaves.values()
        )
        return tuple(each for each in claims if isinstance(each, Claim))

    def sketch(self) -> Weights:
        """Return the weights with sizes alone, of which nothing is read."""
        return self.read(
            lambda claim: torch.empty(claim.shape, dtype=claim.dtype, device="meta")
        )

    def read(self, tensor: Callable[[Claim], torch.Tensor]) -> Weights:
        """Return the weights, with ``tensor`` for the values of each claim."""
        notes, tensors = [], {}
        for name, leaf in self.leaves.items():
            if isinstance(leaf, Unread):
                notes.append(f"{name} is left out: {leaf.reason}.")
                continue
            if isinstance(leaf, Quantised):
                plain = leaf.dequantised(tensor)
            else:
                plain = tensor(leaf) if isinstance(leaf, Claim) else leaf
            sketched = plain.is_meta and not isinstance(leaf, torch.Tensor)
            if reason := reason_against(name, plain, sketched=sketched):
                notes.append(f"{name} is left out: {reason}.")
                continue
            tensors[name] = plain.detach()
        if any(isinstance(leaf, Quantised) for leaf in self.leaves.values()):
            notes.append(
                "The weights are quantised in the file: they are taken as the real "
                "numbers that they stand for. Where the file's own program also rounds "
                "what its layers are given, its results differ a little."
            )
        return replace(self.weights, tensors=tensors, notes=tuple(notes))


def choose_weights(
    value: object,
    *,
    file: str,
    group: str | None = None,
    classes: Sequence[str] = (),
) -> Choice:
    """Return the weights to open among the values of a file.

    Parameters
    ----------
    value
        What the file holds: dicts, lists, tensors or claims, objects that were not
        made.
    file
        Name of the file, for messages.
    group
        The place to take them from, where the file has several.
    classes
        Python classes that the file names.
    """
    places = _places(value)
    recurrent = {name: found for name, found in places.items() if found.recurrent}
    if not recurrent:
        raise _no_recurrent(file, places, value, classes)
    if group is not None and group not in recurrent:
        raise CannotOpen(
            f"{file} has no recurrent weights under {group!r}.",
            f"Choose one of: {', '.join(map(repr, recurrent))}.",
        )
    chosen = min(recurrent, key=_rank) if group is None else group
    found = recurrent[chosen]
    return Choice(
        found.leaves,
        Weights(
            {},
            chosen,
            tuple(recurrent),
            found.kinds,
            tuple(vocabularies(value)),
            tuple(beside(value, chosen)),
        ),
    )


def _places(value: object) -> dict[str, _Found]:
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


def _is_scale(name: str, found: _Found) -> bool:
    """Whether it belongs to the output of a quantised layer, not to its weights."""
    layer, _, last = name.rpartition(".")
    beside = found.leaves.get(f"{layer}.weight")
    return last in ("scale", "zero_point") and isinstance(beside, Quantised)


class _Search:
    def __init__(self) -> None:
        self.places: dict[str, _Found] = {}
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
            found = _Found()
            _collect_module(node, "", found, 0)
            if found.leaves:
                self.places[path] = found
            return
        for key, child in children(node):
            if self._take(path, key, child):
                continue
            if isinstance(child, (dict, list, tuple, Made)) and not _TRAINING.search(
                str(key)
            ):
                self.look(child, f"{path}.{key}" if path else str(key), depth + 1)

    def _take(self, path: str, key: object, child: object) -> bool:
        """Take a tensor, or the tensors of a packed layer."""
        tensors: Mapping[object, object] = packed(str(key), child) or {key: child}
        leaves = {name: as_leaf(each) for name, each in tensors.items()}
        found = {name: leaf for name, leaf in leaves.items() if leaf is not None}
        for name, leaf in found.items():
            if isinstance(name, str):
                self.places.setdefault(path, _Found()).leaves[name] = leaf
        return bool(found)


def _joined(places: dict[str, _Found]) -> dict[str, _Found]:
    """Join modules that are saved side by side, each in a dict of its own."""
    whole = {path: found for path, found in places.items() if found.recurrent}
    bare = [
        path
        for path, found in whole.items()
        if any(_BARE.match(name) for name in found.leaves)
    ]
    parents = {path.rpartition(".")[0] for path in bare if path}
    for parent in parents:
        joined = _Found()
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


def _collect_module(node: Made, prefix: str, found: _Found, depth: int) -> None:
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
    for name, leaf in own.items():
        if (value := as_leaf(leaf)) is not None:
            found.leaves[f"{prefix}{name}"] = value
    for name, child in children.items():
        if isinstance(child, Made):
            _collect_module(child, f"{prefix}{name}.", found, depth + 1)


def _dict(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _rank(path: str) -> tuple[bool, int]:
    return bool(_AVERAGED.search(path)), path.count(".")


def _no_recurrent(
    file: str, places: Mapping[str, _Found], value: object, classes: Sequence[str]
) -> CannotOpen:
    tops = {key for key, _ in beginnings(value) if isinstance(key, str)}
    if "param_groups" in tops:
        return CannotOpen(
            f"{file} holds the state of an optimiser, and no model.",
            "Choose the file that the model itself was saved to.",
        )
    if any("_all_weight_values" in t for t in tops) or any(
        ".quantized." in name for name in classes
    ):
        return CannotOpen(
            f"{file} holds a quantised recurrent layer, whose weights are packed.",
            "Choose the model from before it was quantised.",
        )
    if not places:
        return CannotOpen(
            f"{file} holds no weights.", "Choose a file that a model was saved to."
        )
    largest = max(places.values(), key=lambda found: len(found.leaves))
    names = list(largest.leaves)
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    return CannotOpen(
        f"{file} has no recurrent layer in it: no weights are named weight_hh, as "
        f"those of LSTM, GRU and RNN are. It holds {len(names)} tensors: {shown}.",
        "Choose a model with an LSTM, GRU or RNN.",
    )
