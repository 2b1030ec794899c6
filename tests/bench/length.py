"""A long run into a folder: memory, rate, and what reading it takes at any zoom.

usage: scripts/bench length [STEPS [rows]]

1000000 takes some ten minutes of a quiet machine, and 6 GB. With ``rows`` the model
does not run: random rows are written in its place, to see what reading them takes.
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

import numpy as np
import torch
from torch import Tensor, nn

from lstm_studio.core.certificate import Certificate, LayerProof
from lstm_studio.core.layers import Layer, Sizes
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
    """Print what the picture of each stream takes, * where it is of samples.

    In time of the processor: reading is one thread, and others may be at work.
    """
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
                began = time.process_time()
                span = (start, start + steps)
                block = recording.overview("lstm.l1", stream, span, COLUMNS)
                times.append(time.process_time() - began)
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
    began = time.process_time()
    worst, exact = 0.0, False
    while not exact:
        slice_ = time.process_time()
        exact = recording.refine("lstm.l1", stream, span, COLUMNS, seconds=0.0).exact
        worst = max(worst, time.process_time() - slice_)
    took = time.process_time() - began
    print(f"{stream}, {steps} steps exact in {took:.2f} s, a slice {worst:.2f} s")


def read(folder: Path, steps: int) -> None:
    """Print what pictures take, before and after they were made exact."""
    recording = Recording.open(folder)
    show(recording, ("h", "x", "i", "i_pre", "c"))
    for stream in ("i", "c"):
        for zoom in (4000, 16_000, steps):
            make_exact(recording, stream, zoom)
    show(recording, ("i", "c"))
    began = time.process_time()
    again = Recording.open(folder)
    for stream in ("i", "c"):
        exact = again.overview("lstm.l1", stream, (0, steps), COLUMNS).exact
        took = time.process_time() - began
        print(f"opened again, {stream} after {took:.2f} s{'' if exact else ' *'}")
    sizes = {"h": 0, "bounds": 0, "overview": 0}
    for path in folder.iterdir():
        for kind in sizes:
            if f".{kind}.npy" in path.name or f"_{kind}_" in path.name:
                sizes[kind] += path.stat().st_size
    share = (sizes["bounds"] + sizes["overview"]) / sizes["h"]
    print(f"overviews take {share:.3f} of h; memory at the end {resident():.0f} MB")


def write_rows(folder: Path, steps: int) -> None:
    """Write what a run of the model would, of random rows."""
    rng = np.random.default_rng(0)
    chunk, single = 400, np.dtype(np.float32)

    def draw(*shape: int) -> np.ndarray:
        return rng.uniform(-0.05, 0.05, shape).astype(np.float32)

    recorder = Recorder(folder, overviews=True)
    names = tuple(f"lstm.l{index}" for index in range(LAYERS))
    for index, name in enumerate(names):
        wide = HIDDEN if index else FEATURES
        layer = Layer(name, "lstm", "lstm", index, "forward", Sizes(wide, HIDDEN))
        weights = {
            "weight_ih": draw(4 * HIDDEN, wide),
            "weight_hh": draw(4 * HIDDEN, HIDDEN),
            "bias_ih": draw(4 * HIDDEN),
            "bias_hh": draw(4 * HIDDEN),
        }
        inputs = ((names[index - 1], "h"),) if index else ()
        recorder.declare(layer, weights, 1, single, inputs)
        recorder.begin_call(name, steps, {}, "zeros")
    for start in range(0, steps, chunk):
        count = min(chunk, steps - start)
        for index, name in enumerate(names):
            rows = {"h": draw(count, 1, HIDDEN)}
            recorder.checkpoint(name, start + count - 1, rows["h"][-1])
            if not index:
                rows["x"] = draw(count, 1, FEATURES)
            recorder.write(name, start, rows)
        recorder.commit()
    proof = LayerProof(0.0, 0.0, 1e-6, steps)
    recorder.set_certificate(Certificate(dict.fromkeys(names, proof), 0.0))
    recorder.finish("complete")
    recorder.close()


def main() -> None:
    """Record, and print."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if sys.argv[2:] == ["rows"]:
        with tempfile.TemporaryDirectory() as name:
            began = time.process_time()
            write_rows(Path(name) / "long", steps)
            took = time.process_time() - began
            print(f"{steps} random rows of {LAYERS} layers written in {took:.0f} s")
            read(Path(name) / "long", steps)
        return
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
        read(folder / "long", steps)


if __name__ == "__main__":
    main()
