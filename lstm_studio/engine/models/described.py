"""Rungs 1 and 2: weights of every form of file, read without running anything of it."""

import json
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final, cast

import torch

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models.archive import Archive
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
from lstm_studio.engine.models.safetensors import read_safetensors
from lstm_studio.engine.models.source import Source
from lstm_studio.engine.models.weights import Weights, choose_weights

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
    """

    weights: Weights
    words: str
    classes: tuple[str, ...] = ()
    whole: str = ""


def read_weights(source: Source, form: Form, answers: Mapping[str, str]) -> Found:
    """Return the weights of a file, and what it is.

    Raises
    ------
    CannotOpen
        The file is damaged, claims more than it holds, or has no recurrent layer.
    """
    group = answers.get("weights")
    name = source.path.name
    if form.kind == "safetensors":
        tensors, metadata = read_safetensors(source)
        values = _with_vocabulary({**metadata, **tensors})
        weights = choose_weights(values, _no_claim, file=name)
        return Found(weights, form.words)
    if form.kind == "onnx":
        return Found(read_onnx(source), form.words)
    if form.kind == "keras":
        return Found(*read_keras(source))
    try:
        contents = contents_of(source, form)
    except BadPickle as error:
        raise CannotOpen(
            f"{name} cannot be read: {error}.", "Download or save it again."
        ) from error
    if contents.tensors > TENSOR_LIMIT and answers.get("large") != "yes":
        raise CannotOpen(
            f"{name} holds {contents.tensors:,} tensors, more than any recurrent model "
            "does.",
            'If you know that it is right, open it with the answer large="yes".',
        )
    value = contents.value
    if not contents.foreign and form.kind in ("torch zip", "torch legacy"):
        value = plain_load(source, contents)
    classes = tuple(dict.fromkeys(contents.foreign))
    if form.kind == "torchscript" and not contents.tensors:
        raise CannotOpen(
            f"{name} is TorchScript whose weights are frozen into its program.",
            "Open it whole, if you know where it is from.",
        )
    weights = choose_weights(
        value, contents.tensor, file=name, group=group, classes=classes
    )
    whole = ""
    if isinstance(contents.value, Made) and form.kind not in (
        "torchscript",
        "exported",
    ):
        whole = str(contents.value.of)
    return Found(weights, _in_words(form, contents.value, whole), classes, whole)


def named_classes(source: Source, form: Form) -> tuple[str, ...]:
    """Return the classes and functions that a pickle names."""
    return tuple(dict.fromkeys(contents_of(source, form).foreign))


def plain_load(source: Source, contents: Contents) -> object:
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
    data = memoryview(source.read())
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


def _no_claim(claim: Claim) -> torch.Tensor:
    raise TypeError(f"no tensor was made for {claim}")


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
