"""``lstm-studio picture RECORDING -o FILE``: panels of a recording as a figure."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lstm_studio.cli.options import add_drawing, has_display

if TYPE_CHECKING:
    from lstm_studio.shell.wish import Wish

DPI = 96
"""Pixels of an inch of a screen."""


def main(arguments: Sequence[str]) -> int:
    """Draw the figure and return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not has_display():
        # Qt aborts the process where it finds no display; off screen it draws.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from lstm_studio.shell.draw import draw

    for path in draw(options, _wish(options)):
        sys.stdout.write(f"{path}\n")
    return 0


def _wish(options: argparse.Namespace) -> "Wish":
    from lstm_studio.shell.wish import Wish

    width, height = options.mm or (0.0, 0.0)
    if options.size is not None:
        width, height = (pixels / DPI * 25.4 for pixels in options.size)
    return Wish(
        panels=tuple(options.panel or ()),
        light=options.theme == "light",
        width_mm=width,
        height_mm=height,
        dpi=options.dpi or round(options.scale * DPI),
        caption=not options.no_caption,
        each_layer=options.each_layer,
    )


def _millimetres(text: str) -> tuple[float, float]:
    width, by, height = text.partition("x")
    try:
        wide, high = float(width), float(height) if by else 0.0
    except ValueError:
        wide = high = -1.0
    if not (0 < wide <= 2000 and 0 <= high <= 2000):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTH or WIDTHxHEIGHT")
    return wide, high


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio picture",
        description="Draw panels of a recording, one below the other, with their "
        "origin; the ending of the file says the format: .png .svg .pdf",
    )
    add_drawing(parser)
    parser.add_argument(
        "--mm",
        type=_millimetres,
        metavar="WIDTH[xHEIGHT]",
        help="size on paper, 180 wide where nothing is said; letters keep their size",
    )
    parser.add_argument("--scale", type=float, default=2, help="1 to 8, of a PNG")
    parser.add_argument("--dpi", type=int, help="pixels of an inch, in place of it")
    parser.add_argument(
        "--each-layer", action="store_true", help="a file for each layer: FILE-LAYER"
    )
    return parser
