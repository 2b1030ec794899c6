"""What it takes to read what was not stored, to prove it, and to hold the rest.

usage: scripts/bench derive [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn

from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.record import record
from lstm_studio.engine.capture.verify import verify

HIDDEN = 512
CHUNK = 400
"""Steps between checkpoints, as a run of this size has them on a slow machine."""

MEMORY = f"""
import sys, torch
from pathlib import Path
from lstm_studio.engine.capture.record import record
torch.set_num_threads(1)
model, x = torch.nn.LSTM(64, {HIDDEN}, 2), torch.randn(20_000, 1, 64)
record(model, x[:2000])
with torch.inference_mode():
    kept = record(model, x) if sys.argv[1] == "record" else model(x)
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


def recorded(steps: int) -> Recording:
    """Return two layers of random rows in memory."""
    rng = np.random.default_rng(0)
    recorder = Recorder(memory_budget=1 << 40)
    below = Layer("l0", "lstm", "", 0, "forward", Sizes(HIDDEN, HIDDEN))
    above = Layer("l1", "lstm", "", 1, "forward", Sizes(HIDDEN, HIDDEN))

    def draw(*shape: int) -> np.ndarray:
        return rng.uniform(-0.05, 0.05, shape).astype(np.float32)

    weights = {
        "weight_ih": draw(4 * HIDDEN, HIDDEN),
        "weight_hh": draw(4 * HIDDEN, HIDDEN),
    }
    single = np.dtype(np.float32)
    recorder.declare(below, weights, 1, single)
    recorder.declare(above, weights, 1, single, (("l0", "h"),))
    for layer in ("l0", "l1"):
        recorder.begin_call(layer, steps, {}, "zeros")
    for start in range(0, steps, CHUNK):
        rows = draw(min(CHUNK, steps - start), 1, HIDDEN)
        recorder.write("l0", start, {"h": rows, "x": rows})
        recorder.write("l1", start, {"h": rows})
        for layer in ("l0", "l1"):
            recorder.checkpoint(layer, start + len(rows) - 1, rows[-1])
    proof = LayerProof(0.0, 0.0, 1e-6, steps)
    recorder.set_certificate(Certificate({"l1": proof}, 0.0))
    recorder.finish("complete")
    return recorder.recording


def median(run: Callable[[], Any], rounds: int) -> float:
    """Return the median of seconds of the processor; all of it is one thread."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return statistics.median(times)


def proving(steps: int, samples: int, *sizes: int, rounds: int) -> float:
    """Return the time of the whole proof, in plain forward passes.

    The proof has one plain forward pass in it, to compare the output with.
    """
    model, x = nn.LSTM(*sizes), torch.randn(steps, samples, sizes[0])
    recording = record(model, x)

    def plain() -> None:
        with torch.inference_mode():
            model(x)

    plain()
    before = median(plain, rounds)
    return median(lambda: verify(recording, model, (x,), {}), rounds) / before


def main() -> None:
    """Print the figures beside what is to be reached."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    recording = recorded(100_000)
    rng = np.random.default_rng(0)
    left = rng.random((2000, HIDDEN), np.float32)
    right = rng.random((2 * HIDDEN, HIDDEN), np.float32)
    product = median(lambda: left @ right.T, rounds)
    print(f"{'one product of 2000 x 512 x 1024':52}{product * 1e3:8.1f} ms")
    window = slice(40_100, 42_100)
    for stream, to in (("h", 30), ("i", 60), ("i_pre_input", 60), ("c", 180)):
        seconds = median(partial(recording.read, "l1", stream, window), rounds)
        name = f"{stream}, 2000 steps x 512 units (to reach: {to})"
        print(f"{name:52}{seconds * 1e3:8.1f} ms")
    for stream in ("i", "c"):
        for steps in (1000, 2000):
            span = (40_100, 40_100 + steps)
            draw = partial(recording.overview, "l1", stream, span, steps, exact=True)
            name = f"picture of {stream}, {steps} steps x 512 units (to reach: 30)"
            print(f"{name:52}{median(draw, rounds) * 1e3:8.1f} ms")
    streams = recording.layers["l1"].streams
    seconds = median(lambda: recording.read_streams("l1", streams, units=7), rounds)
    name = "6 streams of a unit, 100,000 steps (to reach: 400)"
    print(f"{name:52}{seconds * 1e3:8.1f} ms")
    for case, most in (((100_000, 2, 3, 6, 2), 3.0), ((2000, 1, 128, 512, 2), 1.5)):
        ratio = proving(*case, rounds=min(rounds, 3))
        name = f"whole proof of {case} (to reach: {most})"
        print(f"{name:52}{ratio:8.2f} plain runs")
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", MEMORY, what],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for what in ("plain", "record")
    ]
    own = 20_000 * (2 * HIDDEN + 64) * 4 / 1e6
    print(f"h and input of 20,000 steps, two layers: {own:.0f} MB")
    print(f"peak memory of the plain run: {peaks[0] * 1024 / 1e6:.0f} MB")
    print(f"peak memory of the recording: {peaks[1] * 1024 / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
