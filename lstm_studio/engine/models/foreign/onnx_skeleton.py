"""An ONNX file without the values of its large tensors, and where those lie in it.

The file is a message of protobuf: fields one after another, each with a number, and
with a length where it holds bytes or another message. What is large is stepped over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lstm_studio.engine.files.source import Source

_GRAPH: Final = 7
_INITIALIZER: Final = 5
_NAME: Final = 8
_VALUES: Final = 9
LARGE: Final = 2**16
"""Bytes of a tensor from which on it is left where it is."""
_FIELDS: Final = 200_000
"""Of one message: with more it is read whole, which takes less time."""
_LONGEST: Final = 10
"""Bytes that a number takes, at most."""


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes of a file."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    start: int
    """Where its content begins, behind its number and length."""
    end: int
    whole: int
    """Where the field itself begins."""
    nested: bool


class _NoMessage(ValueError):
    pass


class _Kept:
    """What is kept of a message: pieces of the file, and messages made anew."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pieces: list[bytes | Region] = []

    def keep(self, start: int, end: int) -> None:
        last = self._pieces[-1] if self._pieces else b""
        if isinstance(last, Region) and last.start + last.size == start:
            self._pieces[-1] = Region(last.start, end - last.start)
        else:
            self._pieces.append(Region(start, end - start))

    def add(self, number: int, content: bytes) -> None:
        key = _encoded(number << 3 | 2)
        self._pieces.append(key + _encoded(len(content)) + content)

    def joined(self) -> bytes:
        return b"".join(
            self._source.read(each.start, each.size)
            if isinstance(each, Region)
            else each
            for each in self._pieces
        )


def skeleton(source: Source) -> tuple[bytes, Mapping[str, Region]]:
    """Return the file without the values of its large tensors, and these by name.

    What is no message of this kind is returned whole.
    """
    if source.size <= LARGE:
        return source.read(), {}
    regions: dict[str, Region] = {}
    kept = _Kept(source)
    try:
        for field in _fields(source, Region(0, source.size)):
            if field.nested and field.number == _GRAPH:
                graph = Region(field.start, field.end - field.start)
                kept.add(_GRAPH, _graph(source, graph, regions))
            else:
                kept.keep(field.whole, field.end)
    except _NoMessage:
        return source.read(), {}
    return kept.joined(), regions


def _graph(source: Source, graph: Region, regions: dict[str, Region]) -> bytes:
    kept = _Kept(source)
    for field in _fields(source, graph):
        size = field.end - field.start
        if field.nested and field.number == _INITIALIZER and size > LARGE:
            told = _tensor(source, Region(field.start, size), regions)
            kept.add(_INITIALIZER, told)
        else:
            kept.keep(field.whole, field.end)
    return kept.joined()


def _tensor(source: Source, tensor: Region, regions: dict[str, Region]) -> bytes:
    kept = _Kept(source)
    name, values = "", None
    for field in _fields(source, tensor):
        size = field.end - field.start
        if field.nested and field.number == _VALUES and size > LARGE:
            values = Region(field.start, size)
            continue
        if field.nested and field.number == _NAME:
            name = source.read(field.start, size).decode("utf-8", "replace")
        kept.keep(field.whole, field.end)
    if values is not None:
        regions[name] = values
    return kept.joined()


def _fields(source: Source, inside: Region) -> Iterator[_Field]:
    at, stop = inside.start, inside.start + inside.size
    for _ in range(_FIELDS):
        if at == stop:
            return
        key, start = _number(source, at)
        kind = key & 7
        if kind == 0:
            _, end = _number(source, start)
        elif kind == 2:
            size, start = _number(source, start)
            end = start + size
        elif kind in (1, 5):
            end = start + (8 if kind == 1 else 4)
        else:
            raise _NoMessage
        if end > stop:
            raise _NoMessage
        yield _Field(key >> 3, start, end, at, kind == 2)
        at = end
    raise _NoMessage


def _number(source: Source, at: int) -> tuple[int, int]:
    """Return a number, seven bits to a byte, and where it ends."""
    value = 0
    for index, byte in enumerate(source.read(at, min(_LONGEST, source.size - at))):
        value |= (byte & 127) << (7 * index)
        if byte < 128:
            return value, at + index + 1
    raise _NoMessage


def _encoded(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
