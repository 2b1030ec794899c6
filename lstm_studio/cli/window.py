"""``lstm-studio [MODEL [SEQUENCE]]``: open the window, or draw it into a file."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lstm_studio.cli.options import add_opening, has_display
from lstm_studio.core.errors import StudioError


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    if not has_display():
        # Qt aborts the process where it finds no display; off screen it draws all
        # the same, into pictures.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        if not (options.screenshot or options.report):
            sys.stderr.write(
                "lstm-studio: there is no display to open a window on. "
                "Add --screenshot FILE to draw the window into a picture, "
                "or --report to print what was recorded.\n"
            )
            return 2
    # What is imported stays: looking through it meanwhile is a sixth of the start. The
    # window collects garbage itself.
    gc.disable()
    # Qt is imported only now: --help needs none of it.
    from lstm_studio.shell.app import run

    try:
        return run(options)
    except StudioError as error:
        sys.stderr.write(f"lstm-studio: {error}\n")
        return 1


class Version(argparse.Action):
    """Prints the version; it is looked up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 (argparse's own name)
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from lstm_studio import __version__

        sys.stdout.write(f"LSTM Studio {__version__}\n")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio",
        description="Open a recurrent PyTorch model and see every state it computes.",
        epilog="Without a window: lstm-studio record, picture, film, export, info, "
        "doctor, desktop; each has its own --help.",
    )
    parser.add_argument("--version", action=Version, help="print the version and end")
    parser.add_argument("model", nargs="?", help="a model file, or a recording")
    parser.add_argument("sequence", nargs="?", help="a sequence file for the model")
    parser.add_argument("--example", metavar="NAME", help="open a bundled example")
    add_opening(parser)
    parser.add_argument("--device", default="cpu", help="cpu, cuda:0, mps, ...")
    parser.add_argument(
        "--theme", choices=("system", "dark", "light"), help="for this window only"
    )
    parser.add_argument(
        "--screenshot",
        metavar="FILE",
        type=Path,
        help="run, draw the window once into a PNG, and end; needs no display",
    )
    parser.add_argument(
        "--report", action="store_true", help="run, print what was recorded, and end"
    )
    return parser
