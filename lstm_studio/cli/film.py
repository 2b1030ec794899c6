"""``lstm-studio film RECORDING -o FILE``: the cursor goes over steps, as GIF or MP4."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lstm_studio.cli.options import add_drawing, has_display

if TYPE_CHECKING:
    from lstm_studio.shell.filmwish import FilmWish


def main(arguments: Sequence[str]) -> int:
    """Film and return the exit status."""
    options = _parser().parse_args(arguments)
    if not has_display():
        # Qt aborts the process where it finds no display; off screen it draws.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from lstm_studio.shell.draw import film

    sys.stdout.write(f"{film(options, _wish(options))}\n")
    return 0


def _wish(options: argparse.Namespace) -> "FilmWish":
    from lstm_studio.shell.filmwish import FilmWish

    width, height = options.size or (800, 0)
    return FilmWish(
        panels=tuple(options.panel or ("heatmaps",)),
        light=options.theme == "light",
        every=max(options.every, 1),
        fps=options.fps,
        width=width,
        height=height,
        caption=not options.no_caption,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio film",
        description="Film panels of a recording while the cursor goes over the steps; "
        "the ending of the file says the format: .gif, or .mp4 with the extra film",
    )
    add_drawing(parser)
    parser.add_argument(
        "--every", type=int, default=1, help="steps from one frame to the next"
    )
    parser.add_argument(
        "--fps", type=int, default=10, help="frames a second: 1 to 50, of an MP4 60"
    )
    return parser
