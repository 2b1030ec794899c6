"""``lstm-studio info FILE``: what a recording or a model file holds."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lstm_studio.cli.options import add_opening

STATES: Final = {
    "running": "running: more rows come",
    "live": "live: complete so far, and may go on step by step",
    "complete": "complete",
    "partial": "partial: the run ended early",
}

if TYPE_CHECKING:
    from lstm_studio.core.summary import ModelSummary


def main(arguments: Sequence[str]) -> int:
    """Print what there is to know, and return the exit status."""
    options = _parser().parse_args(arguments)
    path: Path = options.file
    if (path / "recording.json").is_file():
        from lstm_studio.core.recording import Recording
        from lstm_studio.core.report import report

        recording = Recording.open(path)
        said = f"{report(recording)}\nstate: {STATES[recording.state]}"
    else:
        from lstm_studio.engine.models import open_file

        opened = open_file(str(path), trust=options.trust, answers=dict(options.answer))
        said = describe(opened.summary)
    sys.stdout.write(f"{said}\n")
    return 0


def describe(model: "ModelSummary") -> str:
    """Return a model in words: layers, what it takes, what its file does not tell."""
    lines = [
        f"{model.name}: {model.form}",
        f"  sha256 {model.sha256}",
        "",
        "layer                          kind       input  hidden  projection",
    ]
    for layer in model.layers:
        sizes = layer.sizes
        lines.append(
            f"{layer.name:<30} {layer.kind:<9} {sizes.input:>6} {sizes.hidden:>7}"
            f" {sizes.projection or '-':>11}"
        )
    needs = model.needs
    width = "an unknown number of" if needs.features is None else str(needs.features)
    takes = {
        "features": f"{width} features per step",
        "tokens": f"tokens, {width} of them",
        "samples": f"windows of {width} samples",
    }[needs.kind]
    rate = f" at {needs.rate} Hz" if needs.rate else ""
    lines += ["", f"takes {takes}{rate}"]
    for question in model.questions:
        answer = model.answers.get(question.name, question.default)
        options = f" ({', '.join(question.options)})" if question.options else ""
        lines.append(f"--answer {question.name}={answer}{options}: {question.text}")
    return "\n".join([*lines, *model.notes])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lstm-studio info",
        description="Say what a recording or a model file holds.",
    )
    parser.add_argument("file", type=Path, help="a recording, or a model file")
    add_opening(parser)
    return parser
