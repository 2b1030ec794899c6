"""Milliseconds of a frame of the window: cursor, pan, zoom, stream change.

A frame is all that the window's thread does between a wish and the painted picture of
every plot, by the clock; "work" is what it would take with a processor of its own. The
panels beside the plots, and what the reader's threads bring later, are painted in
frames of their own: the next columns. "All" is the work of everything that followed
from a wish. In a long recording the readers go on making the pictures finer meanwhile.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from lstm_studio.core.layers import Layer

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

LAYERS: Final = 2
CHANNELS: Final = 256
"""Of the output of a short recording; a long one has a few."""
SHORT: Final = 20_000
CHUNK: Final = 4096
TICK_S: Final = 0.017
"""A little more than the least time between two pictures of a panel."""
LEAST_S: Final = 0.001
"""A turn of the loop that takes less has drawn nothing."""
SIZE: Final = (1600, 1000)


def start_server() -> subprocess.Popen[bytes] | None:
    """Start an X server where there is one to start and none that runs."""
    if os.environ.get("DISPLAY"):
        return None
    if shutil.which("Xvfb") is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return None
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.environ["DISPLAY"] = f":{os.read(reading, 16).decode().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    return server


def record(folder: Path, steps: int, units: int) -> None:
    """Write a recording of made-up states: waves that a network could make."""
    from lstm_studio.core.layers import Layer, Sizes
    from lstm_studio.core.recorder import Recorder

    rng = np.random.default_rng(0)
    recorder = Recorder(folder, overviews=True)
    width = 8
    for index in range(LAYERS):
        sizes = Sizes(width, units)
        shapes = {
            "weight_ih": (4 * units, width),
            "weight_hh": (4 * units, units),
            "bias_ih": (4 * units,),
            "bias_hh": (4 * units,),
        }
        weights = {
            name: rng.uniform(-1, 1, shape).astype(np.float32) / units**0.5
            for name, shape in shapes.items()
        }
        layer = Layer(f"lstm.l{index}", "lstm", "lstm", index, "forward", sizes)
        inputs = (("lstm.l0", "h"),) if index else ()
        recorder.declare(layer, weights, 1, np.dtype(np.float32), inputs)
        width = units
    walk = rng.normal(size=(2 * CHUNK, 1, units)).cumsum(axis=0) / 20
    waves = np.tanh(np.sin(walk)).astype(np.float32)
    x = rng.normal(size=(CHUNK, 1, 8)).astype(np.float32)
    starts = [
        recorder.begin_call(f"lstm.l{k}", steps, {}, "zeros") for k in range(LAYERS)
    ]
    assert starts == [0] * LAYERS
    for first in range(0, steps, CHUNK):
        count = min(CHUNK, steps - first)
        for k in range(LAYERS):
            shift = int(rng.integers(CHUNK))
            h = waves[shift : shift + count]
            rows = {"h": h} if k else {"h": h, "x": x[:count]}
            recorder.write(f"lstm.l{k}", first, rows)
            recorder.checkpoint(f"lstm.l{k}", first + count - 1, 2 * h[-1])
        recorder.commit()
    values = np.tile(x, (-(-steps // CHUNK), 1, 1))[:steps]
    recorder.set_sequence(values, tuple(f"x{k}" for k in range(8)), "noise")
    channels = CHANNELS if steps <= SHORT else 4
    output = rng.normal(size=(1, steps, channels)).cumsum(axis=1)
    recorder.set_output((output / steps**0.5).astype(np.float32))
    recorder.finish("complete")
    recorder.close()


class Frames:
    """Makes wishes and measures what the window's thread does about each."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from lstm_studio.core.summary import InputNeeds, ModelSummary
        from lstm_studio.session.session import Session
        from lstm_studio.session.workspace import Workspace
        from lstm_studio.shell.app import create_application, open_window
        from tests.panels.recorded import IdleRunner

        self._application: QApplication = create_application()
        self.session = Session(IdleRunner(), Workspace(workspace))
        self.window = open_window(self.session, theme_name="dark")
        self.window.resize(*SIZE)
        self.session.open_recording(str(folder))
        layers = tuple(self.session.extent.layers.values())
        self.session.model = ModelSummary(
            "bench", "", "", "", layers, InputNeeds(features=8)
        )
        self.session.opened.emit()
        self.wait()

    def _spin(self) -> tuple[float, float]:
        """Handle what is due; return the seconds that it took, and of work."""
        begin, worked = time.perf_counter(), time.thread_time()
        self._application.processEvents()
        return time.perf_counter() - begin, time.thread_time() - worked

    def wait(self, longest: float = 5.0) -> None:
        """Let answers come until nothing is awaited, but not for ever finer ones."""
        end, quiet = time.perf_counter() + longest, 0
        while time.perf_counter() < end and quiet < 3:
            time.sleep(0.002)
            drew = self._spin()[1] > LEAST_S
            due = any(dock.panel._frame.isActive() for dock in self.window.studio.docks)
            quiet = 0 if due or not self.session.settled or drew else quiet + 1

    def frame(self, **changes: object) -> tuple[float, float]:
        """Wish for another view; return seconds until it is painted, and of work."""
        begin, worked = time.perf_counter(), time.thread_time()
        if changes:
            self.session.look(**changes)
        # In the first turn panels draw, in the second what they changed is painted.
        self._application.processEvents()
        self._application.processEvents()
        return time.perf_counter() - begin, time.thread_time() - worked

    def measure(self, views: Iterator[dict[str, object]], count: int) -> list[str]:
        """Return the cells of a row of the table."""
        first, later, all_work = [], [], []
        for _ in range(count):
            begin = time.perf_counter()
            first.append(self.frame(**next(views)))
            worked = first[-1][1]
            # As at the mouse: the next wish comes a frame later, answers meanwhile.
            while time.perf_counter() - begin < TICK_S:
                took = self.frame()
                worked += took[1]
                if took[1] > LEAST_S:
                    later.append(took)
                time.sleep(0.001)
            all_work.append((0.0, worked))
        cells = [
            (first, 0, 0.5),
            (first, 0, 0.99),
            (first, 1, 0.5),
            (first, 1, 0.99),
            (later, 0, 0.99),
            (later, 1, 0.99),
            (all_work, 1, 0.5),
        ]
        return [
            f"{1000 * float(np.quantile([each[k] for each in values], share)):.1f}"
            if values
            else "none"
            for values, k, share in cells
        ]


def cursor(steps: int) -> Iterator[dict[str, object]]:
    """Go to steps here and there."""
    rng = np.random.default_rng(1)
    while True:
        yield {"step": int(rng.integers(steps))}


def pan(steps: int) -> Iterator[dict[str, object]]:
    """Move a fifth of the length along."""
    length = max(steps // 5, 8)
    start, by = 0, max(length // 40, 1)
    while True:
        start = (start + by) % (steps - length + 1)
        yield {"span": (start, start + length)}


def zoom(steps: int) -> Iterator[dict[str, object]]:
    """Turn the wheel over one place, in and out again."""
    middle, length, factor = steps * 0.37, float(steps), 0.8
    while True:
        if length * factor > steps or length * factor < 60:
            factor = 1 / factor
        length *= factor
        start = int(max(middle - 0.37 * length, 0))
        yield {"span": (start, start + int(length))}


def streams(layers: "Mapping[str, Layer]") -> Iterator[dict[str, object]]:
    """Show one stream of all layers after the other."""
    while True:
        for stream in next(iter(layers.values())).streams:
            yield {"streams": dict.fromkeys(layers, stream)}


def machine() -> str:
    """Return what was measured on."""
    from PySide6.QtCore import qVersion

    cpu = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    where = "Xvfb" if os.environ.get("QT_QPA_PLATFORM") == "xcb" else "its display"
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        where = "no X server (off screen)"
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{os.cpu_count()} cores of {cpu}; Python {version}, Qt {qVersion()} on "
        f"{where}, {SIZE[0]} x {SIZE[1]}"
    )


def load() -> str:
    """Return how much else the machine had to do."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def main() -> None:
    """Print a table for a short recording and one for a long one."""
    parser = argparse.ArgumentParser(prog="scripts/bench window", description=__doc__)
    parser.add_argument("steps", type=int, nargs="?", default=200_000)
    parser.add_argument("units", type=int, nargs="?", default=512)
    parser.add_argument("frames", type=int, nargs="?", default=200)
    parser.add_argument(
        "--keep", metavar="FOLDER", type=Path, help="recordings stay there, for later"
    )
    options = parser.parse_args()
    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = home
            for steps in (1_000, options.steps):
                folder = options.keep or Path(home)
                path = folder / f"recording-{steps}-{options.units}"
                if not path.exists():
                    record(path, steps, options.units)
                bench(path, Path(home), steps, options.frames)
                if options.keep is None:
                    shutil.rmtree(path)
    finally:
        if server is not None:
            server.terminate()


def bench(path: Path, home: Path, steps: int, count: int) -> None:
    """Print the table of one recording."""
    frames = Frames(path, home / "workspace")
    if steps == 1_000:
        print(machine())
    units = next(iter(frames.session.extent.layers.values())).sizes.hidden
    print(f"\n{steps:,} steps x {units} units x {LAYERS} layers, on disk; ms; {load()}")
    print("\n| wish | median | p99 | work | its p99 | later, p99 | its work | all |")
    print("|---|---|---|---|---|---|---|---|")
    actions = {
        "cursor": cursor(steps),
        "pan": pan(steps),
        "zoom": zoom(steps),
        "stream change": streams(frames.session.extent.layers),
    }
    for name, views in actions.items():
        cells = frames.measure(views, count)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
        frames.session.look(span=(0, steps), step=0, streams={})
        frames.wait()
    print(load())
    frames.window.close()


if __name__ == "__main__":
    main()
