"""Long trials of the real window: ``python -m tests.trials monkey|soak|kills|...``."""

import argparse
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="python -m tests.trials")
    trials = parser.add_subparsers(dest="trial", required=True)
    monkey = trials.add_parser("monkey", help="random actions")
    monkey.add_argument("events", nargs="?", type=int, default=10_000)
    monkey.add_argument("seed", nargs="?", type=int, default=1)
    soak = trials.add_parser("soak", help="cycles of work, and what grows")
    soak.add_argument("minutes", nargs="?", type=float, default=60)
    kills = trials.add_parser("kills", help="kill host and window at any moment")
    kills.add_argument("moments", nargs="?", type=int, default=200)
    kills.add_argument("seed", nargs="?", type=int, default=1)
    kills.add_argument("what", nargs="?", choices=("host", "window", "both"))
    closes = trials.add_parser("closes", help="close the window at any moment")
    closes.add_argument("moments", nargs="?", type=int, default=500)
    closes.add_argument("seed", nargs="?", type=int, default=1)
    cycles = trials.add_parser("cycles", help="open, run, close, and what is left")
    cycles.add_argument("cycles", nargs="?", type=int, default=1000)
    frames = trials.add_parser("frames", help="frames while Python holds the lock")
    frames.add_argument("seconds", nargs="?", type=float, default=20)
    options = parser.parse_args()
    if options.trial == "monkey":
        from tests.trials.monkey import main as monkey_main

        sys.exit(monkey_main(options.events, options.seed))
    if options.trial == "soak":
        from tests.trials.soak import main as soak_main

        sys.exit(soak_main(options.minutes))
    if options.trial == "closes":
        from tests.trials.closes import main as closes_main

        sys.exit(closes_main(options.moments, options.seed))
    if options.trial == "cycles":
        from tests.trials.cycles import main as cycles_main

        sys.exit(cycles_main(options.cycles))
    if options.trial == "frames":
        from tests.trials.frames import main as frames_main

        sys.exit(frames_main(options.seconds))
    from tests.trials.kills import main as kills_main

    sys.exit(kills_main(options.moments, options.seed, options.what or "both"))
