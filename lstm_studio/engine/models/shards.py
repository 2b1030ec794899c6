"""Checkpoints in several files, and the description that lies beside them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.claims import Claim
from lstm_studio.engine.files.contents import Contents
from lstm_studio.engine.files.recognise import INDEX_LIMIT
from lstm_studio.engine.files.source import Source, open_source

_SHARD: Final = re.compile(r"(.+-)(\d{5})(-of-(\d{5})\..+)")
_MOST: Final = 1000
_CONFIG_LIMIT: Final = 2**20
_SIZES: Final = (
    "model_type",
    "input_size",
    "embedding_size",
    "hidden_size",
    "num_layers",
    "num_hidden_layers",
    "bidirectional",
    "vocab_size",
)
"""What a config.json tells that a person compares with the tree."""


def shards_of(source: Source) -> tuple[Path, ...]:
    """Return the files of the checkpoint that a file is one of, ``()`` of a whole one.

    Raises
    ------
    CannotOpen
        One of them is missing.
    """
    match = _SHARD.fullmatch(source.path.name)
    if match is None or not 1 < int(match[4]) <= _MOST:
        return ()
    start, _, end, count = match.groups()
    return _all_there(source, [f"{start}{n:05}{end}" for n in range(1, int(count) + 1)])


def shards_in(source: Source) -> tuple[Path, ...]:
    """Return the files that an index names.

    Raises
    ------
    CannotOpen
        The index is damaged, names files of other folders, or one is missing.
    """
    try:
        names = set(json.loads(source.read(0, INDEX_LIMIT))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CannotOpen(
            f"{source.path.name} is a damaged list of the files of a checkpoint.",
            "Download it again.",
            str(error),
        ) from error
    for name in names:
        if not isinstance(name, str) or Path(name).name != name or len(names) > _MOST:
            raise CannotOpen(
                f"{source.path.name} names {name!r} as one of its files, which is not "
                "beside it.",
                "Do not open it; ask where it comes from.",
            )
    return _all_there(source, sorted(names))


def _all_there(source: Source, names: Sequence[str]) -> tuple[Path, ...]:
    paths = tuple(source.path.parent / name for name in names)
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise CannotOpen(
            f"{missing[0]}{more} of the {len(names)} files of this checkpoint is "
            f"missing beside {source.path.name}.",
            "Download it into the same folder.",
        )
    return paths


def joined(
    paths: Sequence[Path],
    source: Source,
    describe: Callable[[Source], Contents],
    stack: ExitStack,
) -> tuple[Contents, list[Source]]:
    """Return what all files of a checkpoint hold; ``stack`` keeps them open."""
    shards: list[Source] = []
    value: dict[str, Claim] = {}
    parts: list[Contents] = []
    for number, path in enumerate(paths):
        shard = stack.enter_context(open_source(path))
        shard.meter = source.meter
        shards.append(shard)
        contents = describe(shard)
        parts.append(contents)
        if not isinstance(contents.value, dict):
            raise CannotOpen(
                f"{path.name} is no part of a checkpoint: it holds no weights by name.",
                "Download it again.",
            )
        for name, claim in contents.value.items():
            if isinstance(name, str) and isinstance(claim, Claim):
                # The same key means other bytes in another file.
                key = f"{number}/{claim.storage.key}"
                storage = replace(claim.storage, key=key)
                value[name] = replace(claim, storage=storage)

    def read(key: str) -> bytearray:
        number, _, own = key.partition("/")
        return parts[int(number)].read_storage(own)

    made = Contents(value, read_storage=read)
    made.foreign = [name for part in parts for name in part.foreign]
    made.tensors = sum(part.tensors for part in parts)
    return made, shards


def config_notes(path: Path) -> tuple[str, ...]:
    """Return what a Hugging Face ``config.json`` beside the weights tells."""
    beside = path.with_name("config.json")
    if not beside.is_file():
        return ()
    try:
        with open_source(beside) as source:
            told = json.loads(source.read(0, _CONFIG_LIMIT))
    except (CannotOpen, ValueError, RecursionError):
        return ("The config.json beside it cannot be read.",)
    if not isinstance(told, dict):
        return ()
    said = [f"{name} {told[name]}" for name in _SIZES if _is_plain(told, name)]
    classes = told.get("architectures")
    names = [str(each) for each in classes] if isinstance(classes, list) else []
    if not (names or said):
        return ()
    what = " and ".join(names[:3]) or "no class"
    sizes = f" ({', '.join(said)})" if said else ""
    return (f"The config.json beside it names {what}{sizes}."[:500],)


def _is_plain(told: Mapping[str, Any], name: str) -> bool:
    return isinstance(told.get(name), (str, int, float, bool))
