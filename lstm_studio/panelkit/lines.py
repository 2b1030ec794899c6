"""Lines over steps, drawn from their lowest and highest values where they are dense."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lstm_studio.core.blocks import StepBlock, column_size, thin
from lstm_studio.core.shapes import Float
from lstm_studio.panelkit.badmarks import NONE, Bad, find_bad
from lstm_studio.panelkit.levels import nice_bound
from lstm_studio.panelkit.marks import Marks
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.panelkit.text import count_text, range_text

MARGIN: Final = 0.03
"""Share of y beyond its ends, so that a line at an end is seen."""

Values = Float[np.ndarray, "column"]


@dataclass(frozen=True)
class Series:
    """One line: lowest and highest values of columns of steps.

    A column of less than one step is a sample of an audio window. ``values`` are
    the values themselves from ``start`` on, where they were read.
    """

    start: int
    steps_per_column: float
    low: Values
    high: Values
    values: Values | None = None
    exact: bool = True

    @cached_property
    def finite(self) -> bool:
        """Whether none of its values is NaN or Inf."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

    def at(self, step: int) -> tuple[float, float] | None:
        """Return the value at a step twice, or else the ends of its column."""
        if self.values is not None and 0 <= step - self.start < len(self.values):
            value = float(self.values[step - self.start])
            return value, value
        column = int((step - self.start) // self.steps_per_column)
        if not 0 <= column < len(self.low):
            return None
        return float(self.low[column]), float(self.high[column])

    def text_at(self, step: int) -> str:
        """Return the value at a step, or its range where steps are thinned."""
        held = self.at(step)
        return "" if held is None else range_text(*held)


def series_of(values: Values, start: int, columns: int, span: int) -> Series:
    """Return values thinned for a plot of ``span`` steps in ``columns`` pixels.

    ``start`` must be a multiple of the column, or columns would shimmer in a pan.
    """
    size = column_size(span, columns)
    low, high = thin(values[:, np.newaxis], size)
    return Series(start, size, low[:, 0], high[:, 0], values)


class Channels:
    """The channels of a block as lines, the same ones while the block is the same."""

    def __init__(self) -> None:
        self._block: StepBlock | None = None
        self._lines: tuple[Series, ...] = ()

    def of(self, block: StepBlock) -> tuple[Series, ...]:
        """Return a line for each channel."""
        if block is not self._block:
            self._block = block
            start, size = block.start, block.steps_per_column
            self._lines = tuple(
                Series(start, size, block.low[:, k], block.high[:, k])
                for k in range(block.low.shape[1])
            )
        return self._lines


def round_range(low: float, high: float) -> tuple[float, float]:
    """Return round ends of y, no nearer than -1 and 1, with a little room beyond."""
    low, high = -max(nice_bound(-low), 1.0), max(nice_bound(high), 1.0)
    room = (high - low) * MARGIN
    return low - room, high + room


def least_of(values: Values) -> float:
    """Return the lowest finite value, 0.0 where there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.min()) if finite.size else 0.0


class Curve(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph is untyped
    """A curve as large as its plot: each zoom would let pyqtgraph measure it anew."""

    def __init__(self, plot: StepPlot) -> None:
        super().__init__()
        self._plot = plot

    def show_series(self, series: Series) -> None:
        """Draw another line."""
        # Not by `setData`: it tells the scene of ends that are those of the plot.
        self.xData, self.yData = points(series)
        self.opts["connect"] = "all" if series.finite else "finite"
        self.opts["skipFiniteCheck"] = series.finite
        self.path = None
        # Zigzags of min and max are dense: smoothing them costs and shows nothing.
        self.opts["antialias"] = series.steps_per_column <= 1
        self.show()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.opts["antialias"])
        painter.setPen(self.opts["pen"])
        painter.drawPath(self.getPath())

    def boundingRect(self) -> QRectF:
        (start, stop), (low, high) = self._plot.span, self._plot.y_range
        return QRectF(start, low, stop - start, high - low)


class Lines:
    """The curves of a plot, made once and used again."""

    def __init__(self, plot: StepPlot) -> None:
        self._plot = plot
        self.curves: list[pg.PlotCurveItem] = []
        self._drawn: list[tuple[Series, QColor]] = []

    def draw(self, lines: list[tuple[Series, QColor]]) -> str:
        """Draw these lines; return how they are thinned, for the status line."""
        while len(self.curves) < len(lines):
            curve = Curve(self._plot)
            self._plot.add_curve(curve)
            self.curves.append(curve)
        changed = len(lines) != len(self._drawn)
        for curve in self.curves[len(lines) :]:
            curve.hide()
        before, self._drawn = self._drawn, lines
        for index, (series, colour) in enumerate(lines):
            # A cursor that moves changes no line.
            held = before[index] if index < len(before) else None
            if held is not None and held[0] is series and held[1] == colour:
                continue
            curve = self.curves[index]
            if held is None or held[1] != colour:
                pen = QPen(colour, 1)
                pen.setCosmetic(True)
                curve.setPen(pen)
            curve.show_series(series)
            changed = True
        if changed:
            self._plot.redraw()
        return thinning_text([series for series, _ in lines])


def thinning_text(lines: Sequence[Series]) -> str:
    """Return how lines are thinned, empty where every value is drawn."""
    size = max((series.steps_per_column for series in lines), default=1)
    how = "" if all(series.exact for series in lines) else ", coarse"
    return f"{count_text(int(size))}:1 (low to high{how})" if size > 1 else ""


def bad_in(lines: Sequence[Series], marks: Marks, *, running: bool) -> Bad:
    """Return where any of these lines is NaN or Inf though it was recorded."""
    if all(series.finite for series in lines):
        return NONE
    first = lines[0]
    alike = [
        series
        for series in lines
        if (series.start, len(series.low)) == (first.start, len(first.low))
    ]
    low = np.stack([series.low for series in alike], axis=1)
    high = np.stack([series.high for series in alike], axis=1)
    start, stop = 0, len(low)
    if running:
        # Lines are read one after the other: what all of them have is judged.
        read = [np.flatnonzero(~np.isnan(line)) for line in low.T]
        start = max((line[0] for line in read if len(line)), default=0)
        stop = min((line[-1] + 1 if len(line) else 0) for line in read)
    size = int(first.steps_per_column)
    block = StepBlock(
        first.start + int(start) * size, 0, size, low[start:stop], high[start:stop]
    )
    return find_bad(block, marks, running=running)


def points(series: Series) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n"]]:
    """Return x and y: the value in the middle of its step, or low and high in turn."""
    size, low = series.steps_per_column, series.low
    alike = low is series.high or np.array_equal(low, series.high, equal_nan=True)
    if size <= 1 and alike:
        return _middles(series.start, size, len(low), 1), np.asarray(low, float)
    y = np.empty((len(low), 2))
    # Turn by turn, so that a line runs from one column's end to the next one's.
    y[0::2, 0], y[0::2, 1] = series.low[0::2], series.high[0::2]
    y[1::2, 0], y[1::2, 1] = series.high[1::2], series.low[1::2]
    return _middles(series.start, size, len(low), 2), y.ravel()


# The lines of a plot mostly have the same columns.
@lru_cache(maxsize=8)
def _middles(
    start: int, size: float, columns: int, times: int
) -> Float[np.ndarray, " n"]:
    """Return the middle of each column, so many times."""
    return np.repeat(start + (np.arange(columns) + 0.5) * size, times)
