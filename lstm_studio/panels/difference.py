"""What the recording of window B has more than that of window A."""

from typing import ClassVar

from PySide6.QtWidgets import QToolButton, QWidget

from lstm_studio.core.blocks import column_size
from lstm_studio.core.difference import Difference
from lstm_studio.core.layers import Layer
from lstm_studio.panelkit.levels import Levels, nice_bound, peak_in, usual_of
from lstm_studio.panelkit.marks import Marks
from lstm_studio.panelkit.panel import Area
from lstm_studio.panelkit.steppanel import StepPanel
from lstm_studio.panelkit.text import count_text, value_text
from lstm_studio.panelkit.ticks import unit_ticks
from lstm_studio.panelkit.unitmark import UnitMarks
from lstm_studio.session.other import Apart, Other
from lstm_studio.session.session import Session


class DifferencePanel(StepPanel):
    """B − A of one stream of the chosen layer, and where it is largest."""

    id: ClassVar[str] = "difference"
    title: ClassVar[str] = "Difference"
    area: ClassVar[Area] = "bottom"
    help: ClassVar[str] = (
        "While two windows are side by side: window B less window A, for the stream "
        "of the chosen layer. Click picks unit and step; the button goes to the "
        "largest difference in sight."
    )

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.unit_marks = UnitMarks(self.plot)
        self.go = QToolButton(self)
        self.go.setText("Go there")
        self.go.setToolTip("Go to the largest difference in sight")
        self.go.setAutoRaise(True)
        self.go.clicked.connect(self._on_go)
        self.add_to_head(self.go)
        self._found: Difference | None = None
        self._of: tuple[Other, str, str, int] | None = None
        self._usual = self._peak = 0.0

    def refresh(self) -> None:
        session, view = self.session, self.session.view
        other, layer = session.other, session.extent.layers.get(view.layer or "")
        self.thinning = ""
        if other is None or layer is None:
            self._of = self._found = None
            self.empty.say(
                "Nothing is compared. File, Compare with another recording… shows "
                "another one in a second window; here is then what differs."
            )
            return
        stream = view.stream(layer)
        if why := why_not(layer, stream, other, view.sample):
            self._of = self._found = None
            self.empty.say(why)
            return
        found = self._ask(layer, stream, other)
        if found is None:
            self.empty.say("The other recording is being read.")
            return
        self.empty.say("")
        self._show(found, layer, stream, other)

    def _ask(self, layer: Layer, stream: str, other: Other) -> Difference | None:
        """Return what is known; of a moved window meanwhile that of the one before."""
        view = self.session.view
        of = (other, layer.name, stream, view.sample)
        if of != self._of:
            self._of, self._found = of, None
            self._usual = self._peak = 0.0
        start, stop = view.span
        size = column_size(stop - start, self.plot.columns)
        # At multiples of a column, so that a pan by less finds it again.
        span = start // size * size, -(-stop // size) * size
        asked = Apart(layer.name, stream, span, size, view.sample, other)
        found = self.session.ask(asked)
        if found is not None:
            self._found = found
            # Only ever more, so that a colour keeps its meaning.
            block = found.block
            self._usual = max(self._usual, usual_of(block.low, block.high))
            self._peak = max(self._peak, peak_in(block))
        return self._found

    def _show(self, found: Difference, layer: Layer, stream: str, other: Other) -> None:
        view, colours, block = self.session.view, self.colours, found.block
        self.plot.sync()
        self.plot.set_y_axis(unit_ticks, down=True)
        self.plot.set_y(0, layer.width(stream))
        end = self.session.extent.steps
        shared = min(end, other.recording.length(layer.name))
        gaps: tuple[tuple[int, int, str], ...] = ((shared, end, "missing"),)
        self.plot.marks.set_marks(Marks(gaps if shared < end else ()))  # type: ignore[arg-type]
        bound = nice_bound(self._usual or self._peak)
        levels = Levels(-bound, bound, diverging=True)
        self.image.show_block(block, levels, colours, missing=False)
        self.place_bar()
        self.bar.show()
        self.bar.show_levels(levels, colours, self._peak)
        self.unit_marks.ink, self.unit_marks.paper = colours.accent, colours.background
        self.unit_marks.show_units(view.unit, ())
        size = block.steps_per_column
        how = "peak" if block.exact else "peak, coarse"
        self.thinning = f"{count_text(size)}:1 ({how})" if size > 1 else ""
        self.go.setEnabled(bool(found.largest))
        text = f"B − A   {layer.name} · {stream}   {in_words(found)}"
        self.legend.show_entries([], colours, text)

    def _on_go(self) -> None:
        if self._found is not None:
            self._look(self._found.step, self._found.unit)

    def _on_plot_picked(self, step: int, y: float) -> None:
        self._look(step, int(y))

    def _look(self, step: int, unit: int) -> None:
        self.session.look(step=step, unit=unit)


def why_not(layer: Layer, stream: str, other: Other, sample: int) -> str:
    """Return why a stream cannot be compared, empty where it can."""
    recording, name = other.recording, layer.name
    letter = "B" if other.is_second else "A"
    if name not in recording.layers:
        return f"Window {letter} has no layer {name}: there is nothing to compare with."
    there = recording.layers[name]
    if stream not in there.streams:
        return f"{name} has no stream {stream} in window {letter}."
    here, width = layer.width(stream), there.width(stream)
    if here != width:
        return (
            f"{name} · {stream} has {count_text(here)} units here and "
            f"{count_text(width)} in window {letter}: only equal shapes are compared."
        )
    if sample >= recording.samples_of(name):
        return f"{name} has no sample {sample} in window {letter}."
    return ""


def in_words(found: Difference) -> str:
    """Say where B and A differ most in sight."""
    if not len(found.block.low):
        return "none of these steps is in both"
    coarse = "" if found.block.exact else " of the steps looked at"
    if not found.largest:
        return f"equal in sight{coarse}"
    values = value_text(found.first).strip(), value_text(found.second).strip()
    return (
        f"largest in sight{coarse}: unit {count_text(found.unit)}, "
        f"step {count_text(found.step)}: {value_text(found.largest).strip()} "
        f"(A {values[0]}, B {values[1]})"
    )
