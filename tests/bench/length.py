"""A long run into a folder: memory, rate, and what reading it takes at any zoom.

usage: scripts/bench length [STEPS]      (1000000 takes some ten minutes and 6 GB)
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn

from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture.record import capture, record

FEATURES, HIDDEN, LAYERS = 64, 512, 2
SEGMENT = 10_000
COMPARED = 20_000
COLUMNS = 1000


class Segments(nn.Module):
    """An LSTM that goes over a long sequence in segments and returns its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, HIDDEN, LAYERS)
        self.megabytes: list[float] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return the last ``h``; also note the memory of this process."""
        state = None
        h = x[:1]
        for start in range(0, len(x), SEGMENT):
            _, state = self.lstm(x[start : start + SEGMENT], state)
            h = state[0]
            self.megabytes.append(resident())
        return h


def resident() -> float:
    """Return the megabytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def seconds(run: Callable[[], Any]) -> float:
    """Return how long ``run`` takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def compare(model: Segments, x: Tensor, folder: Path) -> None:
    """Print the rates of memory and folder beside that of the plain forward pass."""
    part = x[:COMPARED]

    def plain() -> None:
        with torch.inference_mode():
            model(part)

    plain()
    ratios: dict[str, list[float]] = {"in memory": [], "to a folder": []}
    for round_ in range(3):
        before = seconds(plain)
        ratios["in memory"].append(before / seconds(lambda: record(model, part)))
        stored = partial(record, model, part, store=folder / str(round_))
        ratios["to a folder"].append(before / seconds(stored))
    for name, values in ratios.items():
        rate = statistics.median(values)
        print(f"rate {name}, of the plain forward pass: {rate:.2f}")


def show(recording: Recording, streams: tuple[str, ...]) -> None:
    """Print what the first picture of each stream takes, * where it is of samples."""
    total = recording.length("lstm.l1")
    zooms = [w for w in (1000, 2000, 4000, 16_000, 64_000, 256_000) if w < total]
    print(f"{'ms for a picture of so many steps':34}", end="")
    print("".join(f"{steps:>10}" for steps in (*zooms, total)))
    for stream in streams:
        cells = []
        for steps in (*zooms, total):
            start = begin(total, steps)
            times, exact = [], True
            for _ in range(5):
                began = time.perf_counter()
                span = (start, start + steps)
                block = recording.overview("lstm.l1", stream, span, COLUMNS)
                times.append(time.perf_counter() - began)
                exact = block.exact
            mark = " " if exact else "*"
            cells.append(f"{statistics.median(times) * 1e3:9.1f}{mark}")
        print(f"{'lstm.l1 ' + stream:34}" + "".join(cells), flush=True)


def begin(total: int, steps: int) -> int:
    """Return where a window in the middle begins, at a whole column."""
    return (total - steps) // 2 // 4096 * 4096


def make_exact(recording: Recording, stream: str, steps: int) -> None:
    """Print how long it takes until a picture is of every step, slice by slice."""
    start = begin(recording.length("lstm.l1"), steps)
    span = (start, start + steps)
    began = time.perf_counter()
    worst, exact = 0.0, False
    while not exact:
        slice_ = time.perf_counter()
        exact = recording.refine("lstm.l1", stream, span, COLUMNS, seconds=0.0).exact
        worst = max(worst, time.perf_counter() - slice_)
    took = time.perf_counter() - began
    print(f"{stream}, {steps} steps exact in {took:.2f} s, a slice {worst:.2f} s")


def main() -> None:
    """Record, and print."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    torch.manual_seed(0)
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model, x = Segments().eval(), torch.randn(steps, 1, FEATURES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(model, x, folder)
        model.megabytes.clear()
        recorder = Recorder(folder / "long", overviews=True)
        whole = seconds(lambda: capture(model, (x,), {}, recorder))
        recorder.close()
        memory = model.megabytes
        print(f"{steps} steps with overviews: {whole:.0f} s")
        early = memory[len(memory) // 10]
        print(f"memory after a tenth {early:.0f} MB, at most {max(memory):.0f} MB")
        recording = Recording.open(folder / "long")
        streams = ("h", "x", "i", "i_pre", "c")
        show(recording, streams)
        for stream in ("i", "c"):
            for zoom in (4000, 16_000, steps):
                make_exact(recording, stream, zoom)
        show(recording, ("i", "c"))
        print(f"memory at the end {resident():.0f} MB")


if __name__ == "__main__":
    main()
