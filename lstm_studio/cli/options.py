"""Options that several commands have."""

import argparse
import os
import sys
from pathlib import Path


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
        help="choose how the sequence is read: columns, center, scale, hop, ...; "
        "for example --choice columns=rain,wind",
    )


def add_drawing(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what of a recording is drawn, and how."""
    parser.add_argument("recording", type=Path, help="the folder of a recording")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="new file"
    )
    parser.add_argument(
        "--panel",
        action="append",
        metavar="NAME",
        help="heatmaps (the default), trajectories, gates, output, ...; repeatable",
    )
    parser.add_argument(
        "--theme",
        choices=("light", "dark"),
        default="light",
        help="light, for print, where nothing is said",
    )
    parser.add_argument(
        "--size", type=size, metavar="WIDTHxHEIGHT", help="in pixels of a screen"
    )
    parser.add_argument(
        "--no-caption", action="store_true", help="leave out where it comes from"
    )
    parser.add_argument("--layer", metavar="NAME", help="the chosen layer")
    parser.add_argument("--unit", type=int, help="the chosen unit")
    parser.add_argument("--step", type=int, help="where the cursor is")
    parser.add_argument("--sample", type=int, help="index in the batch")
    parser.add_argument("--stream", metavar="NAME", help="of the heat maps: h, c, ...")
    parser.add_argument("--steps", type=span, metavar="FIRST:STOP", help="only these")


def size(text: str) -> tuple[int, int]:
    """Return ``WIDTHxHEIGHT`` as two numbers."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT")
    return int(width), int(height)


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
