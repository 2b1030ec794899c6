"""Where the model computed NaN or Inf: found, counted and marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from lstm_studio.core.badvalues import MOST_STEPS, BadSteps
from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.shapes import Bool, Int64
from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.text import count_text

if TYPE_CHECKING:
    from lstm_studio.panelkit.marks import Marks
    from lstm_studio.panelkit.stepview import StepView

HEIGHT_PX: Final = 6


@dataclass(frozen=True, slots=True)
class Bad:
    """Columns that hold NaN or Inf; ``text`` names how many, and the first."""

    text: str
    steps: tuple[int, ...]
    steps_per_column: float


NONE: Final = Bad("", (), 1)


def find_bad(block: StepBlock, marks: "Marks", *, running: bool) -> Bad:
    """Return what is not finite although it was recorded and is no padding.

    Only the span of the marks is looked at.

    While a run goes on, a column of nothing but NaN is one that was not there yet
    when the block was read.
    """
    size = block.steps_per_column
    if block.finite:
        return NONE
    bad = ~(np.isfinite(block.low) & np.isfinite(block.high))
    if not bad.any():
        return NONE
    columns = bad.any(axis=1)
    if running:
        columns &= ~np.isnan(block.low).all(axis=1)
    starts = block.start + np.flatnonzero(columns) * size
    if marks.span is not None:
        # Blocks reach further than the marks, which tell what is no value there.
        low, high = marks.span
        starts = starts[(starts + size > low) & (starts < high)]
    starts = starts[~_within(starts, marks.gaps)]
    if not len(starts):
        return NONE
    first = (int(starts[0]) - block.start) // size
    unit = int(bad[first].argmax())
    kind = "NaN" if np.isnan(block.low[first, unit]) else "Inf"
    about = "from about step" if size > 1 else "from step"
    where = f"{kind} {about} {count_text(int(starts[0]))}, unit {unit}"
    many = f": {_steps(len(starts))}" if size == 1 else ""
    return Bad(where + many, tuple(map(int, starts)), size)


def bad_of(found: BadSteps, span: tuple[int, int]) -> Bad | None:
    """Return the marks of steps that were searched for; None where there are none."""
    if not len(found.steps):
        return None
    first, last = np.searchsorted(found.steps, span)
    text = f"{found.kind} from step {count_text(int(found.steps[0]))}"
    steps = tuple(map(int, found.steps[first:last]))
    most = " or more" if len(found.steps) == MOST_STEPS else ""
    many = f"{_steps(len(found.steps))}{most}"
    return Bad(f"{text}, unit {found.unit}: {many}", steps, 1)


def _steps(count: int) -> str:
    return f"{count_text(count)} step{'s' * (count != 1)}"


def _within(
    steps: Int64[np.ndarray, " n"], gaps: Sequence[tuple[int, int, str]]
) -> Bool[np.ndarray, " n"]:
    inside = np.zeros(len(steps), bool)
    for start, stop, _ in gaps:
        inside |= (steps >= start) & (steps < stop)
    return inside


class BadMarks(Overlay):
    """Ticks at the upper edge, in the colour that no value has."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=25)
        self.bad = NONE
        self.ink = QColor()
        self.setVisible(False)

    def show_bad(self, bad: Bad) -> None:
        """Mark these columns."""
        if bad != self.bad:
            self.bad = bad
            self.setVisible(bool(bad.steps))
            self.redraw()

    def paint(self, painter: QPainter) -> None:
        width = max(self.plot.step_width * self.bad.steps_per_column, 2.0)
        drawn = -1.0
        for step in self.bad.steps:
            left = self.plot.to_x(step)
            if left - drawn < 1:
                continue
            drawn = left
            painter.fillRect(
                QRectF(QPointF(left, 0), QPointF(left + width, HEIGHT_PX)), self.ink
            )
