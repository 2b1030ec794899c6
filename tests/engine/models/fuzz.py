"""Mutated files of models and of sequences: each opens or is refused in words.

Nothing of them runs. ``scripts/fuzz [INPUTS [SEED]]`` tries as many as it is told,
100,000 if not; the tests try a few.
"""

import io
import itertools
import pickle
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from lstm_studio.core.errors import StudioError
from lstm_studio.engine.models import open_file
from tests.engine.models.foreign.graphs import Graph
from tests.engine.models.foreign.kerasfiles import dense, recurrent, save
from tests.engine.models.mutations import mutants
from tests.engine.sequences import fuzz as sequences

SLOWEST_SECONDS = 5.0
FORBIDDEN = ("os.system", "os.exec", "subprocess.Popen", "pickle.find_class")
"""Audit events that opening without trust never causes."""


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 3)
        self.lstm = nn.LSTM(3, 4, bidirectional=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(self.embedding(x))[0])


def corpus() -> dict[str, bytes]:
    """Return one small file of every form."""
    model = Model().eval()
    weights = model.state_dict()
    files = {
        "zip": saved(weights),
        "legacy": saved(weights, legacy=True),
        "checkpoint": saved(
            {"epoch": 1, "state_dict": weights, "vocab": list("abcde")}
        ),
        "whole": saved(model),
        "whole legacy": saved(nn.GRU(2, 3), legacy=True),
        "pickle": pickle.dumps((weights, {"lr": 0.1}), 2),
        "new pickle": pickle.dumps({"model": weights}, 5),
        "safetensors": safetensors.torch.save(weights, {"vocabulary": '["a"]'}),
        "python": b"import torch\n\n\ndef make():\n    return torch.nn.LSTM(2, 3)\n",
        "onnx": onnx_model(),
        "keras": keras_model(),
        "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "table": b"time,flow\n" + b"1,2\n" * 50,
    }
    with warnings.catch_warnings(action="ignore"):
        buffer = io.BytesIO()
        torch.jit.save(torch.jit.script(model), buffer)
        files["script"] = buffer.getvalue()
        buffer = io.BytesIO()
        torch.export.save(
            torch.export.export(model, (torch.zeros(1, 4, dtype=torch.int64),)), buffer
        )
        files["exported"] = buffer.getvalue()
    return files


def onnx_model() -> bytes:
    graph = Graph()
    graph.node("Gather", [graph.random("emb.weight", 5, 3), "x"], "embedded")
    graph.recurrent("LSTM", "embedded", 3, 4, name="/lstm/LSTM")
    flat = graph.flat("y", 1, 4, "flat")
    inputs = [flat, graph.random("fc.weight", 2, 4), graph.random("fc.bias", 2)]
    graph.node("Gemm", inputs, "result", transB=1)
    return graph.model("result").SerializeToString()


def keras_model() -> bytes:
    draw = np.random.default_rng(0)
    layers = [recurrent(draw, "LSTM", "lstm", 3, 4), dense(draw, "out", 4, 2)]
    with tempfile.TemporaryDirectory() as folder:
        return save(Path(folder) / "model", layers, "keras 3").read_bytes()


def real_files() -> dict[str, bytes]:
    """Return the small ones of the models that others trained, where they are."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "models"
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.glob("*/*"))
        if path.suffix in (".pt", ".nn") and path.stat().st_size < 100_000
    }


def saved(value: object, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def problem(path: Path, data: bytes) -> str:
    """Return what went wrong as one file was opened, "" if nothing did."""
    path.write_bytes(data)
    start = time.perf_counter()
    try:
        open_file(path, answers={"open": "weights"})
    except StudioError as error:
        if not (error.message and error.next_step):
            return f"a refusal without a next step: {error}"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - start
    return f"{seconds:.1f} s" if seconds > SLOWEST_SECONDS else ""


def main(inputs: int = 100_000, seed: int = 0) -> int:
    def hook(event: str, arguments: object) -> None:
        if event in FORBIDDEN:
            raise RuntimeError(f"{event} {arguments!r}"[:200])

    files = corpus() | real_files()
    sys.addaudithook(hook)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        tried = itertools.chain(
            attempts(path, seed, files, 3 * inputs // 4),
            sequences.attempts(path, seed, inputs - 3 * inputs // 4),
        )
        for index, (name, what) in enumerate(tried):
            if what:
                found += 1
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{index}"
                kept.write_bytes(path.read_bytes())
                sys.stdout.write(f"{kept} ({name}): {what}\n")
            if index % 10_000 == 9999:
                sys.stdout.write(f"{index + 1:,} inputs, {found} problems\n")
                sys.stdout.flush()
    return min(found, 1)


def attempts(
    path: Path, seed: int, files: dict[str, bytes], count: int
) -> Iterator[tuple[str, str]]:
    """Open so many damaged models, and yield what went wrong with each."""
    for name, data in itertools.islice(mutants(seed, files), count):
        yield name, problem(path, data)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
