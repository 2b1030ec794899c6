"""Streams that are not stored: from ``x``, ``h``, the weights and checkpoints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstm_studio.core.calls import GIVEN, ZERO
from lstm_studio.core.cells import CELLS
from lstm_studio.core.cells.cell import Cell, names
from lstm_studio.core.cells.lstm import scan
from lstm_studio.core.products import Multiplier
from lstm_studio.core.rows import Array
from lstm_studio.core.shapes import Float, Int64
from lstm_studio.core.track import Table, Track

Steps = Int64[Array, " step"]
PerSegment = Int64[Array, " segment"]
Window = Float[Array, "step unit"]

PIECE_VALUES: Final = 1 << 19
"""Values of one stream that are derived at a time: they stay near the processor."""

Piece = slice | Int64[Array, " piece"]
"""Which of the wanted steps."""


def offered(track: Track) -> tuple[str, ...]:
    """Return all that can be read of a layer."""
    if track.layer.kind == "module":
        return track.layer.streams
    before = ("h_prev", "c_prev") if track.layer.kind == "lstm" else ("h_prev",)
    return (*track.layer.streams, "x", *before, *names(CELLS[track.layer.kind].gates))


@dataclass(slots=True)
class _Segments:
    """Spans of places that are scanned from a known state up to a wanted place.

    ``starts`` are their first places, ``offsets`` where they lie one after the other,
    and ``states`` codes of `Deriver._anchors`.
    """

    starts: PerSegment
    lengths: PerSegment
    offsets: PerSegment
    states: PerSegment

    def positions(self, places: Steps) -> Steps:
        """Return where places lie among all that is scanned."""
        segment = np.searchsorted(self.starts, places, side="right") - 1
        positions: Steps = self.offsets[segment] + places - self.starts[segment]
        return positions

    def within(
        self, low: int, high: int
    ) -> tuple[slice, PerSegment, PerSegment, Steps]:
        """Return what lies in a stretch of positions.

        Which segments, where the part of each begins, how long it is, and all places.
        """
        first = int(np.searchsorted(self.offsets, low, side="right")) - 1
        last = int(np.searchsorted(self.offsets, high, side="left"))
        here = slice(first, last)
        begins = np.maximum(self.offsets[here], low)
        lengths = np.minimum(self.offsets[here] + self.lengths[here], high) - begins
        shift = self.starts[here] - self.offsets[here]
        places: Steps = np.arange(low, high) + np.repeat(shift, lengths)
        return here, begins - low, lengths, places


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
        for piece, values in self.pieces(steps, wanted):
            for name, rows in values.items():
                result[name][piece] = rows
        return result

    def pieces(
        self, steps: Steps, wanted: Sequence[str]
    ) -> Iterator[tuple[Piece, dict[str, Window]]]:
        """Yield streams piece by piece: which of ``steps``, and their values."""
        if not len(steps):
            return
        most = max(PIECE_VALUES // max(len(self._units), 1), 1)
        if any(self._is_scanned(name) for name in wanted):
            yield from self._with_scan(wanted, steps, most)
            return
        for start in range(0, len(steps), most):
            piece = slice(start, start + most)
            yield piece, self._without_scan(wanted, steps[piece])

    def hidden(self, steps: Steps) -> dict[str, Window]:
        """Return ``h`` recomputed from the streams that it is made of."""
        result = np.empty((len(steps), len(self._units)), self._track.dtype)
        for piece, h, _ in self.recomputed(steps):
            result[piece] = h
        return {"h": result}

    def recomputed(
        self, steps: Steps
    ) -> Iterator[tuple[Piece, Window, dict[str, Window]]]:
        """Yield which of ``steps``, ``h`` recomputed, and the streams it is made of.

        The latter of all units where there is a projection.
        """
        projection = self._weights.get("weight_hr")
        whole = self
        if projection is not None:
            everything = np.arange(projection.shape[1])
            whole = Deriver(
                self._track, self._sources, self._weights, everything, self._sample
            )
        for piece, values in whole.pieces(steps, self._cell.hidden_needs):
            with np.errstate(over="ignore", invalid="ignore"):
                h = self._cell.hidden(values)
                if projection is not None:
                    h = h @ projection[self._units].T
            yield piece, h, values

    def _is_scanned(self, name: str) -> bool:
        return name in ("c", "c_prev") and name not in self._track.tables

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
            with np.errstate(over="ignore", invalid="ignore"):
                products = self._multiplier.products(derived, steps)
                for name in derived:
                    values = self._cell.derive(name, products)
                    # A bias alone is the same at every step, and given as one row.
                    shape = len(steps), len(self._units)
                    result[name] = np.broadcast_to(values, shape)
        return result

    def _with_scan(
        self, wanted: Sequence[str], steps: Steps, most: int
    ) -> Iterator[tuple[Piece, dict[str, Window]]]:
        """Yield pieces of at most ``most`` scanned places, in the layer's own order."""
        places = self._layout.order(steps)
        by_place = np.argsort(places, kind="stable") if self._layout.reverse else None
        if by_place is not None:
            places = places[by_place]
        segments = self._segments(places)
        positions = segments.positions(places)
        total = int(positions[-1]) + 1
        carried = np.empty(0, self._track.dtype)
        for low in range(0, total, most):
            high = min(low + most, total)
            here, starts, lengths, scanned = segments.within(low, high)
            state = self._state(segments.states[here])
            if segments.offsets[here.start] < low:
                state[0] = carried
            others = [name for name in wanted if not self._is_scanned(name)]
            values, c = self._scanned(others, scanned, state, starts, lengths)
            carried = c[-1].copy()
            first, last = np.searchsorted(positions, (low, high)).tolist()
            if first == last:
                continue
            at: Piece = positions[first:last] - low
            if last - first == high - low:
                at = slice(None)
            result = {name: values[name][at] for name in others}
            if "c" in wanted:
                result["c"] = c[at]
            if "c_prev" in wanted:
                before = np.empty_like(c)
                before[1:] = c[:-1]
                before[starts] = state
                result["c_prev"] = before[at]
            piece = slice(first, last) if by_place is None else by_place[first:last]
            yield piece, result

    def _scanned(
        self,
        others: Sequence[str],
        places: Steps,
        state: Float[Array, "segment unit"],
        starts: PerSegment,
        lengths: PerSegment,
    ) -> tuple[dict[str, Window], Window]:
        """Return streams at places, and ``c``, from the state of each segment on."""
        rows = self._layout.order(places)
        names = list({"i", "f", "g", *others})
        if self._layout.reverse:
            ascending = np.argsort(rows, kind="stable")
            values = self._without_scan(names, rows[ascending])
            # Back into the layer's own order, as the scan goes.
            back = np.empty_like(ascending)
            back[ascending] = np.arange(len(ascending))
            values = {name: values[name][back] for name in names}
        else:
            values = self._without_scan(names, rows)
        with np.errstate(over="ignore", invalid="ignore"):
            forget, added = values["f"], values["i"] * values["g"]
            padding = self._layout.padding(rows)
            if padding.any():
                forget = forget.copy()
                forget[padding], added[padding] = 1, 0
            return values, scan(forget, added, state, starts, lengths)

    def _segments(self, places: Steps) -> _Segments:
        anchors, states = self._anchors(places)
        first = np.flatnonzero(np.diff(anchors, prepend=anchors[0] - 1))
        last = np.append(first[1:], len(places)) - 1
        lengths = places[last] - anchors[first] + 1
        offsets = np.cumsum(lengths) - lengths
        return _Segments(anchors[first], lengths, offsets, states[first])

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

    def _state(self, codes: PerSegment) -> Float[Array, "segment unit"]:
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
