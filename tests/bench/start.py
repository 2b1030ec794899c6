"""From the command to what one waits for: the first window, an example, and memory.

Each figure comes twice: by the clock, and as the processor time that the window's
process took until then, which is what it would take on a machine at rest.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

STARTS: Final = {
    "python itself": ["-c", "pass"],
    "import lstm_studio": ["-c", "import lstm_studio"],
    "import the window": ["-c", "import lstm_studio.shell.app"],
    "import the engine": ["-c", "import lstm_studio; lstm_studio.record"],
}
EXAMPLE: Final = "flip-flop"
IDLE_S: Final = 4
"""The memory of a window that was left alone for so long is taken."""
MEGABYTE: Final = 1 << 20


def seconds(arguments: list[str]) -> float:
    """Return the wall-clock time of a fresh Python."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT
    )
    return time.perf_counter() - begin


def watch(began: float) -> None:
    """Be the command, look at what happens, and print it; the process ends here."""
    # As the command does before it imports the window.
    gc.disable()
    from PySide6.QtCore import QEvent, QObject, QTimer

    from lstm_studio.shell import app
    from lstm_studio.shell.window import MainWindow

    application = app.create_application()
    found: dict[str, float] = {}

    def note(name: str, since: float, worked: float) -> None:
        found[name] = time.monotonic() - since
        found[f"{name}, work"] = time.process_time() - worked

    class Watch(QObject):
        """Sees the first picture, waits, clicks, and sees the example."""

        def __init__(self) -> None:
            super().__init__()
            self.window: MainWindow | None = None
            self.clicked = 0.0, 0.0
            self.timer = QTimer(self)
            self.timer.setInterval(5)
            self.timer.timeout.connect(self.look)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and isinstance(watched, MainWindow):
                self.window = watched
                application.removeEventFilter(self)
                QTimer.singleShot(0, self.first)
            return False

        def first(self) -> None:
            note("first window", began, 0.0)
            QTimer.singleShot(1000 * IDLE_S, self.idle)

        def idle(self) -> None:
            import psutil

            process = psutil.Process()
            found["window, idle"] = process.memory_full_info().uss / MEGABYTE
            found["engine, idle"] = sum(
                child.memory_full_info().uss / MEGABYTE
                for child in process.children(recursive=True)
            )
            assert self.window is not None
            self.clicked = time.monotonic(), time.process_time()
            self.window.opening.open_example(EXAMPLE)
            self.timer.start()

        def look(self) -> None:
            assert self.window is not None
            session, docks = self.window.session, self.window.studio.docks
            drawn = not any(dock.panel._dirty for dock in docks if dock.in_front)
            if session.extent.steps and session.settled and drawn:
                self.timer.stop()
                note("example drawn", *self.clicked)
                self.window.close()

    watcher = Watch()
    application.installEventFilter(watcher)
    from lstm_studio.cli import main as command

    command([])
    print(json.dumps(found))


def main() -> None:
    """Print the median of each start."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("repeats", type=int, nargs="?", default=5)
    parser.add_argument("--watch", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.watch is not None:
        watch(options.watch)
        return
    from tests.bench.window import load, machine, start_server

    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = home
            # As it is from the second start on: what was compiled is kept.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ["PYTHONPYCACHEPREFIX"] = str(Path(home) / "compiled")
            _watched()
            print(f"{machine()}; {load()}\n")
            for name, arguments in STARTS.items():
                times = [seconds(arguments) for _ in range(options.repeats)]
                print(f"{name:<24} {statistics.median(times):6.2f} s")
            runs = [_watched() for _ in range(options.repeats)]
        for name in runs[0]:
            value = statistics.median(run[name] for run in runs)
            print(f"{name:<24} {value:6.2f} {'MB' if 'idle' in name else 's'}")
        print(f"\n{load()}")
    finally:
        if server is not None:
            server.terminate()


def _watched() -> dict[str, float]:
    # The clock goes on in all processes alike.
    arguments = [__file__, "--watch", str(time.monotonic())]
    done = subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
