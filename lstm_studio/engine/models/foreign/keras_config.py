"""The layers that a model of Keras is described by, in order, and their weights."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_DEPTH: Final = 20
_MODELS: Final = frozenset({"Sequential", "Functional", "Model"})
_OF_CELL: Final = ("kernel", "recurrent_kernel", "bias")
_LEGACY: Final = re.compile(r"(?P<role>kernel|recurrent_kernel|bias|embeddings)(:\d+)?")
_VARIABLE: Final = re.compile(
    r"(?:(?P<direction>forward|backward)_layer/)?(?:layer/)?(?P<cell>cell/)?"
    r"vars/(?P<number>\d+)"
)


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """A layer of Keras, as its model describes it.

    Attributes
    ----------
    kind
        Its class: ``LSTM``; ``""`` where nothing describes it.
    paths
        Where its arrays lie, by what they are: ``kernel``, ``recurrent_kernel``,
        ``bias``, with ``forward/`` or ``backward/`` before it in a Bidirectional.
    """

    kind: str
    name: str
    told: Mapping[str, Any]
    paths: Mapping[str, str]


def described_layers(config: object, arrays: Iterable[str]) -> list[KerasLayer]:
    """Return the layers in the order in which the description names them."""
    return list(_walk(_dict(config), "", tuple(arrays), 0))


def is_chain(config: object) -> bool:
    """Whether each layer takes what one other gives, and gives it to one."""
    inner = _dict(_dict(config).get("config"))
    taken: list[str] = []
    for layer in _layers(_dict(config)):
        sources = list(_sources(layer.get("inbound_nodes"), 0))
        if len(set(sources)) > 1:
            return False
        taken.extend(dict.fromkeys(sources))
        if _dict(layer).get("class_name") in _MODELS and not is_chain(layer):
            return False
    ends = _dict(inner).get("output_layers")
    # One output is ["name", 0, 0], or a list that holds one such list.
    several = isinstance(ends, list) and len(ends) > 1 and isinstance(ends[0], list)
    return len(taken) == len(set(taken)) and not several


def undescribed_layers(arrays: Iterable[str]) -> list[KerasLayer]:
    """Return the layers of a file that holds weights alone.

    HDF5 sorts them by name: here tables come first and matrices last, as most models
    run, and ``lstm_10`` after ``lstm_2``.
    """
    found: dict[str, dict[str, str]] = {}
    for path in arrays:
        if path.startswith(("optimizer", "_optimizer")) or "seed_generator" in path:
            continue
        if match := re.fullmatch(rf"(?P<layer>.+?)/{_VARIABLE.pattern}", path):
            found.setdefault(match["layer"], {})[_role(match)] = path
        elif role := _legacy_role(path):
            layer = path.removeprefix("model_weights/").partition("/")[0]
            found.setdefault(layer, {})[role] = path
    layers = [
        KerasLayer("", re.sub(r"(^|/)layers/", r"\1", layer).replace("/", "."), {}, own)
        for layer, own in found.items()
    ]
    return sorted(layers, key=_usual_place)


def _usual_place(layer: KerasLayer) -> tuple[int, list[tuple[str, int]]]:
    if any(role.endswith("recurrent_kernel") for role in layer.paths):
        rank = 1
    else:
        rank = 2 if "bias" in layer.paths or "emb" not in layer.name.lower() else 0
    numbered = re.findall(r"(\D*)(\d*)", layer.name)
    return rank, [(word, int(number or -1)) for word, number in numbered]


def _walk(
    model: Mapping[str, Any], prefix: str, arrays: tuple[str, ...], depth: int
) -> Iterator[KerasLayer]:
    counts: dict[str, int] = {}
    for layer in _layers(model) if depth < _DEPTH else ():
        kind = str(layer.get("class_name"))
        told = _dict(layer.get("config"))
        name = str(told.get("name") or layer.get("name") or kind)
        # Keras numbers the groups of a file by class, and keeps no names in it.
        plain = _snake_case(kind)
        number = counts[plain] = counts.get(plain, -1) + 1
        group = f"{prefix}layers/{plain}{f'_{number}' if number else ''}"
        if kind in _MODELS:
            yield from _walk(layer, f"{group}/", arrays, depth + 1)
        else:
            yield KerasLayer(kind, name, told, _paths(group, name, arrays))


def _layers(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = model.get("config")
    # Before Keras 2.2 the description of a Sequential was the list itself.
    layers = inner if isinstance(inner, list) else _dict(inner).get("layers")
    return [_dict(layer) for layer in layers] if isinstance(layers, list) else []


def _paths(group: str, name: str, arrays: tuple[str, ...]) -> dict[str, str]:
    old = group.replace("layers/", "_layer_checkpoint_dependencies/")
    for start in (f"{group}/", f"{old}/"):
        found = {
            _role(match): path
            for path in arrays
            if path.startswith(start)
            and (match := _VARIABLE.fullmatch(path.removeprefix(start)))
        }
        if found:
            return found
    return {
        role: path
        for path in arrays
        if name in path.split("/")[:-1]
        and not path.startswith("optimizer")
        and (role := _legacy_role(path))
    }


def _role(match: re.Match[str]) -> str:
    number = int(match["number"])
    roles = _OF_CELL if match["cell"] else ("kernel", "bias")
    role = roles[number] if number < len(roles) else f"array {number}"
    return f"{match['direction']}/{role}" if match["direction"] else role


def _legacy_role(path: str) -> str:
    *folders, last = path.split("/")
    match = _LEGACY.fullmatch(last)
    if match is None:
        return ""
    role = "kernel" if match["role"] == "embeddings" else match["role"]
    direction = next(
        (
            word
            for folder in folders
            for word in ("forward", "backward")
            if folder.startswith(f"{word}_")
        ),
        "",
    )
    return f"{direction}/{role}" if direction else role


def _sources(node: object, depth: int) -> Iterator[str]:
    """Yield the names of the layers that a layer takes its input from."""
    if depth > _DEPTH:
        return
    if isinstance(node, dict):
        history = node.get("keras_history")
        if isinstance(history, list) and history:
            yield str(history[0])
            return
        for value in node.values():
            yield from _sources(value, depth + 1)
    elif isinstance(node, list):
        if len(node) > 2 and isinstance(node[0], str) and type(node[1]) is int:
            yield node[0]
            return
        for value in node:
            yield from _sources(value, depth + 1)


def _snake_case(name: str) -> str:
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
