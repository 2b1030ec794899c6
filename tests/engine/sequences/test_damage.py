"""Damaged files end in a sequence or in a refusal in words, and in nothing else."""

import struct
from pathlib import Path

import numpy as np
import pytest

from lstm_studio.core.errors import StudioError
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences import PreparedSequence, open_sequence

FEATURES = InputNeeds(features=3)
SAMPLES = InputNeeds("samples", 16, rate=8000)
TOKENS = InputNeeds("tokens", 4, ("\n", " ", "a", "b"))
ROUNDS = 400


def whole(folder: Path, kind: str) -> tuple[Path, InputNeeds]:
    path = folder / "whole"
    rows = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
    match kind:
        case "npy":
            with path.open("wb") as file:
                np.save(file, rows)
        case "npz":
            with path.open("wb") as file:
                np.savez_compressed(file, rows=rows)
        case "csv":
            lines = ["a,b,c", *(",".join(f"{v:.3f}" for v in row) for row in rows)]
            path.write_text("\n".join(lines), encoding="utf-8")
        case "text":
            path.write_text("ab ba\n" * 30, encoding="utf-8")
            return path, TOKENS
        case "wav":
            form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, 8000, 32000, 4, 16)
            content = bytes(range(200))
            body = b"WAVE" + form + b"data" + struct.pack("<I", 200) + content
            path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
            return path, SAMPLES
    return path, FEATURES


def outcome(path: Path, needs: InputNeeds) -> PreparedSequence | StudioError:
    try:
        return open_sequence(path, needs)
    except StudioError as refusal:
        return refusal


@pytest.mark.parametrize("kind", ["npy", "npz", "csv", "text", "wav"])
def test_damage(tmp_path: Path, kind: str) -> None:
    path, needs = whole(tmp_path, kind)
    content = path.read_bytes()
    assert isinstance(open_sequence(path, needs), PreparedSequence)
    generator = np.random.default_rng(1)
    damaged = tmp_path / "damaged"
    refused = 0
    for _ in range(ROUNDS):
        cut = generator.integers(1, len(content)) if generator.random() < 0.3 else None
        broken = bytearray(content[:cut])
        # Heads matter most: half of the hits go there.
        reach = min(len(broken), 64) if generator.random() < 0.5 else len(broken)
        for _ in range(generator.integers(1, 4)):
            broken[generator.integers(reach)] = generator.integers(256)
        damaged.write_bytes(broken)
        end = outcome(damaged, needs)
        if isinstance(end, PreparedSequence):
            assert end.values.shape == end.summary.shape
        else:
            assert end.message.endswith(".")
            assert end.next_step.endswith(".")
            refused += 1
    assert refused > ROUNDS / 20
