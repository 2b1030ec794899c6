"""Rungs 1 and 2: weights of every form of file, read without running anything of it."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from lstm_studio.core.errors import AsksFirst, CannotOpen
from lstm_studio.engine.files.budget import check_memory
from lstm_studio.engine.files.claims import Claim
from lstm_studio.engine.files.contents import (
    TENSOR_LIMIT,
    Contents,
)
from lstm_studio.engine.files.formats import contents_of
from lstm_studio.engine.files.hashing import hashed
from lstm_studio.engine.files.pickled import BadPickle, Made
from lstm_studio.engine.files.recognise import Form, recognise
from lstm_studio.engine.files.safetensors import describe_safetensors
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.foreign.keras_file import read_keras
from lstm_studio.engine.models.foreign.onnx_file import read_onnx
from lstm_studio.engine.models.foreign.translated import Sketched
from lstm_studio.engine.models.shards import (
    config_notes,
    joined,
    shards_in,
    shards_of,
)
from lstm_studio.engine.models.weights import Weights, choose_weights

_LARGE: Final = 2**26
"""Bytes of weights that take so long to read that their tree is shown before."""


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
    sha256
        Of all its files, where it has several.
    """

    weights: Weights
    words: str
    classes: tuple[str, ...] = ()
    whole: str = ""
    notes: tuple[str, ...] = ()
    sha256: str = ""


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
    if form.kind in ("onnx", "keras"):
        read = read_onnx if form.kind == "onnx" else read_keras

        def before(wanted: int, sketched: Sketched) -> None:
            if wanted > _LARGE:
                seen(Found(*sketched))
            check_memory(wanted, source.path.name)
            source.meter.expect(wanted)
            source.meter.check()

        return Found(*read(source, before))
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
    told, contents, digest = _told(source, form, stack)
    if contents.tensors > TENSOR_LIMIT and answers.get("large") != "yes":
        raise AsksFirst(
            f"{name} holds {contents.tensors:,} tensors, more than any recurrent model "
            "does.",
            'Open it anyway if you know that it is right; a script gives large="yes".',
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
    return replace(told, weights=choice.read(contents.tensor), sha256=digest())


def _told(
    source: Source, form: Form, stack: ExitStack
) -> tuple[Found, Contents, Callable[[], str]]:
    """Return what a file is, without its weights, what it holds, and its digest.

    The digest is that of several files, and ``""`` of one.
    """
    shards = shards_in(source) if form.kind == "sharded" else shards_of(source)
    if shards:
        words = f"checkpoint in {len(shards)} files"
        contents, opened = joined(shards, source, _shard, stack)
        classes = tuple(dict.fromkeys(contents.foreign))
        notes = (
            *config_notes(source.path),
            f"Its SHA-256 is that of the lines that sha256sum prints for its "
            f"{len(shards)} files.",
        )
        digest = stack.enter_context(hashed(opened, source.meter.check))
        return Found(Weights({}), words, classes, notes=notes), contents, digest
    if form.kind == "safetensors":
        contents, metadata = describe_safetensors(source)
        contents.value = _with_vocabulary({**metadata, **contents.value})
        notes = config_notes(source.path)
        return Found(Weights({}), form.words, notes=notes), contents, lambda: ""
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
    return Found(Weights({}), words, classes, whole), contents, lambda: ""


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
