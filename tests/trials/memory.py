"""How much memory this process has taken."""

from pathlib import Path

MEGABYTE = 1 << 20


def own_memory() -> int:
    """Return the bytes of this process that are of no file.

    Pages of libraries come and go with what else the machine does.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(line.split()[1]) << 10
