"""Opens a window, runs an example in it and closes it, again and again: what grows?"""

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

WARM_UP: Final = 10
MEGABYTE: Final = 1 << 20


def main() -> None:
    """Print the memory of the window's process, and how much it grew."""
    parser = argparse.ArgumentParser(prog="scripts/bench cycles", description=__doc__)
    parser.add_argument("cycles", type=int, nargs="?", default=500)
    parser.add_argument("--example", default="flip-flop")
    options = parser.parse_args()
    from tests.bench.window import machine, start_server

    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = home
            print(machine(), flush=True)
            go(Path(home), options.cycles, options.example)
    finally:
        if server is not None:
            server.terminate()


def go(home: Path, cycles: int, example: str) -> None:
    """Go through the cycles, and print now and then."""
    import psutil

    from tests.trials.studio import Trial

    process = psutil.Process()
    trial = Trial(home)
    first = 0.0
    for number in range(1, cycles + 1):
        session = trial.window.session
        session.open_example(example)
        trial.until(lambda session=session: not session.busy and session.settled)
        trial.let_happen(50)
        trial.close()
        gc.collect()
        memory = process.memory_full_info().uss / MEGABYTE
        if number == WARM_UP:
            first = memory
        if number in (WARM_UP, cycles) or number % 25 == 0:
            print(f"{number:>5} cycles {memory:7.1f} MB", flush=True)
        if number < cycles:
            trial.open()
    if first:
        print(f"grown by {memory - first:+.1f} MB after the first {WARM_UP}")
    for fault in trial.faults:
        print(fault, file=sys.stderr)


if __name__ == "__main__":
    main()
