"""The facts of a recording as JSON: what ``recording.json`` says."""

import dataclasses
import math
import zlib
from collections.abc import Callable, Mapping
from json import dumps, loads
from typing import Any, Final

import numpy as np

from lstm_studio.core.certificate import Certificate, LayerProof, Origin
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.layers import STREAMS, Layer, Sizes

FORMAT: Final = "lstm-studio recording"
VERSION: Final = 1

Document = dict[str, Any]


def encode(document: Document) -> bytes:
    """Return the file, with the CRC32 of all that it says."""
    body = {"format": FORMAT, "version": VERSION, **document}
    return dumps(body | {"crc32": _checksum(body)}, indent=1).encode()


def decode(data: bytes) -> Document | None:
    """Return what the file says, None where it is damaged.

    Raises
    ------
    CannotOpen
        It is something else, or of a newer version (which keeps the CRC32).
    """
    try:
        document = loads(data)
    except (ValueError, RecursionError):
        return None
    # Either may be what was damaged; both are missing only in another's file.
    ours = isinstance(document, dict) and (
        "crc32" in document or document.get("format") == FORMAT
    )
    if not ours:
        raise CannotOpen(
            "This recording.json was not written by LSTM Studio.",
            "Choose the folder of a recording.",
        )
    if document.pop("crc32", None) != _checksum(document):
        return None
    version = document["version"]
    if version > VERSION:
        raise CannotOpen(
            f"The recording has version {version}; this LSTM Studio reads up to "
            f"{VERSION}.",
            "Install the newest LSTM Studio to open it.",
        )
    said: Document = document
    return said


def _checksum(document: Document) -> int:
    return zlib.crc32(dumps(document, sort_keys=True, separators=(",", ":")).encode())


def layer_out(layer: Layer) -> Document:
    """Return a layer as JSON."""
    return dataclasses.asdict(layer)


def layer_in(document: Document) -> Layer:
    """Return the layer that `layer_out` wrote."""
    names = Layer.__dataclass_fields__
    fields = {name: document[name] for name in names if name in document}
    if fields["kind"] not in STREAMS:
        raise ValueError(f"kind {fields['kind']!r}")
    return Layer(**fields | {"sizes": Sizes(**fields["sizes"])})


def certificate_out(certificate: Certificate) -> Document:
    """Return a certificate as JSON."""
    return {
        "layers": {
            name: {
                "residual": _number_out(proof.residual),
                "checkpoint": _number_out(proof.checkpoint),
                "tolerance": _number_out(proof.tolerance),
                "steps": proof.steps,
                "reason": proof.reason,
            }
            for name, proof in certificate.layers.items()
        },
        "output_difference": _number_out(certificate.output_difference),
        "output_tolerance": _number_out(certificate.output_tolerance),
        "compared": certificate.compared,
        "reasons": list(certificate.reasons),
    }


def certificate_in(document: Document) -> Certificate:
    """Return the certificate that `certificate_out` wrote."""
    return Certificate(
        {
            name: LayerProof(
                float(proof["residual"]),
                _number_in(proof["checkpoint"]),
                float(proof["tolerance"]),
                proof["steps"],
                proof["reason"],
            )
            for name, proof in document["layers"].items()
        },
        _number_in(document["output_difference"]),
        float(document["output_tolerance"]),
        document["compared"],
        tuple(document["reasons"]),
    )


def origin_out(origin: Origin) -> Document:
    """Return an origin as JSON."""
    return dataclasses.asdict(origin)


def origin_in(document: Document) -> Origin:
    """Return the origin that `origin_out` wrote."""
    known = {f.name for f in dataclasses.fields(Origin)}
    return Origin(**{name: document[name] for name in known & document.keys()})


def tree_out(value: Any, keep: Callable[[np.ndarray[Any, Any]], int]) -> Document:
    """Return nested tuples, lists and dicts as JSON; arrays go to ``keep``.

    What is neither an array, a number, a text, True, False nor None is kept as the
    text that Python prints for it.
    """
    match value:
        case np.ndarray() if value.dtype.kind in "biufc":
            return {"array": keep(value)}
        case tuple():
            return {"tuple": [tree_out(item, keep) for item in value]}
        case list():
            return {"list": [tree_out(item, keep) for item in value]}
        case Mapping():
            return {
                "dict": [
                    [tree_out(key, keep), tree_out(item, keep)]
                    for key, item in value.items()
                ]
            }
        case None | bool() | int() | str():
            return {"value": value}
        case float():
            return {"number": _number_out(value)}
    return {"value": repr(value)}


def tree_in(document: Document, array: Callable[[int], Any]) -> Any:
    """Return what `tree_out` wrote."""
    ((kind, content),) = document.items()
    match kind:
        case "array":
            return array(content)
        case "tuple":
            return tuple(tree_in(item, array) for item in content)
        case "list":
            return [tree_in(item, array) for item in content]
        case "dict":
            return {tree_in(k, array): tree_in(v, array) for k, v in content}
        case "number":
            return float(content)
    return content


def _number_out(number: float | None) -> float | str | None:
    # JSON has no NaN and no infinity.
    if number is None or math.isfinite(number):
        return number
    return str(number)


def _number_in(number: float | str | None) -> float | None:
    return None if number is None else float(number)
