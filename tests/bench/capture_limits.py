"""What a recording takes of memory, and how soon a run hears a pause and a cancel.

Memory is the peak of a process of its own. Times are those of the clock, from the wish
to the run that stands still, or has ended with its recording finished.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import nn

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.messages import Message, Progress
from lstm_studio.core.recorder import Recorder
from lstm_studio.engine.capture.record import capture

LARGE = (
    (1000, 1, 128, 512, 3),
    (1000, 16, 128, 512, 3),
    (10_000, 1, 64, 256, 2),
    (200, 64, 64, 256, 2),
)
MEMORY = """
import sys
from pathlib import Path
import torch
from lstm_studio.engine.capture.record import record

steps, samples, features, hidden, layers = map(int, sys.argv[2:])
model = torch.nn.LSTM(features, hidden, layers)
x = torch.randn(steps, samples, features)
with torch.inference_mode():
    kept = record(model, x) if sys.argv[1] == "record" else model(x)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
MOMENTS = 5


def peak(what: str, case: tuple[int, ...]) -> float:
    """Return the MB that a process takes at most."""
    command = [sys.executable, "-c", MEMORY, what, *map(str, case)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024 / 1e6


class Run:
    """A run in a thread of its own."""

    def __init__(self, model: nn.Module, x: torch.Tensor) -> None:
        self.control = RunControl()
        self.stands = threading.Event()
        self._thread = threading.Thread(target=self._go, args=(model, x))
        self._thread.start()

    def _go(self, model: nn.Module, x: torch.Tensor) -> None:
        torch.set_num_threads(1)
        with contextlib.suppress(JobCancelled):
            capture(
                model,
                (x,),
                {},
                Recorder(),
                control=self.control,
                publish=self._hear,
            )
        self.stands.set()

    def _hear(self, message: Message) -> None:
        if isinstance(message, Progress) and self.control.paused:
            self.stands.set()

    def pause(self) -> float:
        """Return the seconds until the run stands still."""
        began = time.perf_counter()
        self.control.pause()
        self.stands.wait()
        return time.perf_counter() - began

    def cancel(self) -> float:
        """Return the seconds until the run has ended."""
        began = time.perf_counter()
        self.control.cancel()
        self._thread.join()
        return time.perf_counter() - began


def answers(case: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Return the milliseconds until pauses and cancels are heard, all over the run."""
    steps, samples, features, hidden, layers = case
    model, x = nn.LSTM(features, hidden, layers), torch.randn(steps, samples, features)
    began = time.perf_counter()
    with torch.inference_mode():
        model(x)
    plain = time.perf_counter() - began
    pauses, cancels = [], []
    for moment in range(MOMENTS):
        run = Run(model, x)
        time.sleep(plain * moment / MOMENTS)
        pauses.append(run.pause() * 1e3)
        run.cancel()
        run = Run(model, x)
        time.sleep(plain * moment / MOMENTS)
        cancels.append(run.cancel() * 1e3)
    return pauses, cancels


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the sizes of a case")
    only = parser.parse_args().only
    torch.manual_seed(0)
    print(
        f"{'T, B, in, H, layers':26}{'plain MB':>10}{'recorded':>10}{'(to)':>7}"
        f"{'pause ms':>10}{'most':>7}{'cancel':>8}{'most':>7}"
    )
    for case in LARGE:
        name = ", ".join(map(str, case))
        if only not in name:
            continue
        steps, samples, features, hidden, layers = case
        plain, recorded = peak("plain", case), peak("record", case)
        own = steps * samples * (features + hidden * layers) * 4 / 1e6
        pauses, cancels = answers(case)
        print(
            f"{name:26}{plain:10.0f}{recorded:10.0f}"
            f"{1.1 * (plain + own):7.0f}{statistics.median(pauses):10.0f}"
            f"{max(pauses):7.0f}{statistics.median(cancels):8.0f}{max(cancels):7.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
