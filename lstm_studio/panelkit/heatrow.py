"""One heat map with its title, stream chooser, value under the mouse and key."""

from typing import Final

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.badmarks import find_bad
from lstm_studio.panelkit.colourbar import ColourBar
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.levels import (
    GATE,
    Levels,
    levels,
    next_bound,
    peak_of,
    usual_of,
)
from lstm_studio.panelkit.pindrag import PIN_MIME, pin_to_mime
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.stateimage import StateImage
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.panelkit.stepview import left_margin, right_margin
from lstm_studio.panelkit.streamchooser import StreamChooser
from lstm_studio.panelkit.text import count_text, name_text, range_text, small
from lstm_studio.panelkit.ticks import unit_ticks
from lstm_studio.panelkit.unitmark import UnitMarks
from lstm_studio.session.session import Session

LEAST_PLOT_PX: Final = 64


class HeatRow(QWidget):
    """The units of one layer over the steps of the view, for one stream."""

    chosen = Signal(str, str)
    """Layer and stream of a click on the chooser."""
    changed = Signal()
    """Other colours were wished for: draw again."""

    def __init__(self, session: Session, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self.session, self.layer = session, layer
        self.stream = layer.streams[0]
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setText(name_text(layer.name or layer.module or "model"))
        self.title.setIndent(left_margin(self.font()))
        self.chooser = StreamChooser(layer.streams, self)
        self.warning = QLabel(self)
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        self.warning.setFont(small(self.font()))
        self.readout = QLabel(self)
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self.readout.setFont(small(self.font()))
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.readout.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        )
        self.plot = StepPlot(
            session, self, y_ticks=unit_ticks, y_down=True, show_steps=False, grid=False
        )
        self.plot.double_click_shows_all = False
        self.plot.has_units = True
        self.plot.setMinimumHeight(LEAST_PLOT_PX)
        self.plot.setAccessibleName(f"Heat map of {self.title.text()}")
        self.image = StateImage(self.plot)
        self.unit_marks = UnitMarks(self.plot)
        self.plot.add_overlay(self.image)
        self.plot.add_overlay(self.unit_marks)
        self.bar = ColourBar(self.plot)
        self._usual: dict[str, float] = {}
        self._peaks: dict[str, float] = {}
        self._chosen_bounds: dict[str, float] = {}
        self._measured: StepBlock | None = None
        self._measured_running = False
        self._hovered: tuple[int, int] | None = None
        self._lay_out()
        self.chooser.chosen.connect(self._on_stream_chosen)
        self.bar.turned.connect(self._on_bar_turned)
        self.bar.reset.connect(self._on_bar_reset)
        self.plot.picked.connect(self._on_plot_picked)
        self.plot.activated.connect(self._on_plot_activated)
        self.plot.edge_pressed.connect(self._on_edge_pressed)
        self.plot.edge_dragged.connect(self._on_edge_dragged)
        self.plot.hovered.connect(self._on_plot_hovered)
        self.plot.left.connect(self._on_plot_left)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(0, 3, right_margin(self.font()), 1)
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.chooser)
        head.addWidget(self.warning)
        head.addWidget(self.readout, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_bar()

    def place_bar(self) -> None:
        """Put the key right of the plotting area."""
        area = self.plot.area
        self.bar.setGeometry(
            int(area.right()),
            0,
            max(self.plot.width() - int(area.right()), 0),
            self.plot.height(),
        )

    def recolour(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        self.plot.recolour(colours)
        self.unit_marks.ink, self.unit_marks.paper = colours.accent, colours.background
        for label, colour in (
            (self.readout, colours.muted),
            (self.warning, colours.bad),
        ):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), colour)
            label.setPalette(palette)

    # Drawing

    def refresh(self, colours: Colours) -> None:
        """Draw from the session as it is now."""
        session, name = self.session, self.layer.name
        view, recording = session.view, session.recording
        if recording is None:
            return
        self.stream = view.stream(self.layer)
        self.chooser.show_stream(self.stream)
        units = self.layer.width(self.stream)
        self.plot.set_y(0, units)
        self.plot.sync()
        block = session.picture(name, self.stream, view.span, self.plot.columns)
        self.plot.show_marks(name)
        # What was recorded last may not be read yet.
        running = not session.settled
        self._measure(block, running)
        levels = self.levels
        self.image.show_block(block, levels, colours, missing=running)
        self.bar.show_levels(levels, colours, self._peaks.get(self.stream, 0.0))
        pins = PinColours.of(session)
        self.unit_marks.show_units(
            view.unit if view.layer == name and view.unit < units else None,
            tuple(
                (pin.unit, colours.curve(pins.slot(pin)))
                for pin in view.pins
                if (pin.layer, pin.stream) == (name, self.stream)
            ),
        )
        self._show_readout()

    @property
    def levels(self) -> Levels:
        """Levels of the stream that is shown."""
        chosen = self._chosen_bounds.get(self.stream)
        if chosen is not None:
            return Levels(-chosen, chosen, diverging=True)
        return levels(self.layer, self.stream, self._usual.get(self.stream, 0.0))

    def _measure(self, block: StepBlock | None, running: bool) -> None:
        if block is None or (
            block is self._measured and running == self._measured_running
        ):
            return
        self._measured, self._measured_running = block, running
        # Only ever more, so that a pan changes no colour back and forth.
        for found, measure in ((self._peaks, peak_of), (self._usual, usual_of)):
            seen = measure(block.low, block.high)
            found[self.stream] = max(found.get(self.stream, 0.0), seen)
        self.plot.bad_marks.show_bad(
            find_bad(block, self.plot.marks.marks, running=running)
        )
        self.warning.setText(self.plot.bad_marks.bad.text)

    @property
    def thinning(self) -> str:
        """How the heat map is thinned, empty where every value has its pixel."""
        block = self.image.block
        if block is None:
            return ""
        steps, units = block.steps_per_column, self.image.units_per_row
        ratios = [f"{count_text(steps)}:1"] * (steps > 1)
        ratios += [f"{units}:1 units"] * (units > 1)
        if not ratios:
            return ""
        how = "peak" if self.levels is not GATE else "highest"
        coarse = "" if block.exact else ", coarse"
        return f"{', '.join(ratios)} ({how}{coarse})"

    def value_at(self, step: int, unit: int) -> str:
        """Return a unit at a step, or its range where steps are thinned."""
        block = self.image.block
        if block is None or not 0 <= unit < block.low.shape[1]:
            return ""
        column = (step - block.start) // block.steps_per_column
        if not 0 <= column < len(block.low):
            return ""
        low, high = float(block.low[column, unit]), float(block.high[column, unit])
        if np.isnan(low):
            return self.plot.marks.text_at(self.plot.to_x(step + 0.5), 0) or "NaN"
        text = range_text(low, high)
        size = block.steps_per_column
        return text if size == 1 else f"{text} in {count_text(size)} steps"

    def _show_readout(self) -> None:
        view = self.session.view
        at = self._hovered
        if at is None and view.layer == self.layer.name:
            at = (view.step, view.unit)
        text = ""
        if at is not None:
            step, unit = at
            text = (
                f"{self.stream}  unit {unit}  step {count_text(step)} "
                f"{self.value_at(step, unit)}"
            )
        metrics = QFontMetricsF(self.readout.font())
        width = self.readout.width()
        if metrics.horizontalAdvance(text) > width and at is not None:
            text = self.value_at(*at)
        self.readout.setText(text)

    # The mouse

    def _on_bar_turned(self, steps: int) -> None:
        levels = self.levels
        if levels.diverging:
            self._chosen_bounds[self.stream] = next_bound(levels.high, steps)
            self.changed.emit()

    def _on_bar_reset(self) -> None:
        self._chosen_bounds.pop(self.stream, None)
        self.changed.emit()

    def _on_stream_chosen(self, stream: str) -> None:
        self.chosen.emit(self.layer.name, stream)

    def _on_plot_picked(self, step: int, y: float) -> None:
        self.session.look(layer=self.layer.name, unit=int(y), step=step)

    def _on_plot_activated(self, step: int, y: float) -> None:
        self.session.pin(Pin(self.layer.name, self.stream, int(y)))

    def _on_edge_pressed(self, y: float) -> None:
        self.session.look(layer=self.layer.name, unit=int(y))

    def _on_edge_dragged(self, y: float) -> None:
        pin = Pin(self.layer.name, self.stream, int(y))
        drag = QDrag(self)
        data = QMimeData()
        data.setData(PIN_MIME, pin_to_mime(pin))
        data.setText(f"{pin.layer} {pin.stream} {pin.unit}")
        drag.setMimeData(data)
        drag.setHotSpot(QPoint(0, 0))
        drag.exec(Qt.DropAction.CopyAction)

    def _on_plot_hovered(self, step: int, y: float) -> None:
        self._hovered = (step, int(y))
        self._show_readout()

    def _on_plot_left(self) -> None:
        self._hovered = None
        self._show_readout()
