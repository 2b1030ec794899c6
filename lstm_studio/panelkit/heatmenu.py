"""What can be done with steps and units of a heat map: zoom, pin, copy, export."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from lstm_studio.core.layers import Layer
from lstm_studio.core.shapes import Float
from lstm_studio.core.view import Part, Pin
from lstm_studio.panelkit.brush import Brush
from lstm_studio.panelkit.text import count_text
from lstm_studio.session.session import Session

MOST_PINS: Final = 16
"""Units that may be pinned at once: more lines than that tell nothing."""
MOST_VALUES: Final = 1_000_000


class HeatMenu(QMenu):
    """Actions for a brush over one layer."""

    zoomed = Signal(object)
    """The ``Brush`` to look at."""
    exported = Signal(object)
    """The ``Part`` to save."""

    def __init__(self, session: Session, layer: Layer, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._layer = session, layer
        self._stream = ""
        self._brush = Brush((0, 1), (0, 1))
        self._units: tuple[int, ...] = ()
        self._copying: tuple[str, slice, tuple[int, ...]] | None = None
        self.zoom = self._action(self._on_zoom)
        self.pin = self._action(self._on_pin)
        self.streams = self._action(self._on_pin_streams)
        self.samples = self._action(self._on_pin_samples)
        self.copy = self._action(self._on_copy)
        self.export = self._action(self._on_export)
        self.export.setText("Export…")
        session.advanced.connect(self._go_on_copying)

    def _action(self, slot: object) -> QAction:
        action = QAction(self)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def open_for(
        self, brush: Brush, stream: str, units: tuple[int, ...], at: QPoint
    ) -> None:
        """Open at a place of the screen, for these steps and units of a stream."""
        self._brush, self._stream, self._units = brush, stream, units
        steps = brush.steps[1] - brush.steps[0]
        ends = f"{count_text(brush.steps[0])} to {count_text(brush.steps[1] - 1)}"
        few = len(units) <= MOST_PINS
        self.zoom.setText(f"Zoom to steps {ends}, {_units_text(units)}")
        self.pin.setText(
            f"Pin {_units_text(units)}"
            if few
            else f"Pin units (at most {MOST_PINS} at once)"
        )
        self.pin.setEnabled(few)
        alone = len(units) == 1
        self.streams.setVisible(alone and len(self._layer.streams) > 1)
        self.streams.setText(f"Pin every stream of {_units_text(units)}")
        samples = self._session.extent.samples
        self.samples.setVisible(alone and 1 < samples <= MOST_PINS)
        self.samples.setText(f"Pin {_units_text(units)} of all {samples} samples")
        small = steps * len(units) <= MOST_VALUES
        self.copy.setText(
            f"Copy as array of {count_text(steps)} × {count_text(len(units))}"
            if small
            else "Copy as array (too many values: export them)"
        )
        self.copy.setEnabled(small)
        self.popup(at)

    def _on_zoom(self) -> None:
        self.zoomed.emit(self._brush)
        self._session.look(span=self._brush.steps)

    def _on_pin(self) -> None:
        name, stream = self._layer.name, self._stream
        self._pin_all(Pin(name, stream, unit) for unit in self._units)

    def _on_pin_streams(self) -> None:
        unit, layer = self._units[0], self._layer
        self._pin_all(
            Pin(layer.name, stream, unit)
            for stream in layer.streams
            if unit < layer.width(stream)
        )

    def _on_pin_samples(self) -> None:
        samples = range(self._session.extent.samples)
        name, stream, unit = self._layer.name, self._stream, self._units[0]
        self._pin_all(Pin(name, stream, unit, sample) for sample in samples)

    def _pin_all(self, pins: Iterable[Pin]) -> None:
        self._session.history.pause()
        self._session.look(pins=(*self._session.view.pins, *pins))

    def _on_export(self) -> None:
        steps, name = self._brush.steps, self._layer.name
        self.exported.emit(Part(name, self._stream, steps, self._units))

    def _on_copy(self) -> None:
        steps = slice(*self._brush.steps)
        self._copying = (self._stream, steps, self._units)
        self._go_on_copying()

    def _go_on_copying(self) -> None:
        """Copy once the values are there: they may have to be derived first."""
        if self._copying is None:
            return
        stream, steps, units = self._copying
        if self._layer.name not in self._session.extent.layers:
            self._copying = None
            return
        rows = self._session.rows(self._layer.name, stream, steps, units)
        if rows is not None:
            self._copying = None
            title = f"{self._layer.name} {stream}"
            text = array_text(title, rows, steps.start, units)
            QGuiApplication.clipboard().setText(text)


def array_text(
    title: str, rows: Float[np.ndarray, "step unit"], start: int, units: tuple[int, ...]
) -> str:
    """Return rows as text that `numpy.loadtxt` reads, and a spreadsheet too."""
    columns = "\t".join(map(str, units))
    head = f"# {title}, steps from {start}; units\t{columns}"
    # As short as the same float32 or float64 can be written.
    lines = ("\t".join(str(value) for value in row) for row in rows)
    return "\n".join((head, *lines)) + "\n"


def _units_text(units: tuple[int, ...]) -> str:
    if len(units) == 1:
        return f"unit {units[0]}"
    if units == tuple(range(units[0], units[-1] + 1)):
        return f"units {units[0]} to {units[-1]}"
    return f"{len(units)} units"
