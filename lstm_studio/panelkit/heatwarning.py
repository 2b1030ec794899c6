"""What is wrong with the units of a heat map, in marks and in words."""

from typing import Final

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.badmarks import bad_of, find_bad
from lstm_studio.panelkit.deadunits import dead_units
from lstm_studio.panelkit.layertree import SPARK_PX
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.session.questions import Bad
from lstm_studio.session.session import Session

STORED: Final = ("h", "output")
"""Streams that are searched for a lone NaN: what follows from them has it too."""
MOST_NAMED: Final = 4
"""Dead units that are named."""


class HeatWarning:
    """Finds NaN, Inf and dead units of one layer.

    Attributes
    ----------
    dead
        Units whose state is the same at every step.
    """

    def __init__(self, session: Session, layer: Layer, plot: StepPlot) -> None:
        self._session = session
        self._layer = layer
        self._plot = plot
        self._marked: tuple[object, ...] = (None,) * 3
        self._span = (0, 0)
        self._bad = ""
        self._recording: Recording | None = None
        self._block: StepBlock | None = None
        self.dead: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """What to say above the heat map."""
        named = ", ".join(map(str, self.dead[:MOST_NAMED]))
        more = ", …" if len(self.dead) > MOST_NAMED else ""
        s = "s" * (len(self.dead) != 1)
        dead = f"{len(self.dead)} dead unit{s}: {named}{more}" if self.dead else ""
        return "   ".join(part for part in (self._bad, dead) if part)

    def look(self, stream: str, block: StepBlock | None, *, running: bool) -> None:
        """Mark NaN and Inf, also one alone among the steps of a column."""
        self._look_for_dead()
        if block is None:
            return
        found, session = None, self._session
        if block.steps_per_column > 1 and not running and stream in STORED:
            found = session.ask(Bad(self._layer.name, stream, session.view.sample))
        marked, span = (block, running, found), session.view.span
        same = all(
            one is other for one, other in zip(marked, self._marked, strict=True)
        )
        if same and span == self._span:
            return
        self._marked, self._span = marked, span
        bad = find_bad(block, self._plot.marks.marks, running=running)
        if found is not None:
            bad = bad_of(found, (block.start, block.stop)) or bad
        self._plot.bad_marks.show_bad(bad)
        self._bad = bad.text

    def _look_for_dead(self) -> None:
        """Look at the whole length, in the picture that the tree of layers has too."""
        session, layer = self._session, self._layer
        if session.recording is not self._recording:
            self._recording, self._block, self.dead = session.recording, None, ()
        if session.busy or layer.kind == "module":
            return
        whole = 0, session.extent.steps
        block = session.picture(layer.name, layer.streams[0], whole, SPARK_PX // 2)
        if block is not None and block is not self._block:
            self._block = block
            self.dead = dead_units(block)
