"""The containers that PyTorch writes: zip, legacy, bare pickles, exported programs."""

import json
from collections.abc import Mapping
from typing import Any, Final

import torch

from lstm_studio.engine.files.archive import Archive
from lstm_studio.engine.files.claims import Claim, Storage
from lstm_studio.engine.files.contents import Contents, read_contents, read_legacy
from lstm_studio.engine.files.pickled import BadPickle
from lstm_studio.engine.files.recognise import Form, recognise
from lstm_studio.engine.files.source import Source

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


def contents_of(source: Source, form: Form) -> Contents:
    """Return what a file of PyTorch holds; nothing of it is run."""
    if form.kind in ("torch zip", "torchscript"):
        return _zip_contents(Archive(source))
    if form.kind == "exported":
        return _exported_contents(Archive(source))
    if form.kind == "stable-baselines3":
        archive = Archive(source)
        inner = archive.inner(archive.find("policy.pth") or "")
        form = recognise(inner)
        if form.kind == "stable-baselines3":
            raise BadPickle("it holds archives within one another")
        return contents_of(inner, form)
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
