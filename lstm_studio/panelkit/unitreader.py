"""Reads single units as lines: what is there at once, what is finer when it comes."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.arrays import tiles
from lstm_studio.panelkit.lines import Series, least_of, series_of
from lstm_studio.session.questions import UnitPicture
from lstm_studio.session.session import Session

LONGEST_ROWS: Final = 65_536
"""Steps up to which the rows of single units are read; beyond, the overview."""
TILE_STEPS: Final = 1 << 17
"""Steps of one unit that are looked at in one go."""

Key = tuple[str, str, int, int]


class UnitReader:
    """Reads single units for lines, and keeps the last while a new one is read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recording: Recording | None = None
        self._last: dict[Key, Series] = {}
        self._made_of: dict[Key, tuple[object, ...]] = {}
        self._ends: dict[Key, tuple[float, float]] = {}
        self._joined: dict[Key, tuple[list[StepBlock], StepBlock]] = {}

    def read(
        self,
        layer: str,
        stream: str,
        unit: int,
        columns: int,
        sample: int | None = None,
    ) -> Series | None:
        """Return a unit over the span of the view, as far as it is there.

        None as ``sample`` is the chosen one.
        """
        if self._session.recording is not self._recording:
            self._recording = self._session.recording
            self._last.clear()
            self._made_of.clear()
            self._ends.clear()
            self._joined.clear()
        key = (layer, stream, unit, self._of(sample))
        series = self._read(key, columns)
        if series is not None and series is not self._last.get(key):
            self._last[key] = series
            low, high = self._ends.get(key, (0.0, 0.0))
            self._ends[key] = (
                min(low, least_of(series.low)),
                max(high, -least_of(-series.high)),
            )
        return self._last.get(key)

    def _read(self, key: Key, columns: int) -> Series | None:
        layer, stream, unit, sample = key
        span = self._session.view.span
        steps = span[1] - span[0]
        if steps > LONGEST_ROWS:
            block, unit = self._block(key, columns)
            if block is None:
                return None
            # The same block has the same line, which need not be drawn again.
            held = self._made_of.get(key)
            if held is not None and held[0] is block:
                return self._last[key]
            self._made_of[key] = (block,)
            low, high = block.low[:, unit], block.high[:, unit]
            size = block.steps_per_column
            return Series(block.start, size, low, high, exact=block.exact)
        start, stop = tiles(span)
        rows = self._session.rows(layer, stream, slice(start, stop), unit, sample)
        if rows is None:
            return None
        # The same array, thinned in the same way, is the same line.
        made_of = (rows, start, columns, steps)
        held = self._made_of.get(key)
        if held is not None and held[0] is rows and held[1:] == made_of[1:]:
            return self._last[key]
        self._made_of[key] = made_of
        return series_of(rows[:, 0], start, columns, steps)

    def _block(self, key: Key, columns: int) -> tuple[StepBlock | None, int]:
        """Return a picture that has the unit, and which of its units that is."""
        layer, stream, unit, sample = key
        session, recording = self._session, self._recording
        span = session.view.span
        block = session.picture(layer, stream, span, columns, sample, finer=False)
        if block is None or block.exact or recording is None:
            return block, unit
        if recording.state != "running":
            # All the units of a layer would take minutes, one takes a moment.
            found = self._whole(key, block, recording.length(layer))
            if found is not None:
                return found, 0
        return block, unit

    def _whole(self, key: Key, block: StepBlock, length: int) -> StepBlock | None:
        """Return one unit over a block's window with every step looked at.

        Tile by tile: those that a pan leaves in sight are there, and nobody who
        closes the window waits for the end.
        """
        layer, stream, unit, sample = key
        size = block.steps_per_column
        tile = max(TILE_STEPS // size, 1) * size
        starts = range(block.start // tile * tile, block.stop, tile)
        windows = [(start, min(start + tile, length), size) for start in starts]
        parts = [
            self._session.ask(UnitPicture(layer, stream, *window, unit, sample))
            for window in windows
        ]
        there = [part for part in parts if part is not None]
        if len(there) < len(parts):
            return None
        parts_before, joined = self._joined.get(key, ([], block))
        if [*map(id, there)] != [*map(id, parts_before)]:
            low = np.concatenate([part.low for part in there])
            high = np.concatenate([part.high for part in there])
            joined = StepBlock(windows[0][0], windows[-1][1], size, low, high)
            self._joined[key] = there, joined
        return joined

    def _of(self, sample: int | None) -> int:
        return self._session.view.sample if sample is None else sample

    def ends(
        self, units: Iterable[tuple[str, str, int] | tuple[str, str, int, int | None]]
    ) -> tuple[float, float]:
        """Return the lowest and highest value that was read of these units, and 0.

        They only grow while a recording is open, so that a line keeps its height.
        """
        keys = [
            (*unit[:3], self._of(unit[3] if len(unit) == 4 else None)) for unit in units
        ]
        ends = [self._ends.get(key, (0.0, 0.0)) for key in keys]
        return (
            min((low for low, _ in ends), default=0.0),
            max((high for _, high in ends), default=0.0),
        )
