"""What a checkpoint holds beside its weights: vocabularies, settings, counters."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from lstm_studio.core.summary import Part
from lstm_studio.engine.files.leaves import as_leaf
from lstm_studio.engine.files.pickled import Made, Name

_SHOWN_LIMIT: Final = 100
_VOCABULARY: Final = re.compile(
    r"vocab|itos|stoi|char|token|word|alphabet|id2|idx2|2id|2idx|index_to|to_index",
    re.I,
)


def children(node: object) -> Iterator[tuple[object, object]]:
    """Yield the values inside a value of a file, each with its key or number."""
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, (list, tuple)):
        for index, item in enumerate(node):
            # As named_parameters() gives them.
            pair = isinstance(item, tuple) and len(item) == 2
            named = pair and isinstance(item[0], str) and as_leaf(item[1]) is not None
            yield item if named else (index, item)
    elif isinstance(node, Made):
        if isinstance(node.state, dict):
            yield from node.state.items()
        elif isinstance(node.state, tuple):
            yield from enumerate(node.state)
        yield from node.pairs.items()
        yield from enumerate(node.items)
        yield from enumerate(node.args)


def vocabularies(value: object) -> Iterator[tuple[str, ...]]:
    """Yield the lists of texts that may be the tokens of the model."""
    for key, node in beginnings(value):
        if not isinstance(key, str) or not _VOCABULARY.search(key):
            continue
        if isinstance(node, (list, tuple, str)) and all(
            isinstance(text, str) for text in node
        ):
            yield tuple(node)
        elif isinstance(node, dict) and node:
            yield from _from_dict(node)


def _from_dict(node: dict[Any, Any]) -> Iterator[tuple[str, ...]]:
    if all(type(v) is int for v in node.values()):
        node = {v: k for k, v in node.items()}
    if set(node) == set(range(len(node))):
        texts = [node[index] for index in range(len(node))]
        if all(isinstance(text, str) for text in texts):
            yield tuple(texts)


def beginnings(value: object) -> Iterator[tuple[object, object]]:
    """Yield what stands at the top of the file and one below."""
    seen: set[int] = set()
    for key, node in children(value):
        yield key, node
        if id(node) not in seen:
            seen.add(id(node))
            yield from children(node)


def beside(value: object, chosen: str) -> Iterator[Part]:
    """Yield a line for everything that the file holds beside the weights."""
    if not isinstance(value, (dict, tuple, list)) or not chosen:
        return
    for key, node in islice(children(value), _SHOWN_LIMIT):
        if str(key) != chosen.partition(".")[0]:
            yield Part(str(key), _described(node))


def _described(node: object) -> str:
    if (leaf := as_leaf(node)) is not None:
        return f"tensor of {' x '.join(map(str, leaf.shape)) or 'one value'}"
    if isinstance(node, Made):
        return f"{node.of if isinstance(node.of, Name) else 'an object'}, not made"
    if isinstance(node, (bytes, memoryview)):
        return f"{len(node)} bytes"
    if isinstance(node, (dict, list, tuple)):
        return f"{len(node)} value{'s' * (len(node) != 1)}"
    text = str(node)
    return text if len(text) <= 80 else f"{text[:77]}..."
