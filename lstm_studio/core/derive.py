"""Streams that are not stored: from ``x``, ``h``, the weights and checkpoints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int64

from lstm_studio.core.calls import GIVEN, ZERO
from lstm_studio.core.cells import CELLS
from lstm_studio.core.cells.cell import Cell, names
from lstm_studio.core.cells.lstm import scan
from lstm_studio.core.products import Multiplier
from lstm_studio.core.rows import Array
from lstm_studio.core.track import Table, Track

Steps = Int64[Array, " step"]
Window = Float[Array, "step unit"]

PIECE_VALUES: Final = 1 << 22
"""Values of one stream that are derived at a time: bounds what is held beside."""


def offered(track: Track) -> tuple[str, ...]:
    """Return all that can be read of a layer."""
    if track.layer.kind == "module":
        return track.layer.streams
    before = ("h_prev", "c_prev") if track.layer.kind == "lstm" else ("h_prev",)
    return (*track.layer.streams, "x", *before, *names(CELLS[track.layer.kind].gates))


@dataclass(slots=True)
class _Segments:
    """Spans of places that are scanned from a known state up to a wanted place.

    ``starts`` are their first places, ``offsets`` where they lie one after the other.
    """

    starts: Steps
    lengths: Steps
    offsets: Steps
    state: Window

    @property
    def places(self) -> Steps:
        places: Steps = np.arange(self.lengths.sum())
        places += np.repeat(self.starts - self.offsets, self.lengths)
        return places


class Deriver:
    """Derives streams of one layer for one sample and some units.

    Steps are ascending, and this sample has values at all of them.
    """

    def __init__(
        self,
        track: Track,
        sources: Sequence[Table],
        weights: Mapping[str, Array],
        units: Int64[Array, " unit"],
        sample: int,
    ) -> None:
        self._track = track
        self._cell: Cell = CELLS[track.layer.kind]
        self._sources = sources
        self._weights = weights
        self._units = units
        self._sample = sample
        self._layout = track.calls.layout(sample)
        self._columns = _columns(units)
        self._multiplier = Multiplier(
            track, self._cell, sources, weights, units, sample, self._layout
        )

    def values(self, steps: Steps, wanted: Sequence[str]) -> dict[str, Window]:
        """Return streams at ``steps``; the products that they share are made once."""
        shape = len(steps), len(self._units)
        result = {name: np.empty(shape, self._track.dtype) for name in wanted}
        if not len(steps):
            return result
        scanned = any(self._is_scanned(name) for name in wanted)
        with np.errstate(over="ignore", invalid="ignore"):
            for piece in self._pieces(steps, scanned=scanned):
                make = self._with_scan if scanned else self._without_scan
                for name, values in make(wanted, steps[piece]).items():
                    result[name][piece] = values
        return result

    def hidden(self, steps: Steps) -> dict[str, Window]:
        """Return ``h`` recomputed from the streams that it is made of."""
        projection = self._weights.get("weight_hr")
        whole = self
        if projection is not None:
            everything = np.arange(projection.shape[1])
            whole = Deriver(
                self._track, self._sources, self._weights, everything, self._sample
            )
        values = whole.values(steps, self._cell.hidden_needs)
        with np.errstate(over="ignore", invalid="ignore"):
            h = self._cell.hidden(values)
            return {"h": h if projection is None else h @ projection[self._units].T}

    def _is_scanned(self, name: str) -> bool:
        return name in ("c", "c_prev") and name not in self._track.tables

    def _pieces(
        self, steps: Steps, *, scanned: bool
    ) -> Iterator[slice | Int64[Array, " piece"]]:
        """Cut ``steps`` where that costs no second scan of the same steps."""
        most = max(PIECE_VALUES // max(len(self._units), 1), 1)
        if not scanned:
            for start in range(0, len(steps), most):
                yield slice(start, start + most)
            return
        places = self._layout.order(steps)
        by_place = np.argsort(places, kind="stable")
        anchors, _ = self._anchors(places[by_place])
        first = np.flatnonzero(np.diff(anchors, prepend=anchors[0] - 1))
        ends = np.append(first[1:], len(steps))
        cost = np.cumsum(places[by_place][ends - 1] - anchors[first] + 1)
        group = (cost - 1) // most
        cuts = np.append(ends[np.flatnonzero(np.diff(group))], len(steps))
        start = 0
        for stop in cuts.tolist():
            yield np.sort(by_place[start:stop])
            start = stop

    def _without_scan(self, wanted: Sequence[str], steps: Steps) -> dict[str, Window]:
        result: dict[str, Window] = {}
        derived = []
        for name in wanted:
            if name in self._track.tables:
                rows = self._track.tables[name].gather(steps, self._sample)
                result[name] = rows[:, self._columns]
            elif name == "h_prev":
                result[name] = self._multiplier.previous_h(steps)[:, self._columns]
            elif name == "x":
                parts = [s.gather(steps, self._sample) for s in self._sources]
                result[name] = np.concatenate(parts, axis=1)[:, self._columns]
            else:
                derived.append(name)
        if derived:
            products = self._multiplier.products(derived, steps)
            for name in derived:
                values = self._cell.derive(name, products)
                # A bias alone is the same at every step, and given as one row.
                shape = len(steps), len(self._units)
                result[name] = np.broadcast_to(values, shape)
        return result

    def _with_scan(self, wanted: Sequence[str], steps: Steps) -> dict[str, Window]:
        places = self._layout.order(steps)
        segments = self._segments(places)
        scanned = segments.places
        rows = self._layout.order(scanned)
        ascending = np.argsort(rows, kind="stable")
        rows = rows[ascending]
        others = [name for name in wanted if not self._is_scanned(name)]
        values = self._without_scan(list({"i", "f", "g", *others}), rows)

        # Back into the layer's own order, as the scan goes.
        back = np.empty_like(ascending)
        back[ascending] = np.arange(len(ascending))
        forget, added = values["f"][back], (values["i"] * values["g"])[back]
        padding = self._layout.padding(rows)[back]
        forget[padding], added[padding] = 1, 0
        c = scan(forget, added, segments.state, segments.offsets, segments.lengths)

        segment = np.searchsorted(segments.starts, places, side="right") - 1
        at = segments.offsets[segment] + places - segments.starts[segment]
        here = np.searchsorted(rows, steps)
        result = {name: values[name][here] for name in others}
        if "c" in wanted:
            result["c"] = c[at]
        if "c_prev" in wanted:
            before = c[at - 1]
            first = places == segments.starts[segment]
            before[first] = segments.state[segment[first]]
            result["c_prev"] = before
        return result

    def _segments(self, places: Steps) -> _Segments:
        places = np.sort(places)
        anchors, states = self._anchors(places)
        first = np.flatnonzero(np.diff(anchors, prepend=anchors[0] - 1))
        last = np.append(first[1:], len(places)) - 1
        lengths = places[last] - anchors[first] + 1
        offsets = np.cumsum(lengths) - lengths
        return _Segments(anchors[first], lengths, offsets, self._state(states[first]))

    def _anchors(self, places: Steps) -> tuple[Steps, Steps]:
        """Return where the scan to each place begins, and with which ``c``.

        Codes of `calls.Layout.anchors`; a row of the checkpoints is 0 or above.
        """
        anchors, states = self._layout.anchors(places)
        rows, steps = self._track.read_checkpoints()
        known = self._layout.known(steps)
        rows, steps = rows[known], steps[known]
        if not len(steps):
            return anchors, states
        after = self._layout.order(steps) + 1
        by_place = np.argsort(after, kind="stable")
        after, rows = after[by_place], rows[by_place]
        at = np.searchsorted(after, places, side="right") - 1
        # Where a call starts with a state of its own, that one counts.
        nearer = (at >= 0) & (after[at] > anchors)
        return np.where(nearer, after[at], anchors), np.where(nearer, rows[at], states)

    def _state(self, codes: Steps) -> Window:
        """Return the ``c`` that codes of `_anchors` stand for, NaN for UNKNOWN."""
        result = np.full((len(codes), len(self._units)), np.nan, self._track.dtype)
        result[codes == ZERO] = 0
        given, kept = codes <= GIVEN, codes >= 0
        if given.any():
            result[given] = self._pick(self._track.initial["c"], GIVEN - codes[given])
        if kept.any() and self._track.checkpoint is not None:
            result[kept] = self._pick(self._track.checkpoint, codes[kept])
        return result

    def _pick(self, table: Table, rows: Steps) -> Window:
        """Return rows in any order, of the units that are wanted."""
        different, back = np.unique(rows, return_inverse=True)
        return table.gather(different, self._sample)[:, self._columns][back]


def _columns(units: Int64[Array, " unit"]) -> slice | Int64[Array, " unit"]:
    """Return ``units`` as a slice where they are one: a view in place of a copy."""
    if len(units) and (np.diff(units) == 1).all():
        return slice(int(units[0]), int(units[-1]) + 1)
    return units
