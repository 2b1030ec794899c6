"""Rungs 1 and 2: weights of every form of file, read without running anything of it."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models.archive import Archive
from lstm_studio.engine.models.budget import check_memory
from lstm_studio.engine.models.claims import Claim, Storage
from lstm_studio.engine.models.contents import (
    TENSOR_LIMIT,
    Contents,
    read_contents,
    read_legacy,
)
from lstm_studio.engine.models.foreign.keras_file import read_keras
from lstm_studio.engine.models.foreign.onnx_file import read_onnx
from lstm_studio.engine.models.pickles import BadPickle, Made
from lstm_studio.engine.models.recognise import Form, recognise
from lstm_studio.engine.models.safetensors import describe_safetensors
from lstm_studio.engine.models.shards import (
    config_notes,
    joined,
    shards_in,
    shards_of,
)
from lstm_studio.engine.models.source import Source
from lstm_studio.engine.models.weights import Weights, choose_weights

_LARGE: Final = 2**26
"""Bytes of weights that take so long to read that their tree is shown before."""
_EXPORT_DTYPES: Final[Mapping[int, torch.dtype]] = {
    1: torch.uint8,
    2: torch.int8,
    3: torch.int16,
    4: torch.int32,
    5: torch.int64,
    6: torch.float16,
    7: torch.float32,
    8: torch.float64,
    12: torch.bool,
    13: torch.bfloat16,
}
"""Numbers that the schema of torch.export gives the types."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of a file without running anything of it.

    Attributes
    ----------
    words
        What the file is, for people.
    classes
        Python classes and functions that it names.
    whole
        The class that a whole module was saved with, ``""`` for other files.
    notes
        What lies beside the file, in sentences.
    """

    weights: Weights
    words: str
    classes: tuple[str, ...] = ()
    whole: str = ""
    notes: tuple[str, ...] = ()


def read_weights(
    source: Source,
    form: Form,
    answers: Mapping[str, str],
    seen: Callable[[Found], None] = lambda _: None,
) -> Found:
    """Return the weights of a file, and what it is.

    ``seen`` gets the same with weights of which only the sizes are known, before those
    of a large file are read.

    Raises
    ------
    CannotOpen
        The file is damaged, claims more than it holds, or has no recurrent layer.
    """
    if form.kind == "onnx":
        return Found(read_onnx(source), form.words)
    if form.kind == "keras":
        return Found(*read_keras(source))
    with ExitStack() as stack:
        return _read(source, form, answers, seen, stack)


def _read(
    source: Source,
    form: Form,
    answers: Mapping[str, str],
    seen: Callable[[Found], None],
    stack: ExitStack,
) -> Found:
    name = source.path.name
    told, contents = _told(source, form, stack)
    if contents.tensors > TENSOR_LIMIT and answers.get("large") != "yes":
        raise CannotOpen(
            f"{name} holds {contents.tensors:,} tensors, more than any recurrent model "
            "does.",
            'If you know that it is right, open it with the answer large="yes".',
        )
    if form.kind == "torchscript" and not contents.tensors:
        raise CannotOpen(
            f"{name} is TorchScript whose weights are frozen into its program.",
            "Open it whole, if you know where it is from.",
        )
    choice = choose_weights(
        contents.value, file=name, group=answers.get("weights"), classes=told.classes
    )
    storages = {
        (each.storage.key, id(each.storage.data)): each.storage
        for each in choice.claims
    }
    wanted = sum(each.count * each.dtype.itemsize for each in storages.values())
    if wanted > _LARGE:
        seen(replace(told, weights=choice.sketch()))
        source.meter.check()
    check_memory(wanted, name)
    source.meter.expect(wanted)
    return replace(told, weights=choice.read(contents.tensor))


def _told(source: Source, form: Form, stack: ExitStack) -> tuple[Found, Contents]:
    """Return what a file is, without its weights, and what it holds."""
    shards = shards_in(source) if form.kind == "sharded" else shards_of(source)
    if shards:
        words = f"checkpoint in {len(shards)} files"
        contents = joined(shards, source, _shard, stack)
        classes = tuple(dict.fromkeys(contents.foreign))
        notes = config_notes(source.path)
        return Found(Weights({}), words, classes, notes=notes), contents
    if form.kind == "safetensors":
        contents, metadata = describe_safetensors(source)
        contents.value = _with_vocabulary({**metadata, **contents.value})
        notes = config_notes(source.path)
        return Found(Weights({}), form.words, notes=notes), contents
    try:
        contents = contents_of(source, form)
    except BadPickle as error:
        raise CannotOpen(
            f"{source.path.name} cannot be read: {error}.",
            "Download or save it again.",
        ) from error
    classes = tuple(dict.fromkeys(contents.foreign))
    value, whole = contents.value, ""
    if isinstance(value, Made) and form.kind not in ("torchscript", "exported"):
        whole = str(value.of)
    words = _in_words(form, value, whole)
    return Found(Weights({}), words, classes, whole), contents


def _shard(source: Source) -> Contents:
    form = recognise(source)
    if form.kind == "safetensors":
        return describe_safetensors(source)[0]
    try:
        return contents_of(source, form)
    except BadPickle as error:
        raise CannotOpen(
            f"{source.path.name} cannot be read: {error}.", "Download it again."
        ) from error


def named_classes(source: Source, form: Form) -> tuple[str, ...]:
    """Return the classes and functions that a pickle names."""
    return tuple(dict.fromkeys(contents_of(source, form).foreign))


def contents_of(source: Source, form: Form) -> Contents:
    """Return what a file of PyTorch holds; nothing of it is run."""
    if form.kind in ("torch zip", "torchscript"):
        return _zip_contents(Archive(source))
    if form.kind == "exported":
        return _exported_contents(Archive(source))
    if form.kind == "stable-baselines3":
        archive = Archive(source)
        inner = archive.inner(archive.find("policy.pth") or "")
        return contents_of(inner, recognise(inner))
    source.meter.expect(source.size)
    data = memoryview(source.read_into(0, source.size))
    if form.kind == "torch legacy":
        return read_legacy(data)[0]
    return read_contents(data, stored=source.size)[0]


def _zip_contents(archive: Archive) -> Contents:
    member = archive.find("data.pkl")
    if member is None:
        raise BadPickle("its description data.pkl is missing")
    start = member.removesuffix("data.pkl")
    order = archive.find("byteorder")
    if order and archive.read(order, 16) != b"little":
        raise BadPickle("it was saved on a big-endian machine, which is not read here")
    contents, _ = read_contents(
        memoryview(archive.read_description(member)), stored=archive.source.size
    )
    contents.read_storage = lambda key: archive.read(f"{start}data/{key}")
    return contents


def _exported_contents(archive: Archive) -> Contents:
    old = archive.find("serialized_state_dict.pt")
    if old:
        return _zip_contents(Archive(archive.inner(old)))
    member = archive.find("data/weights/model_weights_config.json")
    if member is None:
        raise BadPickle("the list of its weights is missing")
    start = member.removesuffix("model_weights_config.json")
    contents = Contents(read_storage=lambda key: archive.read(f"{start}{key}"))
    try:
        entries = json.loads(archive.read_description(member))["config"]
        contents.value = {
            name: _exported_claim(entry, archive.sizes.get(start + entry["path_name"]))
            for name, entry in entries.items()
            if not entry["use_pickle"]
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadPickle(f"the list of its weights is damaged ({error})") from error
    contents.tensors = len(contents.value)
    return contents


def _exported_claim(entry: Mapping[str, Any], size: int | None) -> Claim:
    meta = entry["tensor_meta"]
    dtype = _EXPORT_DTYPES[meta["dtype"]]
    storage = Storage(entry["path_name"], dtype, (size or 0) // dtype.itemsize)
    return Claim(
        storage,
        dtype,
        meta["storage_offset"]["as_int"],
        tuple(number["as_int"] for number in meta["sizes"]),
        tuple(number["as_int"] for number in meta["strides"]),
    )


def _with_vocabulary(value: dict[str, Any]) -> dict[str, Any]:
    """Read the vocabulary that safetensors can only hold as a text."""
    text = value.get("vocabulary")
    if isinstance(text, str):
        try:
            value["vocabulary"] = json.loads(text)
        except (ValueError, RecursionError):
            value["vocabulary"] = text
    return value


def _in_words(form: Form, value: object, whole: str) -> str:
    if form.kind in ("torchscript", "exported"):
        return f"{form.words}, weights only"
    what = f"whole module {whole}" if whole else "pickled values"
    if isinstance(value, dict):
        if "pytorch-lightning_version" in value:
            what = "Lightning checkpoint"
        elif any(isinstance(leaf, Claim) for leaf in value.values()):
            what = "state_dict"
        else:
            what = "checkpoint"
    return f"{what} ({form.words})"
