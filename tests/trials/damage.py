"""All that the suite takes slices of: kills, cuts at every byte, thousands of flips.

usage: scripts/damage [KILLS [FLIPS [SEED]]]
"""

import random
import sys
import tempfile
from pathlib import Path

from lstm_studio.core.recording import Recording
from tests.core.folders import contents, write
from tests.core.test_damage import FILES, assert_survives_a_kill, assert_true_or_named


def main(kills: int, flips: int, seed: int) -> None:
    """Raise where a recording shows what was not recorded, or loses what was."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(kills):
            direction = chance.choice(["forward", "reverse"])
            target = folder / f"killed-{number}"
            assert_survives_a_kill(target, direction, chance.randrange(1 << 30))
        print(f"{kills} writers killed: every committed step is there", flush=True)
        write(folder / "r")
        whole = contents(Recording.open(folder / "r"))
        cuts = 0
        for file in FILES:
            data = (folder / "r" / file).read_bytes()
            for length in range(len(data)):
                (folder / "r" / file).write_bytes(data[:length])
                assert_true_or_named(folder / "r", whole)
                cuts += 1
            (folder / "r" / file).write_bytes(data)
        print(f"{cuts} cuts, at every byte of {len(FILES)} files: true, or named")
        for _ in range(flips):
            path = folder / "r" / chance.choice(FILES)
            data = path.read_bytes()
            flipped = bytearray(data)
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            assert_true_or_named(folder / "r", whole)
            path.write_bytes(data)
        print(f"{flips} bits flipped, seed {seed}: true, or named")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(*given, *(100, 10_000, 1)[len(given) :]))
