"""Draws the marks of a layer: hatching over gaps, signs where a call begins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lstm_studio.panelkit.marks import GAP_TEXT, Marks
from lstm_studio.panelkit.overlay import Overlay
from lstm_studio.panelkit.text import count_text

if TYPE_CHECKING:
    from lstm_studio.panelkit.stepview import StepView

GAP_LEANS: Final = {"padding": (1,), "missing": (-1,), "damaged": (1, -1)}
GRAIN_PX: Final = 7
GLYPH_PX: Final = 4
ROOM_PX: Final = 40
"""Room that each sign of a carried state must have to be drawn."""
CALL_TEXT: Final = {
    "zeros": "the state starts from zeros",
    "given": "the state starts from the one that was given",
    "carried": "the state is carried on from the call before",
}


SIGNS: Final = {
    "zeros": "\u25b2 from zeros",
    "given": "\u25c6 given",
    "carried": "\u25cf carried",
    "padding": "\u25a8 padding",
    "missing": "\u25a7 not recorded",
    "damaged": "\u25a9 damaged",
}
"""What each sign means, in the order in which it is said."""
MOST_CALLS: Final = 1000


def signs_in(shown: Iterable[Marks]) -> tuple[str, ...]:
    """Return what the signs mean that these marks have: of many calls, the first."""
    found: set[str] = set()
    for marks in shown:
        found.update(call[1] for call in marks.calls[:MOST_CALLS])
        found.update(gap[2] for gap in marks.gaps)
    return tuple(text for kind, text in SIGNS.items() if kind in found)


class MarksItem(Overlay):
    """Hatching over gaps, and small signs at the foot where a call begins."""

    def __init__(self, plot: "StepView") -> None:
        super().__init__(plot, depth=20)
        self.marks = Marks()
        self.paper = self.line = self.ink = self.bad = QColor()

    def set_marks(self, marks: Marks) -> None:
        """Show other marks."""
        if marks != self.marks:
            self.marks = marks
            self.setVisible(bool(marks.gaps or marks.calls))
            self.redraw()

    def text_at(self, x: float, y: float) -> str:
        """Return what lies under the mouse, in words, or an empty string."""
        if y >= self.plot.area.height() - 3 * GLYPH_PX:
            near = [
                (abs(self.plot.to_x(step + 0.5) - x), step, state, number)
                for step, state, number in self.marks.calls
            ]
            if near and min(near)[0] <= 2 * GLYPH_PX:
                _, step, state, number = min(near)
                return (
                    f"Step {count_text(step)}: call {count_text(number)} begins, "
                    f"{CALL_TEXT[state]}"
                )
        found = self.marks.gap_at(self.plot.step_at(x))
        if found is None:
            return ""
        start, stop, gap = found
        last = count_text(stop - 1)
        return f"{GAP_TEXT[gap]}: steps {count_text(start)} to {last}"

    def paint(self, painter: QPainter) -> None:
        for start, stop, gap in self.marks.gaps:
            left = max(self.plot.to_x(start), 0.0)
            right = min(self.plot.to_x(stop), self.plot.area.width() + 1)
            if right > left:
                colour = self.bad if gap == "damaged" else self.line
                self._hatch(painter, left, right, GAP_LEANS[gap], colour)
        if self.marks.calls:
            self._signs(painter)

    def _hatch(
        self,
        painter: QPainter,
        left: float,
        right: float,
        leans: tuple[int, ...],
        colour: QColor,
    ) -> None:
        height = self.plot.area.height()
        rect = QRectF(left, 0, right - left, height)
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, self.paper)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1))
        # From a fixed origin, so that hatches of neighbours continue each other.
        at = left - height - (left - height) % GRAIN_PX
        lines = []
        while at < right + height:
            for lean in leans:
                foot, head = (at, at + height) if lean > 0 else (at + height, at)
                lines += [QPointF(foot, height), QPointF(head, 0)]
            at += GRAIN_PX
        painter.drawLines(lines)
        painter.restore()

    def _signs(self, painter: QPainter) -> None:
        foot = self.plot.area.height()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawn = -1.0
        # A state that is carried on at every step is the rule, and says nothing.
        room = self.plot.area.width() / ROOM_PX
        crowded = sum(call[1] == "carried" for call in self.marks.calls) > room
        for step, state, number in self.marks.calls:
            # Whole also at the very edge.
            x = max(self.plot.to_x(step + 0.5), GLYPH_PX + 1.0)
            if state == "carried" and crowded:
                continue
            if state == "zeros" and number and x - drawn < 1:
                continue
            drawn = x
            painter.setPen(QPen(self.paper, 1))
            painter.setBrush(self.ink)
            size = GLYPH_PX
            if state == "carried":
                painter.drawEllipse(QPointF(x, foot - 3), 2, 2)
            elif state == "given":
                diamond = [(0, 0), (size, size), (0, 2 * size), (-size, size)]
                painter.drawPolygon(
                    QPolygonF([QPointF(x + a, foot - b) for a, b in diamond])
                )
            else:
                triangle = [(-size, 0), (size, 0), (0, 1.8 * size)]
                painter.drawPolygon(
                    QPolygonF([QPointF(x + a, foot - b) for a, b in triangle])
                )
        painter.restore()
