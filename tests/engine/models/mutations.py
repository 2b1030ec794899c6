"""Damaged files, made of whole ones."""

import io
import random
import struct
import zipfile
from collections.abc import Iterator

_NUMBERS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)


def mutants(seed: int, files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield damaged files without end."""
    draw = random.Random(seed)
    names = list(files)
    while True:
        name = draw.choice(names)
        data = files[name]
        other = files[draw.choice(names)]
        if data.startswith(b"PK") and draw.random() < 0.7:
            yield name, _mutate_member(draw, data, other)
        else:
            yield name, _mutate(draw, data, other)


def _mutate_member(draw: random.Random, data: bytes, other: bytes) -> bytes:
    """Change one member of a zip file, mostly the one that describes the others."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w") as target,
    ):
        names = source.namelist()
        told = [n for n in names if n.endswith((".pkl", ".json"))]
        chosen = draw.choice(told if told and draw.random() < 0.8 else names)
        for name in names:
            content = source.read(name)
            if name == chosen:
                content = _mutate(draw, content, other)
            target.writestr(name, content)
    return buffer.getvalue()


def _mutate(draw: random.Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 16))):
        at = draw.randrange(len(changed) + 1)
        # Most of what matters stands at the beginning.
        if draw.random() < 0.5:
            at = min(at, draw.randrange(1, 400))
        length = draw.choice((1, 1, 2, 4, 8, 30))
        match draw.randrange(7):
            case 0 if at < len(changed):
                changed[at] ^= 1 << draw.randrange(8)
            case 1 if at < len(changed):
                changed[at] = draw.randrange(256)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length] * draw.choice((1, 2, 50))
            case 4:
                number = draw.choice(_NUMBERS)
                size = draw.choice((1, 2, 4, 8))
                packed = struct.pack("<Q", number)[:size]
                changed[at : at + size] = packed
            case 5:
                start = draw.randrange(max(len(other), 1))
                changed[at : at + length] = other[start : start + length]
            case _:
                del changed[at:]
    return bytes(changed)
