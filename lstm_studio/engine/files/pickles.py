"""A reader of pickles that cannot run code: it knows no way to call anything.

The opcodes are interpreted here. Where a pickle names a class or a function, a `Name`
stands; where it calls one, `make` decides what stands for the result, by default a
`Made`, which only remembers what would have been called.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

from lstm_studio.engine.files.machine import MARK, Machine, Make, Persistent
from lstm_studio.engine.files.pickled import BadPickle, Name

OPCODE_LIMIT: Final = 2_000_000
"""About two seconds; a state_dict of 20,000 tensors takes less than a million."""


def load(
    data: bytes | memoryview, start: int = 0, *, make: Make, persistent: Persistent
) -> tuple[Any, int]:
    """Read one pickle.

    Parameters
    ----------
    data
        The bytes; byte strings in the result are views of it.
    start
        Where the pickle begins.
    make
        Gives what stands for ``callee(*args)``.
    persistent
        Gives what stands for a persistent identity (a storage of a tensor).

    Returns
    -------
    tuple
        The value, and where the pickle ended.

    Raises
    ------
    BadPickle
        The bytes are no pickle, or it is cut off, or has too many operations.
    """
    machine = Machine(memoryview(data), start, make, persistent)
    try:
        return _run(machine), machine.at
    except BadPickle:
        raise
    except (IndexError, struct.error) as error:
        raise BadPickle("it is cut off or damaged") from error
    except (TypeError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise BadPickle(f"it is damaged ({error})") from error


def _run(machine: Machine) -> Any:
    data, operations = machine.data, _OPERATIONS
    for _ in range(OPCODE_LIMIT):
        code = data[machine.at]
        machine.at += 1
        if code == _STOP:
            return machine.stack.pop()
        operation = operations.get(code)
        if operation is None:
            raise BadPickle(f"it holds the unknown operation {code:#04x}")
        operation(machine)
    raise BadPickle(f"it has more than {OPCODE_LIMIT:,} operations")


def _integer(line: str) -> int | bool:
    return {"00": False, "01": True}[line] if line in ("00", "01") else int(line)


def _long(data: memoryview) -> int:
    return int.from_bytes(data, "little", signed=True)


def _unquoted(line: str) -> str:
    if len(line) < 2 or line[0] != line[-1] or line[0] not in "'\"":
        raise BadPickle("a text in it is not quoted")
    return line[1:-1].encode("latin-1").decode("unicode_escape")


def _push(value: Callable[[Machine], Any]) -> Callable[[Machine], None]:
    return lambda machine: machine.stack.append(value(machine))


def _tuple_of(count: int) -> Callable[[Machine], None]:
    def operation(machine: Machine) -> None:
        items = machine.stack[-count:]
        if len(items) < count:
            raise BadPickle("it is damaged (values are missing)")
        machine.stack[-count:] = [tuple(items)]

    return operation


def _sized(form: str, decode: Callable[[memoryview], Any]) -> Callable[[Machine], None]:
    return _push(lambda m: decode(m.take(m.number(form))))


def _utf8(data: memoryview) -> str:
    return bytes(data).decode("utf-8", "surrogatepass")


def _latin1(data: memoryview) -> str:
    return bytes(data).decode("latin-1")


def _same(data: memoryview) -> memoryview:
    return data


_STOP: Final = ord(".")
_OPERATIONS: Final[dict[int, Callable[[Machine], Any]]] = {
    0x80: lambda m: m.take(1),  # protocol
    0x95: lambda m: m.take(8),  # length of a frame
    ord("("): lambda m: m.stack.append(MARK),
    ord("0"): lambda m: m.stack.pop(),
    ord("1"): lambda m: m.pop_mark(),
    ord("2"): lambda m: m.stack.append(m.stack[-1]),
    # Numbers and constants
    ord("N"): _push(lambda m: None),
    0x88: _push(lambda m: True),
    0x89: _push(lambda m: False),
    ord("I"): _push(lambda m: _integer(m.line())),
    ord("L"): _push(lambda m: int(m.line().rstrip("L"))),
    ord("J"): _push(lambda m: m.number("<i")),
    ord("K"): _push(lambda m: m.number("<B")),
    ord("M"): _push(lambda m: m.number("<H")),
    ord("F"): _push(lambda m: float(m.line())),
    ord("G"): _push(lambda m: m.number(">d")),
    0x8A: _sized("<B", _long),
    0x8B: _sized("<i", _long),
    # Texts and bytes
    ord("S"): _push(lambda m: _unquoted(m.line())),
    ord("T"): _sized("<i", _latin1),
    ord("U"): _sized("<B", _latin1),
    ord("V"): _push(lambda m: m.line().encode("latin-1").decode("raw_unicode_escape")),
    ord("X"): _sized("<I", _utf8),
    0x8C: _sized("<B", _utf8),
    0x8D: _sized("<Q", _utf8),
    ord("B"): _sized("<I", _same),
    ord("C"): _sized("<B", _same),
    0x8E: _sized("<Q", _same),
    0x96: _sized("<Q", _same),
    # Containers
    ord("]"): _push(lambda m: []),
    ord("l"): _push(lambda m: m.pop_mark()),
    ord("}"): _push(lambda m: {}),
    ord("d"): lambda m: _new_dict(m),
    ord(")"): _push(lambda m: ()),
    ord("t"): _push(lambda m: tuple(m.pop_mark())),
    0x85: _tuple_of(1),
    0x86: _tuple_of(2),
    0x87: _tuple_of(3),
    0x8F: _push(lambda m: []),  # a set: its members are never looked up
    0x90: lambda m: _grow(m),
    0x91: _push(lambda m: m.pop_mark()),
    ord("a"): lambda m: m.append([m.stack.pop()]),
    ord("e"): lambda m: _grow(m),
    ord("s"): lambda m: m.set_items([m.stack.pop(-2), m.stack.pop()]),
    ord("u"): lambda m: _set_marked(m),
    # The memo
    ord("p"): lambda m: m.put(int(m.line())),
    ord("q"): lambda m: m.put(m.number("<B")),
    ord("r"): lambda m: m.put(m.number("<I")),
    0x94: lambda m: m.put(len(m.memo)),
    ord("g"): _push(lambda m: m.memo[int(m.line())]),
    ord("h"): _push(lambda m: m.memo[m.number("<B")]),
    ord("j"): _push(lambda m: m.memo[m.number("<I")]),
    # Names and what would be calls
    ord("c"): _push(lambda m: Name(m.line(), m.line())),
    0x93: lambda m: m.stack_name(),
    ord("R"): lambda m: m.reduce(),
    0x81: lambda m: m.reduce(),
    0x92: lambda m: m.reduce_with_names(),
    ord("b"): lambda m: m.build(),
    ord("i"): lambda m: m.instance(),
    ord("o"): lambda m: m.new_object(),
    ord("P"): _push(lambda m: m.persistent(m.line())),
    ord("Q"): _push(lambda m: m.persistent(m.stack.pop())),
}


def _new_dict(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.stack.append({})
    machine.set_items(items)


def _grow(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.append(items)


def _set_marked(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.set_items(items)
