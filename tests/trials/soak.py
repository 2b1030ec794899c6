"""The window at work for a long time: does anything grow?"""

import gc
import sys
import time
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtGui import QPixmapCache

from lstm_studio.core.examples import examples
from tests.trials.memory import MEGABYTE, own_memory
from tests.trials.studio import Trial, own_home

WARM_UP = 0.25
"""Share of the time after which growth counts."""
WINDOW_EVERY = 20
"""Cycles after which the window is closed and another one opened."""


def cycle(trial: Trial, number: int) -> None:
    """Open an example, run it, look around, step another run, cancel it."""
    window = trial.window
    session, actions = window.session, window.actions_
    every = examples()
    window.opening.open_example(every[number % len(every)].name)
    trial.until(lambda: session.busy)
    trial.until(lambda: not session.busy and session.settled)
    for name in ("next_stream", "layer_down", "unit_down", "pin", "zoom_in", "undo"):
        actions[name].trigger()
        trial.let_happen(20)
    for step in np.linspace(0, session.extent.steps - 1, 10, dtype=int).tolist():
        session.look(step=step)
        trial.let_happen(20)
    actions["toggle_theme"].trigger()
    session.run(paused=True)
    session.step(3)
    trial.let_happen(50)
    session.cancel()
    trial.until(lambda: not session.busy and session.settled)
    if number % WINDOW_EVERY == WINDOW_EVERY - 1:
        trial.close()
        trial.open()


def main(minutes: float) -> int:
    """Go through cycles for some minutes and print the slopes of what was counted."""
    began = time.perf_counter()
    samples: list[tuple[float, ...]] = []
    process = psutil.Process()
    with own_home() as home:
        trial = Trial(Path(home))
        number = 0
        while time.perf_counter() - began < 60 * minutes:
            trial.doing = f"cycle {number}"
            cycle(trial, number)
            number += 1
            gc.collect()
            # Shared by all windows, and never more than Qt's limit of 10 MB.
            QPixmapCache.clear()
            seconds = time.perf_counter() - began
            samples.append((seconds, *_counts(process)))
        trial.close()
    table = np.array(samples)
    late = table[table[:, 0] >= WARM_UP * table[-1, 0]]
    print(f"{number} cycles in {table[-1, 0] / 60:.1f} minutes, {trial_faults(trial)}")
    names = ("memory of the window (MB)", "threads", "open files", "processes")
    for place, name in enumerate(names, 1):
        slope = np.polyfit(late[:, 0] / 3600, late[:, place], 1)[0]
        first, last = late[0, place], late[-1, place]
        print(f"{name:<28} {first:8.1f} to {last:8.1f}   {slope:+8.2f} per hour")
    for fault in trial.faults:
        print(fault, file=sys.stderr)
    return 1 if trial.faults else 0


def trial_faults(trial: Trial) -> str:
    """Say how many faults there were."""
    return f"{len(trial.faults)} faults"


def _counts(process: psutil.Process) -> tuple[float, ...]:
    with process.oneshot():
        return (
            own_memory() / MEGABYTE,
            process.num_threads(),
            process.num_fds(),
            len(process.children(recursive=True)),
        )
