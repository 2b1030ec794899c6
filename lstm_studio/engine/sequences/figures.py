"""Mean and deviation of each feature, from a file that was kept beside a model."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.engine.files.source import open_source

_MEAN: Final = re.compile(r"(^|[_.\- ])(means?|mu|cent(er|re)|loc)([_.\- ]|$)", re.I)
_SCALE: Final = re.compile(
    r"(^|[_.\- ])(stds?|stdev|stddev|sigma|scale|deviations?|sd)([_.\- ]|$)", re.I
)
_WANTED: Final = "a .json or .csv file with the mean and deviation of each feature"
_DEPTH: Final = 20

Figures = tuple[float, ...] | Mapping[str, float]
Pair = tuple[Figures, Figures]


def read_figures(
    path: Path, width: int, names: tuple[str, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return center and scale of ``width`` features.

    Parameters
    ----------
    path
        JSON that holds two lists, ``mean`` and ``std`` or the like, anywhere in it;
        or those figures by the names of the features. Or a table with the columns
        ``mean`` and ``std`` and the names in the first.
    names
        Of the features, where the file gives its figures by name.

    Raises
    ------
    CannotOpen
        It cannot be read, or has no such figures.
    DoesNotFit
        It has them for other features.
    """
    with open_source(path, _WANTED) as source:
        content = source.read()
    pairs = list(_pairs(path, content))
    if not pairs:
        raise CannotOpen(
            f"{path.name} holds no mean and deviation of features.",
            f"Choose {_WANTED}.",
        )
    # A file may hold those of the targets too: the first ones that fit are taken.
    refusal: DoesNotFit | None = None
    for center, scale in pairs:
        try:
            return (
                _ordered(path, "means", center, width, names),
                _ordered(path, "deviations", scale, width, names),
            )
        except DoesNotFit as error:
            refusal = refusal or error
    raise refusal or AssertionError


def _pairs(path: Path, content: bytes) -> Iterator[Pair]:
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip()[:1] not in ("{", "["):
            yield from _from_table(text)
            return
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotOpen(
            f"{path.name} cannot be read: {error}.", f"Choose {_WANTED}."
        ) from error
    yield from _from_json(data, 0)


def _from_json(node: object, depth: int) -> Iterator[Pair]:
    if depth > _DEPTH:
        return
    if isinstance(node, dict):
        named = {
            str(key): pair
            for key, child in node.items()
            if isinstance(child, dict) and (pair := _numbers_of_one(child))
        }
        if named:
            yield (
                {key: pair[0] for key, pair in named.items()},
                {key: pair[1] for key, pair in named.items()},
            )
        center, scale = _of_keys(node, _MEAN), _of_keys(node, _SCALE)
        if center is not None and scale is not None:
            yield center, scale
    children: list[object] = []
    if isinstance(node, dict):
        children = list(node.values())
    elif isinstance(node, list) and node and not isinstance(node[0], int | float):
        children = list(node)
    for child in children:
        yield from _from_json(child, depth + 1)


def _numbers_of_one(node: Mapping[object, object]) -> tuple[float, float] | None:
    """Return mean and deviation of one feature: ``{"mean": 1.5, "std": 2}``."""
    center, scale = _of_keys(node, _MEAN), _of_keys(node, _SCALE)
    match center, scale:
        case (float(mean),), (float(deviation),):
            return mean, deviation
    return None


def _of_keys(node: Mapping[object, object], wanted: re.Pattern[str]) -> Figures | None:
    for key, value in node.items():
        if wanted.search(str(key)) and (found := _figures(value)) is not None:
            return found
    return None


def _figures(value: object) -> Figures | None:
    if isinstance(value, int | float) and _is_number(value):
        return (float(value),)
    if isinstance(value, list) and value and all(map(_is_number, value)):
        return tuple(float(number) for number in value)
    if isinstance(value, dict) and value and all(map(_is_number, value.values())):
        return {str(key): float(number) for key, number in value.items()}
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _from_table(text: str) -> Iterator[Pair]:
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    head = rows[0] if rows else []
    mean = next((n for n, cell in enumerate(head) if _MEAN.search(cell)), None)
    scale = next((n for n, cell in enumerate(head) if _SCALE.search(cell)), None)
    if mean is None or scale is None or len({mean, scale, 0}) < 3:
        return
    centers, scales = {}, {}
    for row in rows[1:]:
        if len(row) > max(mean, scale):
            centers[row[0].strip()] = float(row[mean])
            scales[row[0].strip()] = float(row[scale])
    if centers:
        yield centers, scales


def _ordered(
    path: Path, what: str, found: Figures, width: int, names: tuple[str, ...]
) -> tuple[float, ...]:
    if isinstance(found, Mapping):
        if any(names):
            missing = [name for name in names if name not in found]
            if missing:
                raise DoesNotFit(
                    f"{path.name} has no figures for {missing[0]!r}; it has them for "
                    f"{', '.join(found)}.",
                    "Choose the columns by these names, or name them so.",
                )
            return tuple(found[name] for name in names)
        found = tuple(found.values())
    if len(found) not in (1, width):
        raise DoesNotFit(
            f"{path.name} holds {len(found)} {what}; the sequence has {width} "
            f"feature{'s' * (width != 1)}.",
            "Choose the columns that they are for.",
        )
    return found
