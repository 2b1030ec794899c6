"""The one way in: which reader takes a source, and the fit to the model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.models.source import Source, open_source
from lstm_studio.engine.sequences.arrays import read_archive, read_array
from lstm_studio.engine.sequences.audio import cut, is_wave, read_wave
from lstm_studio.engine.sequences.axes import refuse_type
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.features import fit_features
from lstm_studio.engine.sequences.generated import generate
from lstm_studio.engine.sequences.prepared import PreparedSequence
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.tables import read_table
from lstm_studio.engine.sequences.text import read_text
from lstm_studio.engine.sequences.tokens import fit_tokens

_HEAD: Final = 512
_TABLES: Final = (".csv", ".tsv", ".tab")
_OTHERS: Final = (
    (b"fLaC", "a sound (FLAC); save it as .wav"),
    (b"OggS", "a sound (Ogg); save it as .wav"),
    (b"ID3", "a sound (MP3); save it as .wav"),
    (b"PAR1", "a table (Parquet); save it as .csv or .npy"),
    (b"\x89HDF", "an HDF5 file; save its array as .npy"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a Git LFS pointer; run `git lfs pull` first"),
)
_KINDS: Final = ".npy, .npz, .csv, .tsv, .txt or .wav"


def open_sequence(
    source: str | Path, needs: InputNeeds, choices: Mapping[str, object] | None = None
) -> PreparedSequence:
    """Read or generate a sequence and fit it to a model.

    Parameters
    ----------
    source
        Path of a file, ``generate:KIND`` (sine, noise, pulses, one-hot), or
        ``text:`` and the text itself.
    needs
        What the model takes per step.
    choices
        What the file cannot tell; empty ones count as not chosen.

        - any: ``read_as`` ("table", "text"), ``rate`` (steps per second)
        - features: ``axes`` ("step,sample,feature"), ``columns`` (names, numbers, or
          ``name=1.5`` for the same at every step), ``names``, ``standardise``
          ("given", "data", "none"), ``center``, ``scale``
        - .npz: ``array``; tables: ``delimiter``, ``decimal``, ``header``
        - text: ``vocabulary`` (list, or path), ``split`` ("characters", "words"),
          ``unknown`` ("ask", "skip", "replace"), ``replacement``
        - sound: ``channel`` ("mean" or a number), ``window``, ``hop``
        - generated: ``steps``, ``features``, ``seed``, ``period``, ``density``

    Raises
    ------
    CannotOpen
        The file is none that is known here, or is damaged.
    DoesNotFit
        The values or a choice do not fit the model.
    """
    chosen = Choices(choices or {})
    raw = _read(source, needs, chosen)
    if needs.kind == "tokens":
        return fit_tokens(raw, needs, chosen)
    return fit_features(raw, needs, chosen)


def _read(source: str | Path, needs: InputNeeds, choices: Choices) -> Raw:
    given = str(source)
    if given.startswith("generate:"):
        return generate(given.removeprefix("generate:"), needs, choices)
    if given.startswith("text:"):
        return read_text(given.removeprefix("text:"), "", needs, choices)
    path = Path(source)
    with open_source(path, f"a {_KINDS} file") as opened:
        head = opened.read(0, _HEAD)
        if head.startswith(b"\x93NUMPY"):
            return _windows(read_array(opened), needs, choices)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _windows(read_archive(opened, choices), needs, choices)
        if is_wave(head):
            return read_wave(opened, needs, choices)
        text = _decode(opened, head)
    if _reads_as_table(path, needs, choices):
        return read_table(text, path, needs, choices)
    return read_text(text, str(path), needs, choices)


def _windows(raw: Raw, needs: InputNeeds, choices: Choices) -> Raw:
    """Cut an array that is one line of samples, as a sound is cut."""
    if needs.kind != "samples" or raw.values.ndim != 1:
        return raw
    refuse_type(raw.values)
    windows, notes = cut(raw.values.astype(np.float32), needs, choices)
    return replace(raw, values=windows, axes=("step", "feature"), notes=notes)


def _reads_as_table(path: Path, needs: InputNeeds, choices: Choices) -> bool:
    likely = path.suffix.lower() in _TABLES or not (
        needs.kind == "tokens" or needs.vocabulary or "vocabulary" in choices.names
    )
    default = "table" if likely else "text"
    return choices.text("read_as", default, ("table", "text")) == "table"


def _decode(source: Source, head: bytes) -> str:
    name = source.path.name
    for signature, what in _OTHERS:
        if head.startswith(signature):
            raise CannotOpen(
                f"{name} is not a sequence that can be read: it is {what}.",
                f"Choose a {_KINDS} file.",
            )
    content = source.read()
    # Spreadsheets save "Unicode text" so.
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if b"\0" in content and encoding != "utf-16":
        raise CannotOpen(
            f"{name} is of no kind that is known here.", f"Choose a {_KINDS} file."
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DoesNotFit(
            f"{name} is not a text in UTF-8: line {line} holds the byte "
            f"0x{content[error.start]:02x}.",
            "Save it as UTF-8.",
        ) from error
