"""Mutated sequence files: each is read or refused in words, and nothing runs."""

import io
import itertools
import json
import tempfile
import time
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import safetensors.numpy
import soundfile
import torch
import zarr
from zarr.core.sync import cleanup_resources

from lstm_studio.core.errors import StudioError
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import open_sequence
from tests.engine.models.mutations import mutants

FEATURES = InputNeeds(features=3)
SAMPLES = InputNeeds("samples", 16, rate=8000)
TOKENS = InputNeeds("tokens", 4, ("\n", " ", "a", "b"))
SLOWEST_SECONDS = 5.0


def corpus() -> dict[str, tuple[bytes, InputNeeds]]:
    """Return one small file of every form, and what a model takes of it."""
    rows = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
    text = "\n".join(["a,b,c", *(",".join(f"{v:.3f}" for v in row) for row in rows)])
    sound = np.sin(np.arange(800) / 5).astype(np.float32)
    tensors = io.BytesIO()
    torch.save({"x": torch.from_numpy(rows)}, tensors)
    return {
        "npy": (_npy(rows), FEATURES),
        "npz": (_npz(rows), FEATURES),
        "csv": (text.encode(), FEATURES),
        "tsv": (text.replace(",", "\t").encode(), FEATURES),
        "text": (b"ab ba\n" * 30, TOKENS),
        "parquet": (_parquet(rows), FEATURES),
        "hdf5": (_hdf5(rows), FEATURES),
        "zarr": (_zarr(rows), FEATURES),
        "torch": (tensors.getvalue(), FEATURES),
        "safetensors": (safetensors.numpy.save({"x": rows}), FEATURES),
        "wav": (_wav(sound), SAMPLES),
        "flac": (_sound(sound, "FLAC"), SAMPLES),
        "ogg": (_sound(sound, "OGG"), SAMPLES),
        "mp3": (_sound(sound, "MP3"), SAMPLES),
    }


def vocabularies() -> dict[str, bytes]:
    """Return one small file of every form of a vocabulary."""
    tokenizer = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, " ": 2, "\n": 3}}}
    return {
        "list": json.dumps(["a", "b", " ", "\n"]).encode(),
        "numbered": json.dumps({"a": 0, "b": 1, " ": 2, "\n": 3}).encode(),
        "tokenizer": json.dumps(tokenizer).encode(),
        "lines": b"a\nb\nc\nd\n",
    }


def attempts(path: Path, seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Read so many damaged files, and yield what went wrong with each."""
    files = corpus()
    plain = {name: data for name, (data, _) in files.items()}
    words = vocabularies()
    every = mutants(seed, plain | words)
    for name, data in itertools.islice(every, count):
        if name in words:
            yield name, problem(path, plain["text"], TOKENS, data)
        else:
            yield name, problem(path, data, files[name][1])


def problem(
    path: Path, data: bytes, needs: InputNeeds, vocabulary: bytes | None = None
) -> str:
    """Return what went wrong as one file was read, "" if nothing did."""
    path.write_bytes(data)
    choices: dict[str, object] = {}
    if vocabulary is not None:
        beside = path.with_name("vocabulary.json")
        beside.write_bytes(vocabulary)
        choices["vocabulary"] = str(beside)
    start = time.perf_counter()
    try:
        open_sequence(path, needs, choices)
    except StudioError as error:
        if not (error.message and error.next_step):
            return f"a refusal without a next step: {error}"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - start
    return f"{seconds:.1f} s" if seconds > SLOWEST_SECONDS else ""


def _npy(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, rows)
    return buffer.getvalue()


def _npz(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, rows=rows)
    return buffer.getvalue()


def _parquet(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    columns = {name: rows[:, index] for index, name in enumerate("abc")}
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _hdf5(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("deep/x", data=rows, compression="gzip")
    return buffer.getvalue()


def _zarr(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(buffer, "w") as archive:
        zarr.save_array(f"{name}/x.zarr", rows, zarr_format=2)
        cleanup_resources()
        for file in sorted(each for each in Path(name).rglob("*") if each.is_file()):
            archive.write(file, str(file.relative_to(f"{name}/x.zarr")))
    return buffer.getvalue()


def _wav(sound: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((sound * 2**14).astype("<i2").tobytes())
    return buffer.getvalue()


def _sound(sound: np.ndarray, form: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, 8000, format=form)
    return buffer.getvalue()
