"""One heat map with its title, stream chooser, value under the mouse and key."""

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QCursor, QDrag, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lstm_studio.core.blocks import StepBlock
from lstm_studio.core.layers import Layer
from lstm_studio.core.spans import NONE
from lstm_studio.core.unitorder import Order
from lstm_studio.core.view import Pin
from lstm_studio.panelkit.brush import Brush
from lstm_studio.panelkit.colourbar import ColourBar
from lstm_studio.panelkit.colours import Colours
from lstm_studio.panelkit.heathead import HeatHead
from lstm_studio.panelkit.heatlevels import HeatLevels
from lstm_studio.panelkit.heatmenu import HeatMenu
from lstm_studio.panelkit.heatwarning import HeatWarning
from lstm_studio.panelkit.levels import GATE, Levels
from lstm_studio.panelkit.pindrag import PIN_MIME, pin_to_mime
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.panelkit.stateimage import StateImage
from lstm_studio.panelkit.stepaxis import StepPlot
from lstm_studio.panelkit.text import count_text, range_text
from lstm_studio.panelkit.unitmark import UnitMarks
from lstm_studio.panelkit.unitrows import UnitRows
from lstm_studio.session.questions import UnitOrder
from lstm_studio.session.session import Session

LEAST_PLOT_PX: Final = 64
IN_ORDER: Final = UnitRows()


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
        self.head = HeatHead(layer, self)
        self.plot = StepPlot(
            session,
            self,
            y_ticks=IN_ORDER.ticks,
            y_down=True,
            show_steps=False,
            grid=False,
        )
        self.plot.double_click_shows_all = False
        self.plot.has_units = True
        self.plot.setMinimumHeight(LEAST_PLOT_PX)
        self.plot.setAccessibleName(f"Heat map of {self.head.title.text()}")
        self.image = StateImage(self.plot)
        self.unit_marks = UnitMarks(self.plot)
        self.bar = ColourBar(self.plot)
        self.menu = HeatMenu(session, layer, self)
        self.order: Order = "index"
        self.units = IN_ORDER
        self._order_of: UnitOrder | None = None
        self.ranges = HeatLevels(layer)
        self._measured: StepBlock | None = None
        self.warning = HeatWarning(session, layer, self.plot)
        self._hovered: tuple[int, int] | None = None
        self._brushed = False
        self._lay_out()
        self.head.chooser.chosen.connect(self._on_stream_chosen)
        self.bar.turned.connect(self._on_bar_turned)
        self.bar.reset.connect(self._on_bar_reset)
        self.plot.picked.connect(self._on_plot_picked)
        self.plot.activated.connect(self._on_plot_activated)
        self.plot.edge_pressed.connect(self._on_edge_pressed)
        self.plot.edge_dragged.connect(self._on_edge_dragged)
        self.plot.hovered.connect(self._on_plot_hovered)
        self.plot.left.connect(self._on_plot_left)
        self.plot.brushed.connect(self._on_plot_brushed)
        self.plot.menu_wished.connect(self._on_menu_wished)
        self.menu.zoomed.connect(self._on_menu_zoomed)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
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
        self.unit_marks.bad = colours.bad
        self.head.recolour(colours)

    # Drawing

    def refresh(self, colours: Colours) -> None:
        """Draw from the session as it is now."""
        session, name = self.session, self.layer.name
        view, recording = session.view, session.recording
        if recording is None:
            return
        if self._brushed and not view.brush:
            self._brushed = False
            self.plot.brush_item.show_brush(None)
        self.stream = view.stream(self.layer)
        self.head.chooser.show_stream(self.stream)
        units = self.layer.width(self.stream)
        self._take_order()
        self.plot.set_y_axis(self.units.ticks, down=True)
        self.plot.set_y(0, units)
        self.plot.sync()
        block = session.picture(name, self.stream, view.span, self.plot.columns)
        self.plot.show_marks(name)
        # What was recorded last may not be read yet.
        running = not session.settled
        if block is not None and block is not self._measured:
            self._measured = block
            self.ranges.measure(self.stream, block)
        self.warning.look(self.stream, block, running=running)
        self.head.warn(self.warning.text)
        levels = self.levels
        order = self.units.order
        self.image.show_block(block, levels, colours, missing=running, order=order)
        self.bar.show_levels(levels, colours, self.ranges.peak(self.stream))
        pins = PinColours.of(session)
        self.unit_marks.show_units(
            self.units.row_of(view.unit)
            if view.layer == name and view.unit < units
            else None,
            tuple(
                (self.units.row_of(pin.unit), colours.curve(pins.slot(pin)))
                for pin in view.pins
                if (pin.layer, pin.stream) == (name, self.stream)
                and pin.sample in (None, view.sample)
            ),
            tuple(map(self.units.row_of, self.warning.dead)),
        )
        self._show_readout()

    def take_after(self, other: "HeatRow") -> None:
        """Take the colours and the units in sight that were chosen in another one."""
        self.ranges = other.ranges.copy()
        self.plot.y_whole = other.plot.y_whole
        self.plot.show_y(other.plot.y_range)

    def _take_order(self) -> None:
        """Let the units stand as is wished, once it is known where each belongs."""
        if self.order == "index":
            self.units, self._order_of = IN_ORDER, None
            return
        sample = self.session.view.sample
        wanted = UnitOrder(self.layer.name, self.stream, self.order, sample)
        order = self.session.ask(wanted)
        if order is None and wanted != self._order_of:
            self.units = IN_ORDER
        elif order is not None and order is not self.units.order:
            self.units, self._order_of = UnitRows(order), wanted

    @property
    def levels(self) -> Levels:
        """Levels of the stream that is shown."""
        return self.ranges.of(self.stream)

    def beside(self, unit: int, rows: int) -> int:
        """Return the unit that stands some rows further down."""
        last = self.layer.width(self.stream) - 1
        row = min(self.units.row_of(min(unit, last)) + rows, last)
        return self.units.unit_at(max(row, 0))

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
            gap = self.plot.marks.text_at(self.plot.to_x(step + 0.5), 0)
            # What was recorded last may not be read yet.
            return gap or ("NaN" if self.session.settled else "")
        text = range_text(low, high)
        size = block.steps_per_column
        return text if size == 1 else f"{text} in {count_text(size)} steps"

    def _show_readout(self) -> None:
        view = self.session.view
        at = self._hovered
        if at is None and view.layer == self.layer.name:
            at = (view.step, view.unit)
        if at is None:
            self.head.readout.show_text("", "")
            return
        step, unit = at
        value = self.value_at(step, unit)
        dead = " (dead)" if unit in self.warning.dead else ""
        where = f"{self.stream}  unit {unit}{dead}  step {count_text(step)}"
        self.head.readout.show_text(f"{where} {value}", value)

    # The mouse

    def _on_bar_turned(self, steps: int) -> None:
        self.ranges.turn(self.stream, steps)
        self.changed.emit()

    def _on_bar_reset(self) -> None:
        self.ranges.reset(self.stream)
        self.changed.emit()

    def _on_stream_chosen(self, stream: str) -> None:
        self.chosen.emit(self.layer.name, stream)

    def _on_plot_picked(self, step: int, y: float) -> None:
        self.session.look(layer=self.layer.name, unit=self.units.unit_at(y), step=step)

    def _on_plot_activated(self, step: int, y: float) -> None:
        self.session.pin(Pin(self.layer.name, self.stream, self.units.unit_at(y)))

    def _on_edge_pressed(self, y: float) -> None:
        self.session.look(layer=self.layer.name, unit=self.units.unit_at(y))

    def _on_edge_dragged(self, y: float) -> None:
        pin = Pin(self.layer.name, self.stream, self.units.unit_at(y))
        drag = QDrag(self)
        data = QMimeData()
        data.setData(PIN_MIME, pin_to_mime(pin))
        data.setText(f"{pin.layer} {pin.stream} {pin.unit}")
        drag.setMimeData(data)
        drag.setHotSpot(QPoint(0, 0))
        drag.exec(Qt.DropAction.CopyAction)

    def _on_plot_hovered(self, step: int, y: float) -> None:
        self._hovered = (step, self.units.unit_at(y))
        self._show_readout()

    def _on_plot_left(self) -> None:
        self._hovered = None
        self._show_readout()

    def _on_plot_brushed(self, brush: Brush) -> None:
        self._brushed = True
        self.session.look(brush=(brush.steps,))
        self._open_menu(brush, QCursor.pos())

    def _on_menu_wished(self, at: QPoint) -> None:
        brush = self.plot.brush_item.brush
        if brush is None:
            low, high = self.plot.y_range
            last = min(math.ceil(high), self.layer.width(self.stream))
            brush = Brush(self.session.view.span, (math.floor(low), last))
        self._open_menu(brush, at)

    def _open_menu(self, brush: Brush, at: QPoint) -> None:
        self.menu.open_for(brush, self.stream, self.units.units_in(brush.rows), at)

    def _on_menu_zoomed(self, brush: Brush) -> None:
        self.plot.brush_item.show_brush(None)
        self.session.look(brush=NONE)
        self.plot.show_y((float(brush.rows[0]), float(brush.rows[1])))
