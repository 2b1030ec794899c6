"""Files of a recording that are cut, changed or left behind by a killed writer."""

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.recording import Recording
from tests.core.folders import (
    SEQUENCE,
    contents,
    example,
    write,
)
from tests.core.reference import (
    Planned,
)


def assert_true_or_named(folder: Path, whole: dict[str, np.ndarray]) -> None:
    """Whatever opens shows true values or NaN, and says so where it is NaN."""
    try:
        opened = Recording.open(folder)
    except CannotOpen as refusal:
        assert "damaged" in str(refusal)  # noqa: PT017
        return
    if opened.sequence is None or opened.output is None:
        assert opened.problems
    if opened.sequence is not None:
        np.testing.assert_array_equal(opened.sequence.values, SEQUENCE)
    if opened.output is not None:
        np.testing.assert_array_equal(opened.output[0], np.ones((2, 3)))
    if "rnn.l0" not in opened.layers:
        assert opened.problems
        return
    missing = False
    for name, values in contents(opened).items():
        full = np.full_like(whole[name], np.nan)
        full[: len(values)] = values
        missing |= bool((np.isnan(full) & ~np.isnan(whole[name])).any())
        true = np.isnan(full) | (np.abs(full - whole[name]) <= 1e-6)
        assert true.all(), name
    if missing:
        assert opened.problems or opened.state == "partial" or opened.damage("rnn.l0")


FILES = sorted(
    [
        "000-rnn.l0.h.npy",
        "000-rnn.l0.x.npy",
        "000-rnn.l0.checkpoint_c.npy",
        "000-rnn.l0.initial_h.npy",
        "journal.jsonl",
        "output-0.npy",
        "recording.json",
        "sequence.npy",
        "weights.safetensors",
    ]
)


@pytest.mark.parametrize("name", FILES)
def test_cut_anywhere_every_whole_chunk_opens(tmp_path: Path, name: str) -> None:
    write(tmp_path / "r")
    whole = contents(Recording.open(tmp_path / "r"))
    data = (tmp_path / "r" / name).read_bytes()
    rng = random.Random(name)
    for length in sorted(rng.sample(range(len(data)), min(10, len(data)))):
        (tmp_path / "r" / name).write_bytes(data[:length])
        assert_true_or_named(tmp_path / "r", whole)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found(tmp_path: Path, name: str) -> None:
    write(tmp_path / "r")
    whole = contents(Recording.open(tmp_path / "r"))
    data = (tmp_path / "r" / name).read_bytes()
    rng = random.Random(name)
    for _ in range(10):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        flipped = bytearray(data)
        flipped[at] ^= 1 << bit
        (tmp_path / "r" / name).write_bytes(flipped)
        assert_true_or_named(tmp_path / "r", whole)


def test_a_damaged_chunk_is_named_and_the_others_are_whole(tmp_path: Path) -> None:
    kept = write(tmp_path / "r").recording
    path = tmp_path / "r" / "000-rnn.l0.h.npy"
    data = bytearray(path.read_bytes())
    data[128 + 4 * 2 * 5 * 4] ^= 1
    path.write_bytes(data)
    opened = Recording.open(tmp_path / "r")
    assert opened.damage("rnn.l0") == ((3, 6),)
    assert opened.problems == ("Steps 3 to 5 of h of rnn.l0 are damaged.",)
    assert opened.committed("rnn.l0") == ((0, 3), (6, 20))
    h, c = opened.read("rnn.l0", "h"), opened.read("rnn.l0", "c")
    assert np.isnan(h[3:6]).all()
    # The step after needs the lost h; the checkpoint after that makes c whole again.
    assert np.isnan(c[6:9]).all()
    np.testing.assert_array_equal(c[9:], kept.read("rnn.l0", "c")[9:])


def test_an_intact_call_survives_the_line_that_began_it(tmp_path: Path) -> None:
    kept = write(tmp_path / "r", example([Planned(9)])).recording
    path = tmp_path / "r" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(k for k, line in enumerate(lines) if b'"rows":{"h"' in line)
    lines[at] = lines[at].replace(b"zeros", b"given")
    path.write_bytes(b"".join(lines))
    opened = Recording.open(tmp_path / "r")
    assert opened.committed("rnn.l0") == ((3, 9),)
    assert opened.calls("rnn.l0") == kept.calls("rnn.l0")
    np.testing.assert_array_equal(
        opened.read("rnn.l0", "i", slice(4, 9)), kept.read("rnn.l0", "i", slice(4, 9))
    )


WRITER = """
import sys
from pathlib import Path
from tests.core.reference import *
from tests.core.folders import example
recorder = Recorder(Path(sys.argv[1]))
run = example([Planned(4000)], direction=sys.argv[2])
print("ready", flush=True)
feed(recorder, run, chunks=lambda steps: [2] * (steps // 2))
"""


def assert_survives_a_kill(folder: Path, direction: Any, seed: int) -> None:
    """Kill a process that writes a recording; all that was committed must be there."""
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), direction],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        seen = 0
        while seen < 20:
            with contextlib.suppress(CannotOpen):
                reader = Recording.open(folder)
                seen = sum(stop - start for start, stop in reader.committed("rnn.l0"))
        time.sleep(random.Random(seed).random() * 0.2)
        reader.refresh()
        seen = sum(stop - start for start, stop in reader.committed("rnn.l0"))
        child.kill()
        child.wait()
    opened = Recording.open(folder)
    assert opened.state == "partial"
    assert opened.certificate.reasons == ("partial: the run ended early.",)
    ((start, stop),) = opened.committed("rnn.l0")
    assert stop - start >= seen
    run = example([Planned(4000)], direction=direction)
    for stream in ("h", "i", "c"):
        rows = opened.read("rnn.l0", stream, slice(start, stop))
        want = run.streams[stream][start:stop, 0]
        np.testing.assert_allclose(rows, want, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_every_committed_step(tmp_path: Path, seed: int) -> None:
    direction = "reverse" if seed % 2 else "forward"
    assert_survives_a_kill(tmp_path / "r", direction, seed)
