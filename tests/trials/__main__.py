"""Long trials of the real window: ``python -m tests.trials monkey|soak|kills ...``."""

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
    kills = trials.add_parser("kills", help="kill the host at random moments")
    kills.add_argument("moments", nargs="?", type=int, default=200)
    kills.add_argument("seed", nargs="?", type=int, default=1)
    options = parser.parse_args()
    if options.trial == "monkey":
        from tests.trials.monkey import main as monkey_main

        sys.exit(monkey_main(options.events, options.seed))
    if options.trial == "soak":
        from tests.trials.soak import main as soak_main

        sys.exit(soak_main(options.minutes))
    from tests.trials.kills import main as kills_main

    sys.exit(kills_main(options.moments, options.seed))
