"""The studio in a process of its own, as a person starts it, with a home of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
from safetensors.numpy import save_file

from lstm_studio.core.journal import FILE, read_lines

STEPS = 400_000
FEATURES, HIDDEN = 3, 64
POLL_S = 0.005
LIMIT_S = 120


class Launched:
    """One process of the studio, and all that it writes."""

    def __init__(self, home: Path, module: str, arguments: Sequence[str]) -> None:
        self.sessions = home / "cache" / "lstm-studio"
        environment = dict(os.environ)
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(home / name.lower())
        self._log = (home / "output").open("w+b")
        self.process = psutil.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def output(self) -> str:
        """What it has printed."""
        self._log.flush()
        return Path(self._log.name).read_text("utf-8", errors="replace")

    def committed(self) -> int:
        """Return how many steps its recordings hold on disk now."""
        try:
            return sum(map(steps_of, self.sessions.glob("*/recording-*")))
        except FileNotFoundError:
            # It is closing, and takes its folder with it.
            return 0

    def until_recorded(self) -> None:
        """Wait for the first step."""
        limit = time.monotonic() + LIMIT_S
        while not self.committed():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < limit, self.output
            time.sleep(POLL_S)

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()


def seconds_until_gone(processes: Iterable[psutil.Process]) -> float:
    """Wait until none of them runs any more, and return how long that took."""
    began = time.monotonic()
    while any(map(_runs, processes)):
        assert time.monotonic() < began + LIMIT_S, "still there"
        time.sleep(POLL_S)
    return time.monotonic() - began


def _runs(process: psutil.Process) -> bool:
    # What has ended may wait for its new parent to take notice.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until_interrupted(count: int) -> Iterator[int]:
    """Count; Ctrl+C ends it, so that what was found until then is still said."""
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    try:
        for number in range(count):
            if interrupted:
                return
            yield number
    finally:
        signal.signal(signal.SIGINT, before)


def steps_of(recording: Path) -> int:
    """Return the steps that the journal of a recording tells of."""
    if not (recording / FILE).is_file():
        return 0
    chunks = [
        chunk
        for _, entry in read_lines(recording, 0)
        for chunk in (entry or {}).get("rows", {}).get("h", ())
    ]
    return max((stop for _, stop, _ in chunks), default=0)


def long_run(folder: Path) -> tuple[str, str]:
    """Write a model, and a sequence that takes it some seconds; return both paths."""
    draw = np.random.default_rng(0)
    shapes = {
        "weight_ih_l0": (4 * HIDDEN, FEATURES),
        "weight_hh_l0": (4 * HIDDEN, HIDDEN),
        "bias_ih_l0": (4 * HIDDEN,),
        "bias_hh_l0": (4 * HIDDEN,),
    }
    weights = {
        f"lstm.{name}": draw.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    save_file(weights, folder / "model.safetensors")
    sequence = draw.normal(size=(STEPS, FEATURES)).astype(np.float32)
    np.save(folder / "sequence.npy", sequence)
    return str(folder / "model.safetensors"), str(folder / "sequence.npy")
