"""``lstm-studio export RECORDING -o FILE``: windows of a recording as arrays."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lstm_studio.cli.options import numbers, span


def main(arguments: Sequence[str]) -> int:
    """Write the arrays and return the exit status."""
    options = _parser().parse_args(arguments)
    from lstm_studio.core.errors import DoesNotFit
    from lstm_studio.core.recording import Recording
    from lstm_studio.export.arrays import export_arrays
    from lstm_studio.export.selection import Selection

    recording = Recording.open(options.recording)
    layers = options.layer or list(recording.layers)
    start, stop = options.steps
    selections = []
    for name in layers:
        if name not in recording.layers:
            raise DoesNotFit(
                f"No layer is called {name}.",
                f"Layers are: {', '.join(recording.layers)}.",
            )
        streams = options.stream or [recording.layers[name].streams[0]]
        selections += [
            Selection(name, stream, start, stop, options.units, options.sample)
            for stream in streams
        ]
    export_arrays(recording, options.output, selections)
    what = ", ".join(f"{each.layer} {each.stream}" for each in selections)
    sys.stdout.write(f"{options.output}: {what}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio export",
        description="Write streams of a recording to a file; its ending says which: "
        ".npz .npy .csv .safetensors .parquet .h5 .zarr",
    )
    parser.add_argument("recording", type=Path, help="the folder of a recording")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="new file"
    )
    parser.add_argument(
        "--layer", action="append", metavar="NAME", help="only this layer; repeatable"
    )
    parser.add_argument(
        "--stream",
        action="append",
        metavar="NAME",
        help="this stream in place of the first (h); repeatable",
    )
    parser.add_argument(
        "--steps", type=span, default=(0, None), metavar="FIRST:STOP", help="only these"
    )
    parser.add_argument(
        "--units", type=numbers, metavar="1,4-6", help="only these units"
    )
    parser.add_argument("--sample", type=int, default=0, help="index in the batch")
    return parser
