"""Seconds from the command to what one waits for: import, and the first window.

usage: scripts/bench start [REPEATS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STARTS = {
    "python itself": ["-c", "pass"],
    "import lstm_studio": ["-c", "import lstm_studio"],
    "import the window": ["-c", "import lstm_studio.shell.app"],
    "import the engine": ["-c", "import lstm_studio; lstm_studio.record"],
}
PICTURE = ["-m", "lstm_studio", "--example", "flip-flop", "--screenshot"]


def seconds(arguments: list[str]) -> float:
    """Return the wall-clock time of a fresh Python."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    return time.perf_counter() - begin


def main() -> None:
    """Print the median of each start."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        picture = [*PICTURE, str(Path(folder) / "window.png")]
        for name, arguments in {**STARTS, "open, run, draw, save": picture}.items():
            times = [seconds(arguments) for _ in range(repeats)]
            print(f"{name:<24} {statistics.median(times):6.2f} s")


if __name__ == "__main__":
    main()
