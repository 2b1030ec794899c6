"""What goes into a layer at a step: a token, features, or the state of one below."""

import numpy as np

from lstm_studio.panelkit.cellwords import three_digits
from lstm_studio.panelkit.facts import name_text
from lstm_studio.panelkit.inspection import BLOCK, Inspection
from lstm_studio.panelkit.text import count_text, token_text
from lstm_studio.session.session import Session


def entry_of(session: Session, seen: Inspection) -> tuple[str, str]:
    """Return what the input ``x`` of a layer is: in a few letters, and in words."""
    layer = seen.layer
    width = count_text(layer.sizes.input)
    values = f"{width} value{'s' * (layer.sizes.input != 1)}"
    below = [
        other.name.removeprefix(f"{layer.module}.")
        for other in session.extent.layers.values()
        if other.module == layer.module and other.index == layer.index - 1
    ]
    if not layer.cell and layer.index and below:
        names = name_text(", ".join(below))
        return f"h of {names}", f"x: the input of this step, h of {names}, {values}"
    token = token_at(session, seen.step)
    if token is not None:
        text = f"“{token_text(token)}”"
        return text, f"x: the input of this step, token {text} as {values}"
    found = features_at(session, seen) if layer.sizes.input <= 2 else None
    if found is not None and found[1]:
        numbers = "  ".join(three_digits(float(value)) for value in found[1])
        return numbers, f"x: the input of this step, {numbers}"
    return values, f"x: the input of this step, {values}"


def token_at(session: Session, step: int) -> str | None:
    """Return the token at a step, None where the sequence has none."""
    sequence = session.sequence
    if sequence is None or len(sequence.labels) != sequence.steps:
        return None
    return sequence.labels[step] if step < sequence.steps else None


def features_at(
    session: Session, seen: Inspection
) -> tuple[list[str], list[np.floating]] | None:
    """Return names and values of the input of the layer's module.

    There are no values yet while they are being read.
    """
    layers = session.extent.layers.values()
    first = next(
        (
            layer
            for layer in layers
            if layer.module == seen.layer.module
            and layer.index == 0
            and layer.kind != "module"
        ),
        None,
    )
    if first is None or first.sizes.input > 4096:
        return None
    start = seen.step // BLOCK * BLOCK
    rows = session.rows(first.name, "x", slice(start, start + BLOCK))
    at = seen.step - start
    values = list(rows[at]) if rows is not None and at < len(rows) else []
    recording = session.recording
    # A window that shows a recording alone has the sequence that was kept with it.
    kept = None if recording is None else recording.sequence
    sequence = session.sequence or kept
    labels = list(sequence.labels) if sequence is not None else []
    width = first.width("x")
    if len(labels) != width:
        labels = [f"x{index}" for index in range(width)]
    return labels, values
