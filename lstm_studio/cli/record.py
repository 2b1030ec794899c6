"""``lstm-studio record MODEL SEQUENCE -o FOLDER``: record without a window."""

import argparse
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_studio.cli.options import add_opening
from lstm_studio.core.errors import CannotSave

if TYPE_CHECKING:
    from lstm_studio.core.messages import Message

ARRAYS = (".zarr", ".h5", ".hdf5", ".npz", ".npy", ".parquet", ".csv", ".safetensors")
"""Endings of files with arrays, which a recording is not."""
BROKEN_OFF = 130
"""Exit status of what was ended by the keyboard."""


def main(arguments: Sequence[str]) -> int:
    """Record, print the report, and return the exit status."""
    options = _parser().parse_args(arguments)
    target: Path = options.output
    if target.exists():
        raise CannotSave(f"{target} is there already.", "Choose another name.")
    from lstm_studio.core.commands import Command, OpenModel, OpenSequence, Run
    from lstm_studio.core.control import RunControl
    from lstm_studio.core.messages import Cancelled, Failed
    from lstm_studio.core.recording import Recording
    from lstm_studio.core.report import report
    from lstm_studio.engine.workbench import Workbench

    bench, control = Workbench(), RunControl()
    signal.signal(signal.SIGINT, lambda *_: control.cancel())
    commands: tuple[Command, ...] = (
        OpenModel(options.model, options.trust, dict(options.answer)),
        OpenSequence(options.sequence, dict(options.choice)),
        Run(
            str(target),
            options.device,
            options.streams,
            tuple(options.watch),
            options.threads,
        ),
    )
    tell = _tell if sys.stderr.isatty() else _keep_quiet
    for command in commands:
        outcome = bench.perform(command, control, tell)
        if isinstance(outcome, Failed):
            sys.stderr.write(f"lstm-studio: {outcome.message} {outcome.next_step}\n")
            if options.details and outcome.details:
                sys.stderr.write(f"{outcome.details}\n")
            return 1
        if isinstance(outcome, Cancelled):
            sys.stderr.write(f"lstm-studio: cancelled; {target} has what there was.\n")
            return BROKEN_OFF
    sys.stdout.write(f"{report(Recording.open(target))}\n\nrecording: {target}\n")
    if target.suffix in ARRAYS:
        sys.stdout.write(_about_name(target))
    return 0


def _about_name(target: Path) -> str:
    """Say that a name means nothing to a recording, where it looks as if it did."""
    file = target.with_stem(f"{target.stem}-states")
    command = ["lstm-studio", "export", str(target), "-o", str(file)]
    return (
        f"It is a folder for the studio, whatever its name; other programs read what "
        f"this writes: {shlex.join(command)}\n"
    )


def _tell(message: "Message") -> None:
    from lstm_studio.core.messages import Progress

    if isinstance(message, Progress) and message.total:
        share = f"{100 * message.done // message.total} %"
        sys.stderr.write(f"\r{message.what}: {share} ")


def _keep_quiet(message: "Message") -> None:
    """Progress is for people who look on."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio record",
        description="Run a model over a sequence and record every state.",
    )
    parser.add_argument("model", help="a model file")
    parser.add_argument(
        "sequence", help="a sequence file, generate:sine, or text: and the text"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="new folder; a recording whatever its name ends in: lstm-studio export "
        "makes a Zarr store or another file of it",
    )
    add_opening(parser)
    parser.add_argument("--device", default="cpu", help="cpu, cuda:0, mps, ...")
    parser.add_argument(
        "--streams",
        choices=("derive", "all"),
        default="derive",
        help="store h and derive the rest when it is read, or store all",
    )
    parser.add_argument(
        "--watch",
        action="append",
        default=[],
        metavar="MODULE",
        help="record the output of this module too",
    )
    parser.add_argument("--threads", type=int, help="threads of the run")
    parser.add_argument(
        "--details", action="store_true", help="print where an error came from"
    )
    return parser
