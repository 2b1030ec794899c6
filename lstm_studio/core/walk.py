"""A layer from its first step to its last, each looked at once: to prove all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstm_studio.core.reading import deriver_of
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.spans import contains
from lstm_studio.core.store import Store


@dataclass(frozen=True, slots=True)
class Walked:
    """Some steps of one sample: what was recorded, and what the formulas give.

    Attributes
    ----------
    steps
        That have values, in any order.
    recorded, recomputed
        ``h`` at ``steps``.
    kept, scanned
        The kernel's own ``c`` at the checkpoints among these steps, and ``c`` as it
        follows from the checkpoint before; no rows for layers without ``c``.
    """

    steps: Int64[Array, " step"]
    recorded: Float[Array, "step unit"]
    recomputed: Float[Array, "step unit"]
    kept: Float[Array, "checkpoint cell"]
    scanned: Float[Array, "checkpoint cell"]


def walk(store: Store, layer: str, sample: int) -> Iterator[Walked]:
    """Yield all committed steps of a layer, piece by piece."""
    track = store.track(layer)
    steps = np.arange(track.length)
    valid = track.readable(steps, sample)
    checkpoints, at = track.read_checkpoints()
    inside = contains(track.committed, at) & track.calls.layout(sample).known(at)
    checkpoints, at = checkpoints[inside], at[inside]
    # In its padding a sample keeps its c, so a checkpoint there is one to compare too.
    looked_at = valid.copy()
    looked_at[at] = True
    steps = np.flatnonzero(looked_at)
    deriver = deriver_of(store, track, np.arange(track.layer.sizes.state), sample)
    for piece, h, streams in deriver.recomputed(steps):
        here = steps[piece]
        # A reverse layer goes backwards within each of its calls.
        if (np.diff(here) < 0).any():
            order = np.argsort(here)
            here, h = here[order], h[order]
            streams = {name: rows[order] for name, rows in streams.items()}
        there = valid[here]
        recorded = track.main.gather(here, sample)
        if not there.all():
            recorded, h = recorded[there], h[there]
        kept = scanned = np.empty((0, track.layer.sizes.hidden), track.dtype)
        if track.checkpoint is not None:
            among = np.isin(at, here)
            kept = track.checkpoint.gather(checkpoints[among], sample)
            scanned = streams["c"][np.searchsorted(here, at[among])]
        yield Walked(here[there], recorded, h, kept, scanned)
