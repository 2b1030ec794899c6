"""The command ``lstm-studio``: open the window, or do its work without one."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lstm_studio.core.errors import StudioError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    if not _display():
        # Qt aborts the process where it finds no display; off screen it draws all
        # the same, into pictures.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        if not (options.screenshot or options.report):
            print(
                "lstm-studio: there is no display to open a window on. "
                "Add --screenshot FILE to draw the window into a picture, "
                "or --report to print what was recorded.",
                file=sys.stderr,
            )
            return 2
    # Qt is imported only now: --help needs none of it.
    from lstm_studio.shell.app import run

    try:
        return run(options)
    except StudioError as error:
        print(f"lstm-studio: {error}", file=sys.stderr)
        return 1


def _display() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio",
        description="Open a recurrent PyTorch model and see every state it computes.",
    )
    parser.add_argument("model", nargs="?", help="a model file, or a recording")
    parser.add_argument("sequence", nargs="?", help="a sequence file for the model")
    parser.add_argument("--example", metavar="NAME", help="open a bundled example")
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
        type=_pair,
        help="answer a question about what the model file cannot tell",
    )
    parser.add_argument(
        "--choice",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=_pair,
        help="choose how the sequence is read: columns, center, scale, hop, ...",
    )
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


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
