"""The one way in: which reader takes a source, and the fit to the model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.source import Source, open_source
from lstm_studio.engine.sequences.arrays import open_archive, read_array
from lstm_studio.engine.sequences.audio import cut, is_wave, read_wave
from lstm_studio.engine.sequences.axes import refuse_type
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.features import fit_features
from lstm_studio.engine.sequences.generated import generate
from lstm_studio.engine.sequences.hdf5 import opened_hdf5
from lstm_studio.engine.sequences.named import Tell, read_chosen
from lstm_studio.engine.sequences.parquet import read_parquet
from lstm_studio.engine.sequences.prepared import PreparedSequence
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.sound import read_sound, sound_form
from lstm_studio.engine.sequences.stores import is_store, is_zipped_store, opened_store
from lstm_studio.engine.sequences.tables import read_table
from lstm_studio.engine.sequences.tensors import is_tensors, open_tensors
from lstm_studio.engine.sequences.text import read_text
from lstm_studio.engine.sequences.tokens import fit_tokens
from lstm_studio.engine.sequences.typed import read_numbers

_HEAD: Final = 512
_TABLES: Final = (".csv", ".tsv", ".tab")
_OTHERS: Final = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a Git LFS pointer; run `git lfs pull` first"),
)
_KINDS: Final = (
    ".npy, .npz, .csv, .tsv, .txt, .wav, .pt, .safetensors, .parquet, .h5, .zarr, "
    ".flac, .ogg or .mp3"
)


def _tell_nobody(_: Found) -> None:
    """Leave what was found unsaid."""


def open_sequence(
    source: str | Path,
    needs: InputNeeds,
    choices: Mapping[str, object] | None = None,
    tell: Tell = _tell_nobody,
) -> PreparedSequence:
    """Read or generate a sequence and fit it to a model.

    Parameters
    ----------
    source
        Path of a file or of a Zarr store, ``generate:KIND`` (sine, noise, pulses,
        one-hot), or ``text:`` and the text or the numbers themselves.
    needs
        What the model takes per step.
    choices
        What the file cannot tell; empty ones count as not chosen.

        - any: ``read_as`` ("table", "text"), ``rate`` (steps per second)
        - features: ``axes`` ("step,sample,feature"), ``columns`` (names, numbers, or
          ``name=1.5`` for the same at every step), ``names``, ``standardise``
          ("given", "file", "data", "none"), ``center``, ``scale``, ``figures`` (the
          file with mean and deviation)
        - samples: ``samples`` (which, "0, 2-5"), ``lengths`` (numbers, or the array
          of the file that holds them), tables: ``sample_column``
        - ``initial`` ("zeros", "random", or the path of a file or of a recording)
          and ``initial_seed``, which ``initial_state`` reads
        - files of several arrays: ``array``; tables: ``delimiter``, ``decimal``,
          ``header``
        - text: ``vocabulary`` (list, or path), ``split`` ("characters", "words"),
          ``unknown`` ("ask", "skip", "replace"), ``replacement``
        - sound: ``channel`` ("mean" or a number), ``window``, ``hop``
        - generated: ``steps``, ``features``, ``seed``, ``period``, ``density``
    tell
        Is told what the file holds as soon as that is known, also where it then
        does not fit.

    Raises
    ------
    CannotOpen
        The file is none that is known here, or is damaged.
    DoesNotFit
        The values or a choice do not fit the model.
    """
    chosen = Choices(choices or {})
    raw = _read(source, needs, chosen, tell)
    raw = replace(raw, notes=(*raw.notes, *_beginning(chosen)))
    if needs.kind == "tokens":
        return fit_tokens(raw, needs, chosen)
    return fit_features(raw, needs, chosen)


def _beginning(choices: Choices) -> tuple[str, ...]:
    """Say in which state a run over the sequence begins, where that is not zeros."""
    match choices.text("initial", "zeros"):
        case "zeros":
            return ()
        case "random":
            seed = choices.count("initial_seed", 0, least=0)
            return (f"The run begins in a random state, seed {seed}.",)
        case path:
            return (f"The run begins in the state of {Path(path).name}.",)


def _read(source: str | Path, needs: InputNeeds, choices: Choices, tell: Tell) -> Raw:
    given = str(source)
    if given.startswith("generate:"):
        return generate(given.removeprefix("generate:"), needs, choices)
    if given.startswith("text:"):
        text = given.removeprefix("text:")
        if _reads_as_table(None, needs, choices):
            return read_numbers(text, needs, choices, tell)
        return read_text(text, "", needs, choices, tell)
    path = Path(source)
    if path.is_dir() and is_store(path):
        with opened_store(path) as arrays:
            return _windows(read_chosen(arrays, choices, tell), needs, choices)
    with open_source(path, f"a {_KINDS} file") as opened:
        return _read_file(opened, needs, choices, tell)


def _read_file(opened: Source, needs: InputNeeds, choices: Choices, tell: Tell) -> Raw:
    head, path = opened.read(0, _HEAD), opened.path
    if head.startswith(b"\x93NUMPY"):
        return _windows(read_array(opened, tell), needs, choices)
    if head.startswith(b"PK\x03\x04") and is_zipped_store(opened):
        with opened_store(path, opened) as arrays:
            return _windows(read_chosen(arrays, choices, tell), needs, choices)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or is_tensors(opened, head):
        tensors = open_tensors(opened) if is_tensors(opened, head) else None
        raw = read_chosen(tensors or open_archive(opened), choices, tell)
        return _windows(raw, needs, choices)
    if head.startswith(b"\x89HDF"):
        with opened_hdf5(opened) as arrays:
            return _windows(read_chosen(arrays, choices, tell), needs, choices)
    if is_wave(head):
        return read_wave(opened, needs, choices, tell)
    if form := sound_form(head):
        return read_sound(opened, form, needs, choices, tell)
    if head.startswith(b"PAR1"):
        return read_parquet(opened, needs, choices, tell)
    text = _decode(opened, head)
    if _reads_as_table(path, needs, choices):
        return read_table(text, path, needs, choices, tell)
    return read_text(text, str(path), needs, choices, tell)


def _windows(raw: Raw, needs: InputNeeds, choices: Choices) -> Raw:
    """Cut an array that is one line of samples, as a sound is cut."""
    if needs.kind != "samples" or raw.values.ndim != 1:
        return raw
    refuse_type(raw.values)
    windows, notes = cut(raw.values.astype(np.float32), needs, choices)
    return replace(raw, values=windows, axes=("step", "feature"), notes=notes)


def _reads_as_table(path: Path | None, needs: InputNeeds, choices: Choices) -> bool:
    """Whether a text is numbers; ``path`` is None for one that was typed."""
    suffix = path.suffix.lower() if path else ""
    has_words = needs.vocabulary or "vocabulary" in choices.names
    likely = suffix in _TABLES or not (has_words or (path and needs.kind == "tokens"))
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
