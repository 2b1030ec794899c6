"""What a window costs a run, and a run the window.

A run at full speed is made twice by the same engine process: while a window draws it,
and while nobody looks. "Late" is how long an event of the window waited for its turn.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from lstm_studio.session.session import Session

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

INPUT: Final = 64
LAYERS: Final = 2
MODEL: Final = """
import sys, torch
from safetensors.torch import save_file
lstm = torch.nn.LSTM(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
values = {f"lstm.{name}": value for name, value in lstm.state_dict().items()}
save_file(values, sys.argv[1])
"""


def engine_seconds() -> float:
    """Return the processor time that the processes of the engine took so far."""
    import psutil

    times = [each.cpu_times() for each in psutil.Process().children(recursive=True)]
    return float(sum(each.user + each.system for each in times))


class Turns:
    """Lets events be handled, and notes how long each turn took."""

    def __init__(self, session: "Session") -> None:
        from PySide6.QtWidgets import QApplication

        self.session = session
        self.process = QApplication.processEvents
        self.late: list[float] = []
        self.work: list[float] = []

    def until_idle(self) -> None:
        """Go on until nothing runs."""
        while self.session.busy:
            begin, worked = time.perf_counter(), time.thread_time()
            self.process()
            self.late.append(time.perf_counter() - begin)
            self.work.append(time.thread_time() - worked)
            time.sleep(0.001)


def run(session: "Session") -> tuple[Turns, float, float]:
    """Run once; return the turns, the seconds, and the engine's processor time."""
    turns = Turns(session)
    begin, worked = time.perf_counter(), engine_seconds()
    session.run()
    turns.until_idle()
    return turns, time.perf_counter() - begin, engine_seconds() - worked


def main() -> None:
    """Print what a run took with and without a window, and how late events were."""
    parser = argparse.ArgumentParser(prog="scripts/bench run", description=__doc__)
    parser.add_argument("steps", type=int, nargs="?", default=20_000)
    parser.add_argument("units", type=int, nargs="?", default=512)
    options = parser.parse_args()
    from tests.bench.window import SIZE, load, machine, start_server

    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = home
            model, sequence = Path(home) / "lstm.safetensors", Path(home) / "x.npy"
            sizes = [str(INPUT), str(options.units), str(LAYERS)]
            subprocess.run([sys.executable, "-c", MODEL, model, *sizes], check=True)
            rng = np.random.default_rng(0)
            rows = rng.normal(size=(options.steps, INPUT)).astype(np.float32)
            np.save(sequence, rows)

            from lstm_studio.session.host import HostRunner
            from lstm_studio.session.session import Session
            from lstm_studio.session.workspace import Workspace
            from lstm_studio.shell.app import create_application, open_window

            create_application()
            print(f"{machine()}; {load()}")
            workspace = Workspace(Path(home) / "sessions")
            runner = HostRunner(Path(home) / "engine.log", workspace.folder)
            session = Session(runner, workspace)
            session.open_model_and_sequence(str(model), str(sequence))
            Turns(session).until_idle()
            unseen = run(session)
            window = open_window(session, theme_name="dark")
            window.resize(*SIZE)
            seen = run(session)
            report(options.steps, unseen, seen)
            print(load())
            window.close()
    finally:
        if server is not None:
            server.terminate()


def report(
    steps: int,
    unseen: tuple[Turns, float, float],
    seen: tuple[Turns, float, float],
) -> None:
    """Print both runs, and the turns of the event loop in the one that was seen."""
    for name, (_, seconds, worked) in {"unseen": unseen, "seen": seen}.items():
        print(
            f"{name:<8} {steps / seconds:8.0f} steps/s, engine {worked:.2f} s of work"
        )
    clock, work = unseen[1] / seen[1], unseen[2] / seen[2]
    print(f"speed    {clock:8.2f} by the clock, {work:.2f} by work")
    for name, values in {"late": seen[0].late, "work": seen[0].work}.items():
        median, p99 = 1000 * np.quantile(values, [0.5, 0.99])
        print(f"{name:<8} median {median:.1f} ms, p99 {p99:.1f} ms, of {len(values)}")


if __name__ == "__main__":
    main()
