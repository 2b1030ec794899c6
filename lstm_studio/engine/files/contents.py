"""What a pickle of PyTorch holds, described without running anything of it.

Tensors stand as claims on storages; they are checked before any memory is taken, and
become tensors one by one, when they are asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files import pickles
from lstm_studio.engine.files.claims import Claim, Storage, dtype_of, storage_dtype
from lstm_studio.engine.files.pickled import BadPickle, Made, Name, plain_key

TENSOR_LIMIT: Final = 20_000
EXPANSION_LIMIT: Final = 16
"""Bytes that the tensors of a file may take, as a multiple of what it stores."""
_STORAGE_NESTING: Final = 4

_DICTS: Final = {
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "builtins.dict",
}
_LISTS: Final = {
    "builtins.set",
    "builtins.frozenset",
    "builtins.list",
    "collections.deque",
}
_FIRST_ARGUMENT: Final = {
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensorlist",
    "torch.jit._pickle.restore_type_tag",
    "torch.Size",
}


@dataclass(slots=True)
class Contents:
    """The values of a file, with ``Claim`` for tensors and ``Made`` for objects.

    Attributes
    ----------
    value
        Dicts, lists, tuples, texts and numbers as they are in the file.
    foreign
        Classes and functions that the file names and that no plain weights have.
    """

    value: Any = None
    foreign: list[str] = field(default_factory=list)
    read_storage: Callable[[str], bytearray] = lambda key: bytearray()
    tensors: int = 0
    nbytes: int = 0
    _buffers: dict[object, bytearray] = field(default_factory=dict)

    def tensor(self, claim: Claim) -> torch.Tensor:
        """Return the tensor of a claim, a view of the storage that it shares."""
        if not claim.nbytes:
            # Its shape may hold any number beside the zero; nothing runs on it.
            return torch.empty(0, dtype=claim.dtype)
        buffer = self._buffer(claim.storage)
        count = len(buffer) // claim.dtype.itemsize
        flat = torch.frombuffer(buffer, dtype=claim.dtype, count=count)
        return flat.as_strided(claim.shape, claim.stride, claim.offset)

    def _buffer(self, storage: Storage) -> bytearray:
        key = storage.key if storage.data is None else id(storage.data)
        if key not in self._buffers:
            self._buffers[key] = (
                self.read_storage(storage.key)
                if storage.data is None
                else bytearray(storage.data)
            )
        buffer = self._buffers[key]
        wanted = storage.count * storage.dtype.itemsize
        if len(buffer) < wanted:
            raise CannotOpen(
                f"The file is damaged: {len(buffer):,} of {wanted:,} bytes of its "
                f"weights {storage.key} are there.",
                "Download or copy it again.",
            )
        return buffer


def read_contents(
    data: bytes | memoryview, start: int = 0, *, stored: int
) -> tuple[Contents, int]:
    """Read one pickle of PyTorch.

    Parameters
    ----------
    data
        Bytes that hold the pickle.
    start
        Where in them it begins.
    stored
        Size of the file, which bounds what its tensors may take.

    Returns
    -------
    tuple
        The contents, and where the pickle ended.

    Raises
    ------
    BadPickle
        Damaged, cut off, or claiming more than it can hold.
    """
    contents = Contents()
    reader = _Reader(contents, EXPANSION_LIMIT * stored)
    contents.value, end = pickles.load(
        data, start, make=reader.make, persistent=reader.persistent
    )
    return contents, end


def read_legacy(
    data: memoryview, *, depth: int = 0
) -> tuple[Contents, dict[str, Storage]]:
    """Read a file of PyTorch before 1.6: pickles, then the storages one by one."""
    if depth > _STORAGE_NESTING:
        raise BadPickle("files within files, too deep")
    position = 0
    for _ in range(3):  # magic number, protocol, system
        _, position = _plain(data, position)
    contents = Contents()
    reader = _Reader(contents, EXPANSION_LIMIT * len(data), depth)
    contents.value, position = pickles.load(
        data, position, make=reader.make, persistent=reader.persistent
    )
    keys, position = _plain(data, position)
    if not isinstance(keys, list):
        raise BadPickle("the list of its storages is missing")
    pieces: dict[str, Storage] = {}
    for key in keys:
        claimed = reader.storages.get(key)
        if claimed is None:
            raise BadPickle("it stores what nothing uses")
        count = int.from_bytes(data[position : position + 8], "little")
        start = position + 8
        position = start + count * claimed.dtype.itemsize
        if count != claimed.count or position > len(data):
            raise BadPickle("it is cut off")
        pieces[key] = Storage(key, claimed.dtype, count, data[start:position])
    contents.read_storage = lambda key: bytearray(
        (pieces[key].data if key in pieces else None) or b""
    )
    return contents, pieces


def _plain(data: memoryview, start: int) -> tuple[Any, int]:
    return pickles.load(data, start, make=Made, persistent=_no_identity)


def _no_identity(identity: object) -> object:
    raise BadPickle("an identity where there can be none")


class _Reader:
    """What PyTorch's own names in a pickle stand for."""

    def __init__(self, contents: Contents, allowance: int, depth: int = 0) -> None:
        self.contents = contents
        self.allowance = allowance
        self.depth = depth
        self.storages: dict[str, Storage] = {}

    def persistent(self, identity: object) -> object:
        if not isinstance(identity, tuple) or not identity:
            raise BadPickle("an identity in it is not PyTorch's")
        if identity[0] == "module":
            return identity[1]
        if identity[0] != "storage" or len(identity) < 5:
            raise BadPickle("an identity in it is not PyTorch's")
        _, kind, key, _, count = identity[:5]
        if not isinstance(key, str) or type(count) is not int or count < 0:
            raise BadPickle("a storage in it has no key or size")
        storage = Storage(key, storage_dtype(kind), count)
        view = identity[5] if len(identity) > 5 else None
        known = self.storages.setdefault(key, storage)
        if view is None:
            return known
        raise BadPickle("it holds views of storages, as PyTorch 0.3 wrote them")

    def make(self, callee: object, args: tuple[Any, ...]) -> object:
        if not isinstance(callee, Name):
            return Made(callee, args)
        name = str(callee)
        if name in _DICTS:
            return _dict_of(args)
        if name in _LISTS:
            return list(args[0]) if args and isinstance(args[0], list) else []
        if name in _FIRST_ARGUMENT and args:
            return args[0]
        if name == "_codecs.encode" and args and isinstance(args[0], str):
            return args[0].encode("latin-1")
        if name == "torch._tensor._rebuild_from_type_v2" and len(args) >= 3:
            return self.make(args[0], tuple(args[2]))
        if name in _TENSOR_BUILDERS:
            return self.claim(*args)
        if name == "torch.storage._load_from_bytes" and len(args) == 1:
            return self.nested_storage(args[0])
        self.contents.foreign.append(name)
        return Made(callee, args)

    def claim(
        self,
        storage: object = None,
        offset: Any = 0,
        shape: object = None,
        stride: object = None,
        requires_grad: object = None,
        hooks: object = None,
        dtype: object = None,
        *rest: object,
    ) -> Claim:
        if not (
            isinstance(storage, Storage)
            and isinstance(shape, tuple)
            and isinstance(stride, tuple)
        ):
            raise BadPickle("a tensor in it has no storage or size")
        own = dtype_of(dtype) if isinstance(dtype, Name) else storage.dtype
        claim = Claim(storage, own, offset, tuple(shape), tuple(stride))
        self.contents.tensors += 1
        self.contents.nbytes += claim.nbytes
        if self.contents.nbytes > self.allowance:
            raise BadPickle(
                f"its tensors take more than {EXPANSION_LIMIT} times what is stored"
            )
        return claim

    def nested_storage(self, data: object) -> object:
        if isinstance(data, bytes):
            data = memoryview(data)
        if not isinstance(data, memoryview):
            raise BadPickle("a storage in it has no bytes")
        inner, pieces = read_legacy(data, depth=self.depth + 1)
        self.contents.foreign.extend(inner.foreign)
        if isinstance(inner.value, Storage):
            return pieces.get(inner.value.key, inner.value)
        return inner.value


_TENSOR_BUILDERS: Final = {
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
}


def _dict_of(args: tuple[Any, ...]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    pairs = args[-1] if args and isinstance(args[-1], list) else []
    for pair in pairs:
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            made[plain_key(pair[0])] = pair[1]
    return made
