"""``lstm-studio picture RECORDING -o FILE``: panels of a recording as a figure."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lstm_studio.cli.options import has_display, span


def main(arguments: Sequence[str]) -> int:
    """Draw the figure and return the exit status."""
    options = _parser().parse_args(arguments)
    if not has_display():
        # Qt aborts the process where it finds no display; off screen it draws.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from lstm_studio.shell.draw import draw

    sys.stdout.write(f"{draw(options)}\n")
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT")
    return int(width), int(height)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio picture",
        description="Draw panels of a recording, one below the other, with their "
        "origin; the ending of the file says the format: .png .svg .pdf",
    )
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
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--size", type=_size, metavar="WIDTHxHEIGHT", help="in pixels")
    parser.add_argument("--scale", type=float, default=1, help="1 to 8, of a PNG")
    parser.add_argument("--layer", metavar="NAME", help="the chosen layer")
    parser.add_argument("--unit", type=int, help="the chosen unit")
    parser.add_argument("--step", type=int, help="where the cursor is")
    parser.add_argument("--sample", type=int, help="index in the batch")
    parser.add_argument("--stream", metavar="NAME", help="of the heat maps: h, c, ...")
    parser.add_argument("--steps", type=span, metavar="FIRST:STOP", help="only these")
    return parser
