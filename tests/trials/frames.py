"""Frames of the window while a forward written in plain Python runs."""

import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer

from tests.session.models import SOURCE
from tests.trials.studio import Trial, own_home

FRAME_MS = 33
STEPS = 400_000


def main(seconds: float) -> int:
    """Run a loop over a cell, and print how many frames the window had meanwhile."""
    with own_home() as home:
        trial = Trial(Path(home))
        session = trial.window.session
        source = Path(home, "models.py")
        source.write_text(SOURCE, encoding="utf-8")
        session.open_model(f"{source}:nothing", trust=True)
        trial.until(lambda: not session.busy)
        session.open_sequence("generate:noise", {"steps": STEPS, "features": 3})
        trial.until(lambda: not session.busy)
        session.run()
        trial.until(lambda: session.recording is not None)
        frames: list[float] = []
        timer = QTimer(trial)
        timer.setInterval(FRAME_MS)
        timer.timeout.connect(lambda: frames.append(time.perf_counter()))
        timer.start()
        end = time.perf_counter() + seconds
        trial.until(lambda: time.perf_counter() > end)
        running = session.busy
        timer.stop()
        session.cancel()
        trial.until(lambda: not session.busy)
        trial.close()
    apart = np.diff(frames)
    print(f"the model still ran: {running}")
    print(f"{1 / apart.mean():.1f} frames a second")
    print(f"a frame late by {1000 * np.percentile(apart, 99) - FRAME_MS:.0f} ms (p99)")
    for fault in trial.faults:
        print(fault, file=sys.stderr)
    return 1 if trial.faults else 0
