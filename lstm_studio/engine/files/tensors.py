"""The tensors that a file of PyTorch or safetensors holds, and nothing of it is run."""

import pickle
import warnings
from collections.abc import Iterator
from typing import IO, cast

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.files.claims import Claim
from lstm_studio.engine.files.contents import TENSOR_LIMIT, Contents
from lstm_studio.engine.files.formats import contents_of
from lstm_studio.engine.files.leaves import Leaf, Unread, as_leaf, reason_against
from lstm_studio.engine.files.pickled import BadPickle
from lstm_studio.engine.files.quantised import Quantised
from lstm_studio.engine.files.recognise import recognise
from lstm_studio.engine.files.safetensors import read_safetensors
from lstm_studio.engine.files.source import Source

_DEPTH: int = 3
"""A batch is often ``{"train": {"x": ...}}`` or a list of pairs, and seldom deeper."""


def read_tensors(source: Source) -> dict[str, torch.Tensor]:
    """Return the tensors of a file by name; ``0``, ``1``, ... where it holds a list.

    A tensor that was saved by itself has the name ``""``.

    Raises
    ------
    CannotOpen
        It is no such file, is damaged, claims more than it holds, or holds objects
        that only code of others could make.
    """
    name = source.path.name
    form = recognise(source)
    if form.kind == "safetensors":
        return read_safetensors(source)[0]
    if form.kind not in ("torch zip", "torch legacy"):
        raise CannotOpen(
            f"{name} is no sequence: it is {form.words}.",
            "Save the tensor by itself: torch.save(tensor, path).",
        )
    try:
        contents = contents_of(source, form)
    except BadPickle as error:
        raise CannotOpen(
            f"{name} cannot be read: {error}.", "Download or save it again."
        ) from error
    if contents.foreign:
        raise CannotOpen(
            f"{name} holds objects of the class {contents.foreign[0]}, which only code "
            "could make.",
            "Save the tensors by themselves: torch.save(tensor, path).",
        )
    if contents.tensors > TENSOR_LIMIT:
        raise CannotOpen(
            f"{name} holds {contents.tensors:,} tensors, more than any sequence does.",
            "Save the tensor by itself: torch.save(tensor, path).",
        )
    tensors = {}
    for key, leaf in _leaves(_plain_load(source, contents), "", 0):
        if isinstance(leaf, Unread):
            continue
        if isinstance(leaf, Quantised):
            tensor = leaf.dequantised(contents.tensor)
        else:
            tensor = contents.tensor(leaf) if isinstance(leaf, Claim) else leaf
        if not reason_against(tensor):
            tensors[key] = tensor.detach()
    return tensors


def _leaves(node: object, path: str, depth: int) -> Iterator[tuple[str, Leaf]]:
    leaf = as_leaf(node)
    if leaf is not None:
        yield path, leaf
        return
    if depth > _DEPTH:
        return
    children: Iterator[tuple[object, object]] = iter(())
    if isinstance(node, dict):
        children = iter(node.items())
    elif isinstance(node, (list, tuple)):
        children = enumerate(node)
    for key, child in children:
        yield from _leaves(child, f"{path}.{key}" if path else str(key), depth + 1)


def _plain_load(source: Source, contents: Contents) -> object:
    """Rung 1: what PyTorch itself takes for plain data, with nothing allowed beside."""
    source.file.seek(0)
    try:
        # It warns of what may not be read; what was not read is seen below.
        with warnings.catch_warnings(action="ignore"):
            return torch.load(
                cast("IO[bytes]", source.file), map_location="cpu", weights_only=True
            )
    except (
        pickle.UnpicklingError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        ImportError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ):
        # Its reader knows fewer plain values than ours, which runs nothing either.
        return contents.value
