"""Where the parts of a drawn cell stand: boxes, gates, operations, and their wires."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from lstm_studio.core.layers import GATES, PARTS, Layer
from lstm_studio.panelkit.text import MINUS

Shape = Literal["box", "gate", "number", "label", "node", "pill"]
Beside = Literal["", "left", "above left", "above right"]

PAD_PX: Final = 8
NODE_PX: Final = 7
"""Half of what an operation takes."""
GAP_PX: Final = 3
WIDEST_PX: Final = 78
"""A gate takes no more, however wide the drawing is."""
ORDER: Final = {"lstm": "figo", "gru": "zrn"}
"""Gates from the left to the right, as the state meets them."""
PART_TEXT: Final = {"input": "from x", "recurrent": "from h₋₁", "bias": "bias"}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is drawn; ``key`` says of which number it speaks.

    Attributes
    ----------
    stream
        Which stream a click chooses, and whose colour it has.
    beside
        Where the number of an operation is written; ``""`` for nowhere.
    """

    key: str
    shape: Shape
    rect: QRectF
    text: str = ""
    stream: str = ""
    beside: Beside = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """A line from part to part with an arrow at its end; ``stream`` is what flows."""

    points: tuple[QPointF, ...]
    stream: str = ""
    arrow: bool = True


@dataclass(slots=True)
class Plan:
    """A drawing of ``width`` and ``height`` pixels."""

    width: float = 0.0
    height: float = 0.0
    parts: list[Part] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    def add(
        self, key: str, shape: Shape, rect: QRectF, text: str = "", stream: str = ""
    ) -> QRectF:
        """Add a part, and return where it is."""
        self.parts.append(Part(key, shape, rect, text, stream))
        return rect

    def node(
        self, key: str, sign: str, x: float, y: float, beside: Beside = ""
    ) -> None:
        """Add an operation around a place."""
        rect = QRectF(x - NODE_PX, y - NODE_PX, 2 * NODE_PX, 2 * NODE_PX)
        self.parts.append(Part(key, "node", rect, sign, beside=beside))

    def pill(self, key: str, text: str, rect: QRectF, beside: Beside = "") -> None:
        """Add a function."""
        self.parts.append(Part(key, "pill", rect, text, beside=beside))

    def wire(
        self, *points: tuple[float, float], stream: str = "", arrow: bool = True
    ) -> None:
        """Add a wire through places."""
        self.wires.append(
            Wire(tuple(QPointF(*point) for point in points), stream, arrow)
        )


class _Measures:
    """Sizes that follow from a font, and the columns that follow from a width."""

    def __init__(self, font: QFont, width: float, kind: str, gates: int) -> None:
        metrics = QFontMetricsF(font)
        self.line = metrics.height() + 2
        number = metrics.horizontalAdvance(f"{MINUS}0.000")
        self.box = number + 6
        self.gutter = max(metrics.horizontalAdvance(PART_TEXT["recurrent"]), number)
        self.gutter += 10
        # Between r and n of a GRU stands the product of the two.
        self.between = 2.0 * NODE_PX if kind == "gru" else 0.0
        fixed = 2 * PAD_PX + self.gutter + self.box + 2 * GAP_PX + self.between
        fixed += (gates - 1) * GAP_PX
        least = number + 4
        self.gate = min(max((width - fixed) / gates, least), WIDEST_PX)
        self.width = fixed + gates * self.gate
        self.double = 2 * self.line + 2
        self.advance = metrics.horizontalAdvance

    def left(self, column: int) -> float:
        """Return the left edge of a gate."""
        first = PAD_PX + self.gutter + GAP_PX + self.between * (column > 1)
        return first + column * (self.gate + GAP_PX)

    def middle(self, column: int) -> float:
        """Return the middle of a gate."""
        return self.left(column) + self.gate / 2

    @property
    def right(self) -> float:
        """The left edge of what comes out at the right."""
        return self.width - PAD_PX - self.box


def plan_of(layer: Layer, font: QFont, width: float) -> Plan:
    """Return the drawing of a cell.

    It is as wide as it must be to be read, else as wide as there is room for.
    """
    order = ORDER.get(layer.kind, "h")
    if not GATES[layer.kind]:
        return Plan()
    measures = _Measures(font, width, layer.kind, len(order))
    plan = Plan(width=measures.width)
    if layer.kind == "lstm":
        top = _lstm(plan, measures, projected=bool(layer.sizes.projection))
    elif layer.kind == "gru":
        top = _gru(plan, measures)
    else:
        top = _rnn(plan, measures)
    _gates(plan, measures, order, layer, top)
    return plan


def _lstm(plan: Plan, m: _Measures, *, projected: bool) -> float:
    """Draw what the gates do; return where they begin."""
    high = PAD_PX / 2 + m.double / 2
    mid = high + m.double + 12
    top = mid + m.double / 2 + 6
    f, i, g, o = (m.middle(column) for column in range(4))
    add = (i + g) / 2
    before = PAD_PX + m.box
    plan.wire((before, high), (f - NODE_PX, high), stream="c")
    plan.wire((f + NODE_PX, high), (add - NODE_PX, high), stream="c")
    plan.wire((add + NODE_PX, high), (m.right, high), stream="c")
    plan.wire((f, top), (f, high + NODE_PX), stream="f")
    plan.wire((i, top), (i, mid), (add - NODE_PX, mid), stream="i")
    plan.wire((g, top), (g, mid), (add + NODE_PX, mid), stream="g")
    plan.wire((add, mid - NODE_PX), (add, high + NODE_PX))
    plan.wire((o, top), (o, mid + NODE_PX), stream="o")
    pill = QRectF(0, 0, m.advance("tanh") + 10, m.line)
    pill.moveCenter(QPointF(o, (high + mid) / 2))
    plan.wire((o, high), (o, pill.top()), stream="c", arrow=False)
    plan.wire((o, pill.bottom()), (o, mid - NODE_PX), stream="c")
    plan.add("c_prev", "box", _box(m, PAD_PX, high), "c₋₁", "c")
    plan.node("kept", "×", f, high, "above right")
    plan.node("c", "+", add, high)
    plan.node("written", "×", add, mid, "above left")
    plan.pill("squashed", "tanh", pill, "left")
    plan.node("shown", "×", o, mid)
    plan.add("c", "box", _box(m, m.right, high), "c", "c")
    plan.add("h_prev", "box", _box(m, PAD_PX, mid), "h₋₁", "h")
    after = _box(m, m.right, mid)
    if projected:
        # Several units make one of h: their product stands between.
        pill = QRectF(m.right + 2, mid - m.line / 2, m.box - 4, m.line)
        plan.pill("projected", "W_hr", pill)
        plan.wire((o + NODE_PX, mid), (pill.left(), mid))
        after.moveTop(top + m.line)
        plan.wire((pill.center().x(), pill.bottom()), (after.center().x(), after.top()))
    else:
        plan.wire((o + NODE_PX, mid), (m.right, mid))
    plan.add("h", "box", after, "h", "h")
    return top


def _gru(plan: Plan, m: _Measures) -> float:
    high = PAD_PX / 2 + m.double / 2
    mid = high + m.double + 8
    top = mid + NODE_PX + 14
    z, _, n = (m.middle(column) for column in range(3))
    plan.wire((PAD_PX + m.box, high), (z - NODE_PX, high), stream="h")
    plan.wire((z + NODE_PX, high), (n - NODE_PX, high), stream="h")
    plan.wire((n + NODE_PX, high), (m.right, high), stream="h")
    plan.wire((z, top), (z, high + NODE_PX), stream="z")
    pill = QRectF(0, 0, m.advance("1 − z") + 10, m.line)
    pill.moveCenter(QPointF((z + n) / 2, mid))
    plan.wire((z, mid), (pill.left(), mid), stream="z")
    plan.wire((pill.right(), mid), (n - NODE_PX, mid), stream="z")
    plan.wire((n, top), (n, mid + NODE_PX), stream="n")
    plan.wire((n, mid - NODE_PX), (n, high + NODE_PX))
    plan.add("h_prev", "box", _box(m, PAD_PX, high), "h₋₁", "h")
    plan.node("kept", "×", z, high, "above right")
    plan.pill("rest", f"1 {MINUS} z", pill, "above right")
    plan.node("written", "×", n, mid, "above right")
    plan.node("h", "+", n, high)
    plan.add("h", "box", _box(m, m.right, high), "h", "h")
    return top


def _rnn(plan: Plan, m: _Measures) -> float:
    high = PAD_PX / 2 + m.double / 2
    top = high + m.double / 2 + 6
    middle = m.middle(0)
    plan.wire((middle, top), (middle, high), (m.right, high), stream="h")
    plan.add("h_prev", "box", _box(m, PAD_PX, high), "h₋₁", "h")
    plan.add("h", "box", _box(m, m.right, high), "h", "h")
    return top


def _box(m: _Measures, left: float, middle: float) -> QRectF:
    return QRectF(left, middle - m.double / 2, m.box, m.double)


def _gates(plan: Plan, m: _Measures, order: str, layer: Layer, top: float) -> None:
    """Draw the gates with their parts, and what comes in below them."""
    parts = PARTS if layer.bias else PARTS[:2]
    head = 2 * m.line + 7
    rows = {"": top + head} | {
        part: top + head + 5 + (k + 1) * m.line for k, part in enumerate(parts)
    }
    foot = top + head + 5 + (len(parts) + 1) * m.line + 3
    wire = PAD_PX + 2.0
    for part, y in rows.items():
        rect = QRectF(PAD_PX + 6, y, m.gutter - 8, m.line)
        key = f"row_{part}" if part else "row_sum"
        plan.add(key, "label", rect, PART_TEXT.get(part, "sum"))
    bus = foot + 11
    last = m.middle(len(order) - 1)
    source = next(part for part in plan.parts if part.key == "h_prev").rect
    plan.wire((wire, source.bottom()), (wire, bus), (last, bus), (last, foot + 1))
    for column in range(len(order) - 1):
        plan.wire((m.middle(column), bus), (m.middle(column), foot + 1))
    for column, gate in enumerate(order):
        rect = QRectF(m.left(column), top, m.gate, foot - top)
        squash = "tanh" if gate in "gn" else "σ"
        if layer.kind.startswith("rnn"):
            squash = layer.kind.removeprefix("rnn_")
        plan.add(gate, "gate", rect, squash, gate)
        for part, y in rows.items():
            key = f"{gate}_pre_{part}" if part else f"{gate}_pre"
            plan.add(key, "number", QRectF(rect.left(), y, m.gate, m.line), "", gate)
    if layer.kind == "gru":
        _reset(plan, m, rows["recurrent"] + m.line / 2, top)
    entry = QRectF(PAD_PX + 12, bus + 8, m.gutter + m.gate - 12, m.line + 4)
    plan.add("x", "box", entry, "x")
    x = entry.center().x()
    plan.wire((x, entry.top()), (x, bus))
    rest = QRectF(entry.right(), entry.top(), m.width - PAD_PX - entry.right(), m.line)
    plan.add("stale", "label", rest.translated(0, 2))
    plan.height = entry.bottom() + PAD_PX / 2


def _reset(plan: Plan, m: _Measures, y: float, top: float) -> None:
    """Draw where the reset gate of a GRU meets what the candidate takes from h₋₁."""
    x = m.left(2) - (m.between + GAP_PX) / 2
    begin = top + m.line / 2 + 1
    plan.wire((m.left(1) + m.gate - 2, begin), (x, begin), (x, y - NODE_PX), stream="r")
    plan.node("n_pre_recurrent", "×", x, y)


def keys_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return what the keyboard walks over, in the order in which it is read."""
    told = [part for part in parts if part.shape != "label"]
    told.sort(key=lambda part: (part.rect.center().y(), part.rect.x()))
    # A number may stand at two places: what comes out, and what makes it.
    return tuple(dict.fromkeys(part.key for part in told))
