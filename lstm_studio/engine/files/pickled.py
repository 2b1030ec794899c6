"""What a pickle holds: plain values, and what stands for classes and calls."""

from dataclasses import dataclass, field
from typing import Any, Final

_KEY_LIMIT: Final = 2**61 - 1
"""From here on, whole numbers share hashes, which would make a dict crawl."""


class BadPickle(ValueError):
    """Bytes that are not a pickle, or more than may be read."""


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function that the pickle names; it is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        module = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(
            self.module, self.module
        )
        return f"{module}.{self.name}"


@dataclass(eq=False, repr=False, slots=True)
class Made:
    """What a call would have made: the callee, its arguments, and what was put in."""

    of: object
    args: tuple[Any, ...]
    state: object = None
    items: list[Any] = field(default_factory=list)
    pairs: dict[Any, Any] = field(default_factory=dict)


_PLAIN_KEYS: Final = (str, int, float, bool, type(None), Made, Name)


def plain_key(key: object) -> object:
    """Return a key that is safe to hash: a deep tuple would overflow the C stack."""
    if isinstance(key, int) and abs(key) >= _KEY_LIMIT:
        raise BadPickle("a dict in it has a number as key that is too large")
    if isinstance(key, _PLAIN_KEYS):
        return key
    if isinstance(key, memoryview):
        return bytes(key)
    if isinstance(key, tuple) and not any(isinstance(part, tuple) for part in key):
        return tuple(plain_key(part) for part in key)
    raise BadPickle("a dict in it has a key that is no plain value")
