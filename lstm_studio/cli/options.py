"""Options that several commands have."""

import argparse
import os
import sys


def add_opening(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a model and a sequence are opened."""
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the model file run code: it runs with your rights",
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=pair,
        help="answer a question about what the model file cannot tell",
    )
    parser.add_argument(
        "--choice",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=pair,
        help="choose how the sequence is read: columns, center, scale, hop, ...",
    )


def pair(text: str) -> tuple[str, str]:
    """Return ``NAME=VALUE`` as two texts."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def span(text: str) -> tuple[int, int | None]:
    """Return ``FIRST:STOP`` as two numbers; either may be left out."""
    first, colon, stop = text.partition(":")
    try:
        start = int(first or 0)
        end = int(stop) if stop else None
    except ValueError:
        start, end = -1, None
    if not colon or start < 0 or (end is not None and end <= start):
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:STOP")
    return start, end


def numbers(text: str) -> tuple[int, ...]:
    """Return ``1,4-6`` as 1, 4, 5, 6."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(f"{text!r} is not like 1,4-6")
        found.extend(range(int(first), int(last if dash else first) + 1))
    return tuple(found)


def has_display() -> bool:
    """Return whether there is something that a window can be opened on."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
