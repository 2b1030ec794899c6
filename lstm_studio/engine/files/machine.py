"""The stack and the memory of a pickle that is read; its operations call nothing."""

import struct
from collections.abc import Callable
from typing import Any, Final

from lstm_studio.engine.files.pickled import BadPickle, Made, Name, plain_key

MARK: Final = object()
Make = Callable[[object, tuple[Any, ...]], Any]
Persistent = Callable[[object], Any]


class Machine:
    """Reads a pickle; ``make`` and ``persistent`` are as for ``pickles.load``."""

    def __init__(
        self, data: memoryview, start: int, make: Make, persistent: Persistent
    ) -> None:
        self.data = data
        self.at = start
        self.make = make
        self.persistent = persistent
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def take(self, count: int) -> memoryview:
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise BadPickle("it is cut off")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        window = 2**16
        piece = bytes(self.data[self.at : self.at + window])
        end = piece.find(b"\n")
        if end < 0:
            raise BadPickle("a line of it is cut off or too long")
        self.at += end + 1
        return piece[:end].decode("utf-8")

    def pop_mark(self) -> list[Any]:
        stack = self.stack
        for position in range(len(stack) - 1, -1, -1):
            if stack[position] is MARK:
                items = stack[position + 1 :]
                del stack[position:]
                return items
        raise BadPickle("a mark is missing in it")

    def put(self, key: int) -> None:
        self.memo[key] = self.stack[-1]

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        pairs = target.pairs if isinstance(target, Made) else target
        if not isinstance(pairs, dict):
            raise BadPickle("it puts items in what is no dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            pairs[plain_key(key)] = value

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        values = target.items if isinstance(target, Made) else target
        if not isinstance(values, list):
            raise BadPickle("it appends to what is no list")
        values.extend(items)

    def build(self) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], Made):
            self.stack[-1].state = state

    def call(self, args: object) -> None:
        callee = self.stack.pop()
        if not isinstance(args, tuple):
            raise BadPickle("it calls with what are no arguments")
        self.stack.append(self.make(callee, args))

    def reduce(self) -> None:
        self.call(self.stack.pop())

    def reduce_with_names(self) -> None:
        names = self.stack.pop()
        args = self.stack.pop()
        self.call((*args, names) if isinstance(args, tuple) else args)

    def stack_name(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(Name(_text(module), _text(name)))

    def instance(self) -> None:
        args = tuple(self.pop_mark())
        self.stack.append(Name(self.line(), self.line()))
        self.call(args)

    def new_object(self) -> None:
        callee, *args = self.pop_mark()
        self.stack.append(callee)
        self.call(tuple(args))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadPickle("a name in it is no text")
    return value
