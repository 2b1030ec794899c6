"""A sequence before it is opened: what the file holds, and a small picture of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from lstm_studio.core.blocks import column_size, thin
from lstm_studio.core.errors import StudioError
from lstm_studio.core.found import Found, Sight
from lstm_studio.core.shapes import Float32
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences.opening import open_sequence
from lstm_studio.engine.sequences.prepared import PreparedSequence

_COLUMNS: Final = 600
_FEATURES: Final = 8
"""More lines than these cannot be told apart in a small picture."""


def look_at(
    source: str, needs: InputNeeds, choices: Mapping[str, object]
) -> tuple[Sight, PreparedSequence | None]:
    """Return what opening a sequence would give, and the sequence if it fits."""
    found: list[Found] = []
    try:
        prepared = open_sequence(source, needs, choices, found.append)
    except StudioError as error:
        sight = Sight(
            found[-1] if found else None,
            message=error.message,
            next_step=error.next_step,
        )
        return sight, None
    low, high = _picture(prepared)
    summary = prepared.summary
    if len(summary.labels) != summary.shape[-1] or len(summary.shape) < 3:
        # A name for each step of a long text is not what a small picture needs.
        summary = replace(summary, labels=())
    return Sight(found[-1] if found else None, summary, low, high), prepared


def _picture(
    prepared: PreparedSequence,
) -> tuple[
    Float32[np.ndarray, "column feature"], Float32[np.ndarray, "column feature"]
]:
    values: np.ndarray = prepared.values
    first = values[0] if values.ndim == 3 else values[0][:, None]
    rows = np.asarray(first[:, :_FEATURES], np.float32)
    if prepared.summary.lengths:
        rows = rows[: prepared.summary.lengths[0]]
    rows = np.where(np.isfinite(rows), rows, np.nan)
    return thin(rows, column_size(len(rows), _COLUMNS))
