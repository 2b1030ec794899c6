"""Close the window at random moments: gone at once, with nothing left behind."""

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QTimer

from tests.trials.launch import (
    Launched,
    long_run,
    seconds_until_gone,
    until_interrupted,
)

LATEST_MS = 3000
LOOK_MS = 5
MOST_S = 2.0
CLOSED = "closed at "


def main(moments: int, seed: int) -> int:
    """Close ``moments`` windows; print how long each took to be gone."""
    chance = random.Random(seed)
    took: list[float] = []
    all_gone: list[float] = []
    closing: list[float] = []
    states: list[bool] = []
    for _ in until_interrupted(moments):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            # From the start on, or from the first step on: whatever comes then.
            since = chance.choice(("start", "step"))
            after = str(chance.randrange(LATEST_MS))
            arguments = [since, after, *long_run(home)]
            studio = Launched(home, "tests.trials.closes", arguments)
            try:
                family: set[psutil.Process] = set()
                spent = 0.0
                recorded = False
                while studio.process.poll() is None:
                    family |= set(_children(studio.process))
                    recorded = recorded or studio.committed() > 0
                    spent = max(spent, _processor_s(studio.process))
                    time.sleep(0.01)
                ended = time.monotonic()
                code, said = studio.process.poll(), studio.output
                assert code == 0, f"exit code {code}: {said}"
                assert said.startswith(CLOSED), said
                assert len(said.splitlines()) == 1, said
                seconds_until_gone(family)
                closed, used = map(float, said.removeprefix(CLOSED).split())
                closing.append(spent - used)
                took.append(ended - closed)
                all_gone.append(time.monotonic() - closed)
                states.append(recorded)
                left = [*studio.sessions.iterdir()]
                assert not left, left
            finally:
                studio.close()
    print(f"{len(took)} windows closed, {sum(states)} of them in mid-run, seed {seed}")
    print("exit code 0, no process, file or word left behind, each time")
    for what, seconds in (("window", took), ("all its processes", all_gone)):
        late = sum(each > MOST_S for each in seconds)
        print(
            f"{what} gone after {np.median(seconds):.2f} s, {max(seconds):.2f} s at "
            f"most, {late} later than {MOST_S:.0f} s"
        )
    print(f"processor time of closing {np.median(closing):.2f} s, {max(closing):.2f} s")
    return 0 if max(took) <= MOST_S else 1


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _processor_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _close_after(since: str, milliseconds: int, arguments: list[str]) -> int:
    """Open the window as the command does, and close it after a while."""
    from lstm_studio.cli import main as studio
    from lstm_studio.shell.app import create_application
    from lstm_studio.shell.window import MainWindow

    application = create_application()

    def close() -> None:
        sys.stdout.write(f"{CLOSED}{time.monotonic()} {time.process_time()}\n")
        sys.stdout.flush()
        application.closeAllWindows()

    def look() -> None:
        windows = [w for w in application.topLevelWidgets() if type(w) is MainWindow]
        if since == "start" or any(window.session.extent.steps for window in windows):
            looking.stop()
            QTimer.singleShot(milliseconds, application, close)

    looking = QTimer(application)
    looking.timeout.connect(look)
    looking.start(LOOK_MS)
    return studio(arguments)


if __name__ == "__main__":
    sys.exit(_close_after(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
